# SPDX-License-Identifier: Apache-2.0
"""A NIR graph as it lies in its HDF5 file: named nodes of one kind each, edges, and metadata.

A graph inside a graph is opened: its nodes are called after it, and its Input and Output go. Files
are read here rather than by the package `nir`, whose reader stops at kinds that it does not know.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import cast

import h5py
import numpy as np
from numpy.typing import NDArray

from snn.errors import InterchangeError, NetworkFileError

SUBGRAPH = "NIRGraph"
_DAMAGED = (OSError, KeyError, AttributeError, RuntimeError, TypeError, ValueError)
Fields = Mapping[str, object]
Array = NDArray[np.float64]
Edge = tuple[str, str]
Edges = tuple[Edge, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Node:
    """One node: its kind, such as `LIF`, and its fields by name."""

    name: str
    kind: str
    fields: Fields = field(default_factory=dict[str, object])

    def array(self, key: str, *, default: float | None = None) -> Array:
        """Return a field in double precision; raises InterchangeError where it is missing."""
        value = self.fields.get(key, default)
        if value is None:
            raise InterchangeError(f"node {self.name} ({self.kind}) has no {key}")
        try:
            return np.asarray(value, np.float64)
        except (TypeError, ValueError):
            raise InterchangeError(
                f"node {self.name} ({self.kind}): {key} holds no numbers"
            ) from None


@dataclass(frozen=True, slots=True, kw_only=True)
class Graph:
    """Nodes by name, what feeds what, and what was noted beside."""

    nodes: Mapping[str, Node]
    edges: Edges
    metadata: Fields


def load(path: Path) -> Graph:
    """Return the graph of a NIR file.

    Raises
    ------
    NetworkFileError
        If the file is missing, damaged, or no NIR file.
    """
    try:
        with h5py.File(path, "r") as file:
            fields = _fields(cast("h5py.Group", file["node"]))
    except FileNotFoundError:
        raise NetworkFileError(file=str(path), problem="there is no such file") from None
    except _DAMAGED as error:
        problem = f"this is no NIR file, or it is damaged ({error})"
        raise NetworkFileError(file=str(path), problem=problem) from None
    try:
        return from_fields(fields)
    except InterchangeError as error:
        raise NetworkFileError(file=str(path), problem=str(error)) from None


def from_fields(fields: Fields) -> Graph:
    """Return the graph that nested dictionaries hold, as `nir.NIRGraph.to_dict()` returns them.

    Raises
    ------
    InterchangeError
        If this is no graph, or an edge leads nowhere.
    """
    if _kind_of(fields) != SUBGRAPH:
        raise InterchangeError(f"expected a NIRGraph, found {_kind_of(fields) or 'nothing known'}")
    nodes: dict[str, Node] = {}
    edges: list[Edge] = []
    _open(fields, "", nodes, edges)
    for edge in edges:
        missing = [name for name in edge if name not in nodes]
        if missing:
            raise InterchangeError(f"an edge {edge} names {missing[0]}, which is no node")
    return Graph(nodes=nodes, edges=tuple(edges), metadata=_mapping(fields.get("metadata")))


def _open(fields: Fields, prefix: str, nodes: dict[str, Node], edges: list[Edge]) -> None:
    """Add the nodes and edges of a graph, of those inside it too."""
    inner = _mapping(fields.get("nodes"))
    ends: dict[str, tuple[str, str]] = {}
    for key, value in inner.items():
        name, content = prefix + key, _mapping(value)
        if _kind_of(content) == SUBGRAPH:
            ends[name] = _opened(name, content, nodes, edges)
        else:
            nodes[name] = Node(name=name, kind=_kind_of(content), fields=content)
    for before, behind in _edges(fields.get("edges")):
        source, sink = prefix + before, prefix + behind
        edges.append((ends.get(source, (source,))[-1], ends.get(sink, (sink,))[0]))


def _opened(
    name: str, content: Fields, nodes: dict[str, Node], edges: list[Edge]
) -> tuple[str, str]:
    """Add an inner graph and return the nodes behind its Input and in front of its Output."""
    inside: dict[str, Node] = {}
    inner: list[Edge] = []
    _open(content, f"{name}.", inside, inner)
    entry = _only([b for a, b in inner if _kind(inside, a) == "Input"], f"{name}: its Input")
    leave = _only([a for a, b in inner if _kind(inside, b) == "Output"], f"{name}: its Output")
    edges.extend((a, b) for a, b in inner if not {_kind(inside, a), _kind(inside, b)} & _PORTS)
    nodes.update({key: node for key, node in inside.items() if node.kind not in _PORTS})
    return entry, leave


_PORTS = frozenset({"Input", "Output"})


def _kind(nodes: Mapping[str, Node], name: str) -> str:
    return nodes[name].kind if name in nodes else ""


def _only(found: Sequence[str], what: str) -> str:
    if len(found) != 1:
        raise InterchangeError(f"{what} must meet exactly one node, and meets {len(found)}")
    return found[0]


def _edges(value: object) -> Iterator[Edge]:
    edges = np.asarray([] if value is None else value, dtype=object)
    if edges.size and (edges.ndim != 2 or edges.shape[1] != 2):
        raise InterchangeError(f"edges of the shape {edges.shape} are no pairs of nodes")
    for before, behind in edges.reshape(-1, 2):
        yield _text(before), _text(behind)


def _kind_of(fields: Fields) -> str:
    kind = fields.get("type")
    return _text(kind) if isinstance(kind, str | bytes) else ""


def _text(value: object) -> str:
    return value.decode() if isinstance(value, bytes) else str(value)


def _mapping(value: object) -> Fields:
    return cast("Fields", value) if isinstance(value, Mapping) else {}


def _fields(group: h5py.Group) -> dict[str, object]:
    """Return a group of HDF5 as nested dictionaries."""
    found: dict[str, object] = {}
    for key, item in group.items():
        if isinstance(item, h5py.Group):
            found[str(key)] = _fields(item)
        else:
            value = item[()]
            found[str(key)] = value.decode() if isinstance(value, bytes) else value
    return found
