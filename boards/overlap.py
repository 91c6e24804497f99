# SPDX-License-Identifier: Apache-2.0
"""How far the output of an operator may reach into its input, where nobody needs the input again.

Kernels read and write in ascending order. `firmware/image/overlap.h` says what each of them reads
before it writes, and holds images to it; here is the same rule, for the memory plan.
"""

from dataclasses import dataclass

from boards.errors import ImageError
from boards.graph import Graph, Operator, OperatorKind
from boards.options import Pool
from boards.parameters import Dense, DeviceKind, Window
from boards.windows import plane, window_of

_CONVOLUTIONS = {
    OperatorKind.CONV_2D: DeviceKind.CONV_2D,
    OperatorKind.DEPTHWISE_CONV_2D: DeviceKind.DEPTHWISE_CONV_2D,
}
_POOLS = {
    OperatorKind.AVERAGE_POOL_2D: DeviceKind.AVERAGE_POOL_2D,
    OperatorKind.MAX_POOL_2D: DeviceKind.MAX_POOL_2D,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Overlap:
    """The output begins so many bytes before the input, or more, and may overlap the rest.

    Parameters
    ----------
    distance_bytes : int
        The least.
    grain_bytes : int
        Distances are multiples of it.
    """

    distance_bytes: int
    grain_bytes: int = 1

    def allows(self, distance_bytes: int) -> bool:
        """Return whether the output may begin so many bytes before the input."""
        return distance_bytes >= self.distance_bytes and distance_bytes % self.grain_bytes == 0


def overlap_of(graph: Graph, operator: Operator) -> Overlap | None:
    """Return how an operator's output may overlap its first input; None if not at all."""
    try:
        if operator.kind in _CONVOLUTIONS:
            return _convolution(graph, operator)
        if operator.kind in _POOLS and isinstance(operator.options, Pool):
            num_groups = plane(graph.tensors[operator.inputs[0]])[2]
            window = window_of(graph, operator, operator.options.kernel, num_groups=num_groups)
            return needed(_POOLS[operator.kind], window)
    except ImageError:  # no image can hold it
        return None
    if operator.kind is OperatorKind.FULLY_CONNECTED:
        num_out, num_in = graph.tensors[operator.inputs[1]].shape
        num_rows = graph.tensors[operator.output].num_elements // num_out
        dense = Dense(num_rows=num_rows, num_in=num_in, num_out=num_out)
        return needed(DeviceKind.FULLY_CONNECTED, dense)
    return None


def _convolution(graph: Graph, operator: Operator) -> Overlap | None:
    weights = graph.tensors[operator.inputs[1]].shape
    num_in = plane(graph.tensors[operator.inputs[0]])[2]
    is_depthwise = operator.kind is OperatorKind.DEPTHWISE_CONV_2D
    num_groups = num_in if is_depthwise else num_in // weights[3]
    window = window_of(graph, operator, (weights[1], weights[2]), num_groups=num_groups)
    return needed(_CONVOLUTIONS[operator.kind], window)


def needed(kind: DeviceKind, parameters: Window | Dense) -> Overlap | None:
    """Return how an operator of an image may overlap; None if not at all.

    Source
    ------
    The equation of `firmware/image/overlap.h`.
    """
    if isinstance(parameters, Dense):
        is_whole = parameters.row_bytes in (0, parameters.num_out)
        return Overlap(distance_bytes=_of_rows(parameters)) if is_whole else None
    match kind:
        case DeviceKind.CONV_2D:
            is_whole = parameters.pixel_bytes in (0, parameters.num_out)
            is_allowed = parameters.num_groups == 1 and is_whole
            return Overlap(distance_bytes=_of_window(parameters)) if is_allowed else None
        case DeviceKind.DEPTHWISE_CONV_2D:
            has_copies = parameters.num_in != parameters.num_out
            grain = 1 if has_copies else parameters.num_out
            return Overlap(distance_bytes=_of_window(parameters), grain_bytes=grain)
        case DeviceKind.AVERAGE_POOL_2D:
            return Overlap(distance_bytes=_of_window(parameters))
        case DeviceKind.MAX_POOL_2D:
            return Overlap(distance_bytes=_of_window(parameters) + parameters.num_out)
        case _:
            return None


def _of_rows(dense: Dense) -> int:
    return max(0, (dense.num_rows - 1) * (dense.num_out - dense.num_in))


def _of_window(window: Window) -> int:
    rows = _most_lead(
        num_steps=window.out_height,
        stride=window.stride[0],
        pad=window.padding[0],
        written=window.out_width * window.num_out,
        read=window.width * window.num_in,
    )
    columns = _most_lead(
        num_steps=window.out_width,
        stride=window.stride[1],
        pad=window.padding[1],
        written=window.num_out,
        read=window.num_in,
    )
    return rows + columns


def _most_lead(*, num_steps: int, stride: int, pad: int, written: int, read: int) -> int:
    """Return by how much writing is ahead of reading at most along one axis [bytes].

    The lead is concave, so it is greatest at an end, or where the padding ends.
    """
    turn = pad // stride
    steps = (min(step, num_steps - 1) for step in (turn, turn + 1, num_steps - 1))
    return max(step * written - max(0, step * stride - pad) * read for step in steps)
