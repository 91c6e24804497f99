# SPDX-License-Identifier: Apache-2.0
"""The operators of a `.tflite` model that move values and change none."""

from collections.abc import Sequence

from boards.affine import same_scale
from boards.errors import GraphError
from boards.graph import OperatorKind, Tensor
from boards.options import Axes, Margins, Nearest, Section
from boards.tflite_node import Node, Read, plain_operator


def read_reshape(node: Node) -> Read:
    """Return a RESHAPE, which a SQUEEZE and an EXPAND_DIMS are too."""
    return plain_operator(node, OperatorKind.RESHAPE, (node.unscaled(),))


def read_transpose(node: Node) -> Read:
    """Return a TRANSPOSE that leaves the batch where it is."""
    order = node.integers(1)
    if not order or order[0] != 0:
        raise GraphError(f"order {list(order)}: the first axis must stay")
    axes = Axes(axes=tuple(axis - 1 for axis in order[1:]))
    return plain_operator(node, OperatorKind.TRANSPOSE, (node.unscaled(),), options=axes)


def read_concatenation(node: Node) -> Read:
    """Return a CONCATENATION of activations and constants of one scale."""
    rank = len(node.output.shape)
    inputs = [node.operand(i, rank=rank) for i in range(len(node.inputs))]
    if any(not same_scale(tensor, node.output) for tensor in inputs):
        raise GraphError("inputs and output have different scales or zero points")
    axes = Axes(axes=(node.axis(int(node.option("axis", 0)), rank=rank),))
    return plain_operator(node, OperatorKind.CONCATENATION, inputs, options=axes)


def read_tile(node: Node) -> Read:
    """Return a CONCATENATION of an input with itself."""
    x, repeats = node.unscaled(), node.integers(1)
    several = [i for i, times in enumerate(repeats) if times != 1]
    if len(repeats) != len(x.shape) + 1 or len(several) > 1 or min(repeats) < 1:
        raise GraphError(f"repeats {list(repeats)} times; along one axis is supported")
    axis = node.axis(several[0] if several else 1, rank=len(x.shape))
    copies = [x] * repeats[axis + 1]
    return plain_operator(node, OperatorKind.CONCATENATION, copies, options=Axes(axes=(axis,)))


def read_pad(node: Node) -> Read:
    """Return a PAD with zeros."""
    given = node.integers(1)
    before, behind = given[::2], given[1::2]
    if len(before) != len(behind) or not before or before[0] or behind[0]:
        raise GraphError(f"paddings {list(given)}: none is supported along the first axis")
    margins = Margins(before=before[1:], behind=behind[1:])
    return plain_operator(node, OperatorKind.PAD, (node.unscaled(),), options=margins)


def read_slice(node: Node) -> Read:
    """Return a SLICE as a STRIDED_SLICE of steps of 1."""
    x, begin, size = node.unscaled(), node.integers(1), node.integers(2)
    full = (1, *x.shape)
    if not len(begin) == len(size) == len(full):
        raise GraphError(f"begins {list(begin)} and sizes {list(size)} of {list(full)}")
    ends = [n if s < 0 else b + s for b, s, n in zip(begin, size, full, strict=True)]
    return _section(node, x, begin, ends, (1,) * len(full))


def read_strided_slice(node: Node) -> Read:
    """Return a STRIDED_SLICE, its masks resolved."""
    x = node.unscaled()
    full = (1, *x.shape)
    begin, end, step = (list(node.integers(i)) for i in range(1, 4))
    if node.option("ellipsisMask", 0) or node.option("newAxisMask", 0):
        raise GraphError("an ellipsis or a new axis is not supported")
    if not len(begin) == len(end) == len(step) <= len(full):
        raise GraphError(f"begins {begin}, ends {end} and steps {step} of {list(full)}")
    masks = (int(node.option(name, 0)) for name in ("beginMask", "endMask", "shrinkAxisMask"))
    from_start, to_end, shrunk = masks
    for i, size in enumerate(full):
        if i >= len(begin):
            begin, end, step = [*begin, 0], [*end, size], [*step, 1]
            continue
        begin[i] = 0 if from_start >> i & 1 else begin[i] + size * (begin[i] < 0)
        end[i] = size if to_end >> i & 1 else min(end[i] + size * (end[i] < 0), size)
        if shrunk >> i & 1:
            end[i] = begin[i] + 1
    return _section(node, x, begin, end, step)


def _section(
    node: Node, x: Tensor, begin: Sequence[int], end: Sequence[int], step: Sequence[int]
) -> Read:
    if (begin[0], end[0]) != (0, 1):
        raise GraphError("the first axis must stay")
    section = Section(begin=tuple(begin[1:]), end=tuple(end[1:]), step=tuple(step[1:]))
    return plain_operator(node, OperatorKind.STRIDED_SLICE, (x,), options=section)


def read_resize(node: Node) -> Read:
    """Return a RESIZE_NEAREST_NEIGHBOR."""
    options = Nearest(
        align_corners=bool(node.option("alignCorners")),
        half_pixel_centers=bool(node.option("halfPixelCenters")),
    )
    x = node.unscaled()
    return plain_operator(node, OperatorKind.RESIZE_NEAREST_NEIGHBOR, (x,), options=options)
