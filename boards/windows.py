# SPDX-License-Identifier: Apache-2.0
"""The plane of a tensor, and the window with which an operator goes over it, as images tell it."""

import math

from boards.convolution import same_padding
from boards.errors import ImageError
from boards.graph import Graph, Operator, Tensor
from boards.parameters import Two, Window

MAX_SIZE = 2**16 - 1


def plane(tensor: Tensor) -> tuple[int, int, int]:
    """Return any shape as [height, width, channels]: what is before these counts as height.

    Raises
    ------
    ImageError
        A side is larger than an image can say.
    """
    padded = (1, 1, *tensor.shape)
    height, width, num_channels = math.prod(padded[:-2]), padded[-2], padded[-1]
    if max(height, width, num_channels) > MAX_SIZE:
        raise ImageError(
            f"tensor {tensor.name!r} of shape {list(tensor.shape)}: an image holds sides up to "
            f"{MAX_SIZE}"
        )
    return height, width, num_channels


def window_of(graph: Graph, operator: Operator, kernel: Two, *, num_groups: int) -> Window:
    """Return the window with which an operator goes over the plane of its first input."""
    height, width, num_in = plane(graph.tensors[operator.inputs[0]])
    out_height, out_width, num_out = plane(graph.tensors[operator.output])
    return Window(
        height=height,
        width=width,
        num_in=num_in,
        out_height=out_height,
        out_width=out_width,
        num_out=num_out,
        kernel=kernel,
        dilation=operator.dilation,
        stride=operator.stride,
        padding=_before(operator, (height, width), kernel),
        num_groups=num_groups,
    )


def _before(operator: Operator, size: Two, kernel: Two) -> Two:
    """Return the rows above and the columns left of the input."""
    if operator.padding is not None:
        return operator.padding[0][0], operator.padding[1][0]
    sides = zip(size, kernel, operator.dilation, operator.stride, strict=True)
    above, left = (same_padding(size=n, kernel=k, dilation=d, stride=s)[1] for n, k, d, s in sides)
    return above, left
