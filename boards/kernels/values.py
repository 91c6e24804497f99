# SPDX-License-Identifier: Apache-2.0
"""What the steps of a network have in hand: activations of a batch of slots, and constants."""

from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray

from boards.errors import GraphError
from boards.graph import REAL_RANGES, Activation, Graph, Operator

Values = dict[str, NDArray[Any]]
"""Activations [num_slots, *shape of the tensor], by name."""

Step = Callable[[Graph, Operator, Values], NDArray[Any]]
"""Computes an operator's output [num_slots, *shape]."""


def constant(graph: Graph, name: str) -> NDArray[Any]:
    """Return the data of weights or bias.

    Raises
    ------
    GraphError
        The tensor is an activation.
    """
    data = graph.tensors[name].data
    if data is None:
        raise GraphError(f"tensor {name!r} is an activation where weights or bias are expected")
    return data


def operand(graph: Graph, name: str, values: Values) -> NDArray[Any]:
    """Return an activation, or a constant as if every slot had it."""
    data = graph.tensors[name].data
    return values[name] if data is None else data[np.newaxis]


def joined(graph: Graph, operator: Operator, values: Values) -> tuple[NDArray[Any], NDArray[Any]]:
    """Return both inputs of a sum or product with as many axes as its output has."""
    rank = len(graph.tensors[operator.output].shape)
    one, other = (operand(graph, name, values) for name in operator.inputs)
    return _of_rank(one, rank), _of_rank(other, rank)


def _of_rank(x: NDArray[Any], rank: int) -> NDArray[Any]:
    """Put axes of one element behind that of the slots."""
    return x.reshape(len(x), *[1] * (rank + 1 - x.ndim), *x.shape[1:])


def activate(y: NDArray[np.float32], activation: Activation) -> NDArray[np.float32]:
    """Apply a fused activation to real numbers."""
    low, high = REAL_RANGES[activation]
    y = y if low is None else np.maximum(y, np.float32(low))
    return y if high is None else np.minimum(y, np.float32(high))
