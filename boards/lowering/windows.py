# SPDX-License-Identifier: Apache-2.0
"""The window of an operator as the image tells it: sizes, steps and padding."""

from boards.convolution import same_padding
from boards.graph import Operator
from boards.lowering.lowered import Site, plane
from boards.parameters import Two, Window


def window_of(site: Site, kernel: Two, *, num_groups: int) -> Window:
    """Return the window with which an operator goes over the plane of its first input."""
    height, width, num_in = plane(site.input())
    out_height, out_width, num_out = plane(site.output)
    return Window(
        height=height,
        width=width,
        num_in=num_in,
        out_height=out_height,
        out_width=out_width,
        num_out=num_out,
        kernel=kernel,
        dilation=site.operator.dilation,
        stride=site.operator.stride,
        padding=_before(site.operator, (height, width), kernel),
        num_groups=num_groups,
    )


def _before(operator: Operator, size: Two, kernel: Two) -> Two:
    """Return the rows above and the columns left of the input."""
    if operator.padding is not None:
        return operator.padding[0][0], operator.padding[1][0]
    sides = zip(size, kernel, operator.dilation, operator.stride, strict=True)
    above, left = (same_padding(size=n, kernel=k, dilation=d, stride=s)[1] for n, k, d, s in sides)
    return above, left
