# SPDX-License-Identifier: Apache-2.0
"""AVERAGE_POOL_2D, MAX_POOL_2D and MEAN."""

import math

from boards.errors import GraphError, ImageError
from boards.graph import OperatorKind
from boards.kernels.reduction import mean_factor
from boards.layout import OperatorRecord, RescaleRecord
from boards.lowering.lowered import Lowered, Site
from boards.options import Axes, Pool
from boards.parameters import DeviceKind, Reduction, Two
from boards.requantization import activation_range, quantization_of
from boards.windows import plane, window_of

_POOLS = {
    OperatorKind.AVERAGE_POOL_2D: DeviceKind.AVERAGE_POOL_2D,
    OperatorKind.MAX_POOL_2D: DeviceKind.MAX_POOL_2D,
}
_MOST_SIZES = 2


def lower_pool(site: Site) -> list[Lowered]:
    """Return a pool of any window, stride and padding."""
    operator = site.operator
    if not isinstance(operator.options, Pool):
        raise GraphError(f"operator {operator.name!r} has no window")
    num_channels = plane(site.input())[2]
    low, high = activation_range(quantization_of(site.output), operator.activation)
    record = OperatorRecord(
        kind=_POOLS[operator.kind],
        inputs=(site.place(), 0),
        output=site.output_offset,
        activation_min=low,
        activation_max=high,
        parameters=window_of(
            site.graph, operator, operator.options.kernel, num_groups=num_channels
        ),
    )
    return [Lowered(record=record)]


def lower_mean(site: Site) -> list[Lowered]:
    """Return a mean over any axes; the zero points of all that is summed go into the bias."""
    source, result = quantization_of(site.input()), quantization_of(site.output)
    parameters = _reduction(site)
    count = math.prod(parameters.summed)
    factor = mean_factor(float(source.scale[0]) / float(result.scale[0]), count=count)
    low, high = activation_range(result, site.operator.activation)
    record = OperatorRecord(
        kind=DeviceKind.MEAN,
        inputs=(site.place(), 0),
        output=site.output_offset,
        output_zero_point=result.zero_point,
        activation_min=low,
        activation_max=high,
        parameters=parameters,
    )
    rescale = RescaleRecord(-source.zero_point * count, factor.multiplier, factor.shift)
    return [Lowered(record=record, rescales=(rescale,))]


def _reduction(site: Site) -> Reduction:
    options, shape = site.operator.options, site.input().shape
    if not isinstance(options, Axes):
        raise GraphError(f"operator {site.operator.name!r} has no axes")
    runs: list[tuple[bool, int]] = []  # whether it is summed, and its size
    for axis, size in enumerate(shape):
        is_summed = axis in options.axes
        if runs and runs[-1][0] == is_summed:
            runs[-1] = (is_summed, runs[-1][1] * size)
        else:
            runs.append((is_summed, size))
    kept, summed = ([i for i, run in enumerate(runs) if run[0] is sums] for sums in (False, True))
    if max(len(kept), len(summed)) > _MOST_SIZES:
        raise ImageError(
            f"operator {site.operator.name!r}: axes {list(options.axes)} of {list(shape)} "
            "interleave too often"
        )
    sizes = [size for _, size in runs]
    steps = [math.prod(sizes[i + 1 :]) for i in range(len(sizes))]
    return Reduction(
        kept=_two([sizes[i] for i in kept], 1),
        summed=_two([sizes[i] for i in summed], 1),
        kept_steps=_two([steps[i] for i in kept], 0),
        summed_steps=_two([steps[i] for i in summed], 0),
    )


def _two(values: list[int], filler: int) -> Two:
    a, b = [filler] * (_MOST_SIZES - len(values)) + values
    return a, b
