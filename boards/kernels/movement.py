# SPDX-License-Identifier: Apache-2.0
"""Operators that move values and change none: the same for integers and real numbers."""

from typing import Any, TypeVar

import numpy as np
from numpy.typing import NDArray

from boards.errors import GraphError
from boards.graph import Graph, Operator
from boards.kernels.values import Values, operand
from boards.options import Axes, Margins, Nearest, Section

_Kind = TypeVar("_Kind", Axes, Margins, Nearest, Section)


def reshape(graph: Graph, operator: Operator, values: Values) -> NDArray[Any]:
    """Return the values in another shape."""
    x = values[operator.inputs[0]]
    return x.reshape(len(x), *graph.tensors[operator.output].shape)


def transpose(_: Graph, operator: Operator, values: Values) -> NDArray[Any]:
    """Return the values with their axes in another order."""
    x = values[operator.inputs[0]]
    return x.transpose(0, *(axis + 1 for axis in _options(operator, Axes).axes))


def concatenate(graph: Graph, operator: Operator, values: Values) -> NDArray[Any]:
    """Return the inputs one behind the other along one axis."""
    (axis,) = _options(operator, Axes).axes
    num_slots = max(len(values[name]) for name in operator.inputs if name in values)
    parts = [operand(graph, name, values) for name in operator.inputs]
    spread = [np.broadcast_to(part, (num_slots, *part.shape[1:])) for part in parts]
    return np.concatenate(spread, axis=axis + 1)


def pad(graph: Graph, operator: Operator, values: Values) -> NDArray[Any]:
    """Return the values with zeros around them; the zero of integers is their zero point."""
    margins = _options(operator, Margins)
    quantization = graph.tensors[operator.output].quantization
    return np.pad(
        values[operator.inputs[0]],
        [(0, 0), *zip(margins.before, margins.behind, strict=True)],
        constant_values=0 if quantization is None else quantization.zero_point,
    )


def strided_slice(graph: Graph, operator: Operator, values: Values) -> NDArray[Any]:
    """Return some of the values; axes that vanish are those of the output's shape."""
    section = _options(operator, Section)
    x = values[operator.inputs[0]]
    kept = (slice(*ends) for ends in zip(section.begin, section.end, section.step, strict=True))
    return x[(slice(None), *kept)].reshape(len(x), *graph.tensors[operator.output].shape)


def resize_nearest(graph: Graph, operator: Operator, values: Values) -> NDArray[Any]:
    """Return the plane on another grid."""
    options, x = _options(operator, Nearest), values[operator.inputs[0]]
    height, width, _ = graph.tensors[operator.output].shape
    rows = nearest(size=x.shape[1], num_out=height, options=options)
    return x[:, rows][:, :, nearest(size=x.shape[2], num_out=width, options=options)]


def nearest(*, size: int, num_out: int, options: Nearest) -> NDArray[np.int64]:
    """Return which of `size` elements each of `num_out` is, int64 [num_out].

    Source
    ------
    The definition of the operator in the LiteRT operator set; float32 as there.
    """
    corners = options.align_corners and num_out > 1
    step = np.float32(size - 1) / np.float32(num_out - 1) if corners else None
    step = np.float32(size) / np.float32(num_out) if step is None else step
    offset = np.float32(0.5 if options.half_pixel_centers else 0.0)
    at = (np.arange(num_out, dtype=np.float32) + offset) * step
    found = np.floor(at + np.float32(0.5)) if options.align_corners else np.floor(at)
    inside: NDArray[np.int64] = found.clip(0, size - 1).astype(np.int64)
    return inside


def _options(operator: Operator, kind: type[_Kind]) -> _Kind:
    if not isinstance(operator.options, kind):
        raise GraphError(f"operator {operator.name!r} has no {kind.__name__.lower()}")
    return operator.options
