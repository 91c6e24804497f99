# SPDX-License-Identifier: Apache-2.0
"""From a `.tflite` file to a graph: what LiteRT's schema says, in the words of `boards.graph`.

The batch dimension is left away, paddings are written out, weights stay as they are. A model is
refused as a whole, with every operator that cannot be read and where it stands.
"""

import struct
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from boards.errors import GraphError
from boards.graph import Graph, Operator, Tensor
from boards.shapes import output_shape
from boards.tflite_node import FollowUpError
from boards.tflite_operators import operator_of, supported
from boards.tflite_tensors import TensorTable

_IDENTIFIER = b"TFL3"
_MOST_BYTES = 1 << 28
_UNREADABLE = (
    AttributeError,
    IndexError,
    MemoryError,
    OverflowError,
    RecursionError,
    TypeError,
    UnicodeDecodeError,
    ValueError,
    struct.error,
)


def load(path: Path) -> Graph:
    """Read a `.tflite` file; see `from_bytes`.

    Raises
    ------
    GraphError
        The file cannot be read, or not be imported.
    """
    try:
        content = path.read_bytes()
    except OSError as error:
        raise GraphError(f"{path}: cannot be read ({error.strerror})") from None
    return from_bytes(content, name=path.stem)


def from_bytes(content: bytes, *, name: str) -> Graph:
    """Import a model of one subgraph with one input and one output, batch size 1.

    Parameters
    ----------
    content : bytes
        The file.
    name : str
        Name of the network.

    Returns
    -------
    Graph
        float32 or int8, as the model is.

    Raises
    ------
    GraphError
        It is no such model, damaged, or holds what is not supported; the message names every
        operator that is not.
    """
    try:
        return _imported(_parsed(content), name=name)
    except GraphError as error:
        problem = str(error)
    except _UNREADABLE as error:
        problem = f"damaged, or no .tflite model ({type(error).__name__}: {error})"
    raise GraphError(f"cannot import network {name!r}: {problem}")


def _parsed(content: bytes) -> Any:  # noqa: ANN401  # the schema's classes have no types
    try:
        from ai_edge_litert import schema_py_generated as schema
    except ImportError:
        raise GraphError("ai-edge-litert is missing: pip install ai-edge-litert") from None
    if len(content) > _MOST_BYTES:
        raise ValueError(f"{len(content)} bytes are more than {_MOST_BYTES}")
    if content[4:8] != _IDENTIFIER:
        raise ValueError("it does not begin as one")
    return schema.ModelT.InitFromPackedBuf(content, 0)


def _imported(model: Any, *, name: str) -> Graph:  # noqa: ANN401
    if len(model.subgraphs or ()) != 1:
        raise GraphError(f"{len(model.subgraphs or ())} subgraphs; only one is supported")
    (subgraph,) = model.subgraphs
    table = TensorTable(subgraph.tensors, model.buffers)
    source, target = (_sole(found, table) for found in (subgraph.inputs, subgraph.outputs))
    tensors: dict[str, Tensor] = {source.name: source}
    operators: list[Operator] = []
    problems: list[str] = []
    for i, node in enumerate(subgraph.operators if subgraph.operators is not None else ()):
        try:
            operator, needed = operator_of(
                node, model.operatorCodes, table, number=i, known=tensors
            )
            checked = _checked(operator, tensors | needed, name=name)
        except FollowUpError:
            continue
        except GraphError as error:
            problems.append(str(error))
            continue
        tensors |= needed
        operators.append(checked)
    if problems:
        raise GraphError(f"{'; '.join(problems)}. Supported are {', '.join(supported())}")
    if target.name not in tensors or not operators:
        raise GraphError("no operator makes its output")
    return Graph(
        name=name,
        tensors=tensors,
        operators=tuple(operators),
        input=source.name,
        output=target.name,
    )


def _sole(indices: Sequence[int] | None, table: TensorTable) -> Tensor:
    if indices is None or len(indices) != 1:
        raise GraphError("a network has one input and one output")
    return table.activation(int(indices[0]))


def _checked(operator: Operator, tensors: dict[str, Tensor], *, name: str) -> Operator:
    """Return the operator if its output has the shape that follows from the rest."""
    graph = Graph(name=name, tensors=tensors, operators=(), input="", output="")
    declared = tensors[operator.output].shape
    try:
        found = output_shape(graph, operator)
    except GraphError as error:
        raise GraphError(f"{operator.kind} at {operator.name}: {error}") from None
    if found != declared:
        raise GraphError(
            f"{operator.kind} at {operator.name}: gives {list(found)}, not {list(declared)}"
        )
    return operator
