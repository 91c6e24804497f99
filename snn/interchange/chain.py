# SPDX-License-Identifier: Apache-2.0
"""The order in which a NIR graph's nodes follow one another, if they are a chain.

Weights that lead from a neuron back to itself are the neuron's; all else must be one path from
Input to Output.
"""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from snn.errors import InterchangeError
from snn.interchange.graph import Edge, Graph, Node

WEIGHTS = frozenset({"Affine", "Linear"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Link:
    """A node of the chain, and the weights from it back to itself, if there are some."""

    node: Node
    recurrent: Node | None = None


def in_order(graph: Graph) -> tuple[Link, ...]:
    """Return the nodes between Input and Output.

    Raises
    ------
    InterchangeError
        If the graph branches, or has several inputs or outputs: what joins them is named.
    """
    loops = _loops(graph)
    inside = set(loops.values())
    edges = [edge for edge in graph.edges if not inside & set(edge)]
    following = _followers(edges)
    name = _single(graph, "Input")
    end = _single(graph, "Output")
    links: list[Link] = []
    while name != end:
        name = _next(name, following)
        if any(name == link.node.name for link in links):
            raise InterchangeError(
                f"the graph leads back to {name}; weights from a neuron to itself are the only "
                "loop that is read"
            )
        recurrent = graph.nodes[loops[name]] if name in loops else None
        links.append(Link(node=graph.nodes[name], recurrent=recurrent))
    _require_all(graph, links, inside)
    return tuple(links[:-1])


def _loops(graph: Graph) -> dict[str, str]:
    """Return, by neuron, the weights that lead from it to itself."""
    edges = set(graph.edges)
    return {
        before: behind
        for before, behind in graph.edges
        if (behind, before) in edges
        and graph.nodes[behind].kind in WEIGHTS
        and graph.nodes[before].kind not in WEIGHTS
    }


def _followers(edges: Sequence[Edge]) -> Mapping[str, list[str]]:
    following: dict[str, list[str]] = defaultdict(list)
    for before, behind in dict.fromkeys(edges):
        following[before].append(behind)
    return following


def _next(name: str, following: Mapping[str, list[str]]) -> str:
    behind = following.get(name, [])
    if len(behind) != 1:
        what = "nothing" if not behind else ", ".join(behind)
        raise InterchangeError(
            f"node {name} feeds {what}; a network is read where every node feeds one other"
        )
    return behind[0]


def _single(graph: Graph, kind: str) -> str:
    found = [node.name for node in graph.nodes.values() if node.kind == kind]
    if len(found) != 1:
        raise InterchangeError(f"the graph has {len(found)} {kind} nodes; one is read")
    return found[0]


def _require_all(graph: Graph, links: Sequence[Link], inside: set[str]) -> None:
    met = {link.node.name for link in links} | inside | {_single(graph, "Input")}
    left = sorted(set(graph.nodes) - met)
    if left:
        raise InterchangeError(f"nothing leads from Input to {', '.join(left)}")
