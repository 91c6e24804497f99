# SPDX-License-Identifier: Apache-2.0
"""The shape that an operator gives its output, from its inputs and options; checks them on the way.

Shapes have no batch dimension. What does not fit together is a `GraphError` without a name: whoever
asks knows which operator it is.
"""

import math
from collections.abc import Callable, Mapping

from boards.convolution import same_padding
from boards.errors import GraphError
from boards.graph import Graph, Operator, OperatorKind
from boards.options import Axes, Margins, Pool, Section

Shape = tuple[int, ...]
_WIDEST = 1 << 16


def output_shape(graph: Graph, operator: Operator) -> Shape:
    """Return the shape of an operator's output.

    Raises
    ------
    GraphError
        Inputs, weights and options do not fit each other.
    """
    shapes = [graph.tensors[name].shape for name in operator.inputs]
    declared = graph.tensors[operator.output].shape
    return _RULES[operator.kind](operator, shapes, declared)


def _convolution(operator: Operator, shapes: list[Shape], _: Shape) -> Shape:
    x, weights, bias = shapes
    _need(len(x) == 3 and len(weights) == 4, f"input {list(x)} and weights {list(weights)}")
    num_out, height, width, depth = weights
    if operator.kind is OperatorKind.DEPTHWISE_CONV_2D:
        num_out = depth
        _need(weights[0] == 1 and depth % x[2] == 0, f"weights {list(weights)} of {x[2]} channels")
    else:
        divides = depth > 0 and x[2] % depth == 0 and num_out % (x[2] // depth) == 0
        _need(divides, f"weights {list(weights)} of {x[2]} channels")
    _need(bias == (num_out,), f"bias {list(bias)} of {num_out} channels")
    return (*_plane(operator, x, (height, width)), num_out)


def _pool(operator: Operator, shapes: list[Shape], _: Shape) -> Shape:
    (x,) = shapes
    if len(x) != 3 or not isinstance(operator.options, Pool):
        raise GraphError(f"input {list(x)} is no plane")
    return (*_plane(operator, x, operator.options.kernel), x[2])


def _plane(operator: Operator, x: Shape, kernel: tuple[int, int]) -> Shape:
    return tuple(_extent(operator, x[i], kernel[i], i) for i in range(2))


def _extent(operator: Operator, size: int, kernel: int, axis: int) -> int:
    stride, dilation = operator.stride[axis], operator.dilation[axis]
    _need(min(kernel, stride, dilation) >= 1, f"window {kernel}, stride {stride}")
    reach = (kernel - 1) * dilation + 1
    _need(reach <= _WIDEST, f"a window of {reach} elements")
    if operator.padding is None:
        return same_padding(size=size, kernel=kernel, dilation=dilation, stride=stride)[0]
    room = size + sum(operator.padding[axis])
    _need(reach <= room, f"a window of {reach} on {room} elements")
    return (room - reach) // stride + 1


def _connection(_: Operator, shapes: list[Shape], declared: Shape) -> Shape:
    x, weights, bias = shapes
    _need(len(weights) == 2 and math.prod(weights) > 0, f"weights {list(weights)}")
    num_out, num_in = weights
    _need(math.prod(x) % num_in == 0, f"input {list(x)} for {num_in} inputs")
    _need(bias == (num_out,), f"bias {list(bias)} of {num_out} outputs")
    fits = math.prod(declared) == math.prod(x) // num_in * num_out and declared[-1:] == (num_out,)
    return declared if fits else (math.prod(x) // num_in, num_out)


def _elementwise(_: Operator, shapes: list[Shape], __: Shape) -> Shape:
    one, other = shapes
    rank = max(len(one), len(other))
    padded = [(1,) * (rank - len(shape)) + shape for shape in (one, other)]
    pairs = list(zip(*padded, strict=True))
    _need(all(a == b or 1 in (a, b) for a, b in pairs), f"shapes {list(one)} and {list(other)}")
    return tuple(b if a == 1 else a for a, b in pairs)


def _same(_: Operator, shapes: list[Shape], __: Shape) -> Shape:
    (x,) = shapes
    return x


def _mean(operator: Operator, shapes: list[Shape], declared: Shape) -> Shape:
    (x,) = shapes
    axes = _axes(operator, rank=len(x))
    kept = tuple(1 if i in axes else size for i, size in enumerate(x))
    return kept if declared == kept else tuple(n for i, n in enumerate(x) if i not in axes)


def _reshape(_: Operator, shapes: list[Shape], declared: Shape) -> Shape:
    (x,) = shapes
    _need(math.prod(x) == math.prod(declared), f"{list(x)} as {list(declared)}")
    return declared


def _transpose(operator: Operator, shapes: list[Shape], _: Shape) -> Shape:
    (x,) = shapes
    axes = _axes(operator, rank=len(x))
    _need(sorted(axes) == list(range(len(x))), f"order {list(axes)} of {list(x)}")
    return tuple(x[axis] for axis in axes)


def _concatenation(operator: Operator, shapes: list[Shape], _: Shape) -> Shape:
    first = shapes[0]
    (axis,) = _axes(operator, rank=len(first))
    rests = {(*shape[:axis], *shape[axis + 1 :]) for shape in shapes}
    same_rank = all(len(shape) == len(first) for shape in shapes)
    _need(same_rank and len(rests) == 1, f"shapes {[list(shape) for shape in shapes]}")
    return (*first[:axis], sum(shape[axis] for shape in shapes), *first[axis + 1 :])


def _pad(operator: Operator, shapes: list[Shape], _: Shape) -> Shape:
    (x,) = shapes
    margins = operator.options
    if not isinstance(margins, Margins) or len(margins.before) != len(x) != 0:
        raise GraphError(f"margins do not fit {list(x)}")
    _need(min(*margins.before, *margins.behind) >= 0, "margins below 0")
    before, behind = margins.before, margins.behind
    return tuple(before[i] + x[i] + behind[i] for i in range(len(x)))


def _slice(operator: Operator, shapes: list[Shape], declared: Shape) -> Shape:
    (x,) = shapes
    section = operator.options
    if not isinstance(section, Section) or len(section.begin) != len(x):
        raise GraphError(f"a section does not fit {list(x)}")
    ends = zip(section.begin, section.end, section.step, x, strict=True)
    inside = all(0 <= a < b <= n and step >= 1 for a, b, step, n in ends)
    _need(inside, f"{section} of {list(x)}")
    steps = zip(section.begin, section.end, section.step, strict=True)
    kept = tuple(len(range(a, b, step)) for a, b, step in steps)
    return declared if _without_ones(declared) == _without_ones(kept) else kept


def _without_ones(shape: Shape) -> Shape:
    return tuple(size for size in shape if size != 1)


def _resize(_: Operator, shapes: list[Shape], declared: Shape) -> Shape:
    (x,) = shapes
    fits = len(x) == len(declared) == 3 and x[2] == declared[2]
    _need(fits, f"{list(x)} as {list(declared)}")
    return declared


def _axes(operator: Operator, *, rank: int) -> tuple[int, ...]:
    if not isinstance(operator.options, Axes):
        raise GraphError("has no axes")
    axes = operator.options.axes
    inside = bool(axes) and all(0 <= axis < rank for axis in axes) and len(set(axes)) == len(axes)
    _need(inside, f"axes {list(axes)} of {rank}")
    return axes


def _need(holds: bool, problem: str) -> None:  # noqa: FBT001  # reads as an assertion
    if not holds:
        raise GraphError(f"does not fit: {problem}")


_RULES: Mapping[OperatorKind, Callable[[Operator, list[Shape], Shape], Shape]] = {
    OperatorKind.CONV_2D: _convolution,
    OperatorKind.DEPTHWISE_CONV_2D: _convolution,
    OperatorKind.FULLY_CONNECTED: _connection,
    OperatorKind.ADD: _elementwise,
    OperatorKind.SUB: _elementwise,
    OperatorKind.MUL: _elementwise,
    OperatorKind.AVERAGE_POOL_2D: _pool,
    OperatorKind.MAX_POOL_2D: _pool,
    OperatorKind.MEAN: _mean,
    OperatorKind.SOFTMAX: _same,
    OperatorKind.LOGISTIC: _same,
    OperatorKind.TANH: _same,
    OperatorKind.RELU: _same,
    OperatorKind.RELU6: _same,
    OperatorKind.LEAKY_RELU: _same,
    OperatorKind.QUANTIZE: _same,
    OperatorKind.DEQUANTIZE: _same,
    OperatorKind.RESHAPE: _reshape,
    OperatorKind.TRANSPOSE: _transpose,
    OperatorKind.CONCATENATION: _concatenation,
    OperatorKind.PAD: _pad,
    OperatorKind.STRIDED_SLICE: _slice,
    OperatorKind.RESIZE_NEAREST_NEIGHBOR: _resize,
}
