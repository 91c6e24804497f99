# SPDX-License-Identifier: Apache-2.0
"""CONV_2D, DEPTHWISE_CONV_2D and FULLY_CONNECTED: weights packed, zero points folded."""

import numpy as np
from numpy.typing import NDArray

from boards.errors import ImageError
from boards.layout import OperatorRecord, RescaleRecord
from boards.lowering.lowered import INT32_MAX, Lowered, Site
from boards.narrow import WeightBits, fewest_bits
from boards.packing import fold_zero_point, pack_convolution, pack_dense, pack_depthwise
from boards.parameters import Dense, DeviceKind, Window
from boards.requantization import (
    ConvolutionConstants,
    convolution_constants,
    quantization_of,
)
from boards.windows import plane, window_of

_RESCALES_MULTIPLE = 4
_MOST_SUMMED = 2**16  # MAX_DEPTH of firmware/image/extents.c


def lower_convolution(site: Site) -> list[Lowered]:
    """Return a convolution of any stride, dilation, padding and number of groups."""
    weights = site.constant(1)
    num_groups = plane(site.input())[2] // weights.shape[3]
    window = window_of(
        site.graph, site.operator, (weights.shape[1], weights.shape[2]), num_groups=num_groups
    )
    bits = _weight_bits(site)
    packed = b"".join(pack_convolution(group, bits) for group in np.split(weights, num_groups))
    return [_weighted(site, DeviceKind.CONV_2D, window, packed, channel_axis=0)]


def lower_depthwise(site: Site) -> list[Lowered]:
    """Return a depthwise convolution of any stride, dilation, padding and multiplier."""
    weights = site.constant(1)
    num_groups = plane(site.input())[2]
    window = window_of(
        site.graph, site.operator, (weights.shape[1], weights.shape[2]), num_groups=num_groups
    )
    packed = pack_depthwise(weights, _weight_bits(site))
    return [_weighted(site, DeviceKind.DEPTHWISE_CONV_2D, window, packed, channel_axis=3)]


def lower_connection(site: Site) -> list[Lowered]:
    """Return a matrix product of every row."""
    weights = site.constant(1)
    num_out, num_in = weights.shape
    num_rows = site.input().num_elements // num_in
    dense = Dense(num_rows=num_rows, num_in=num_in, num_out=num_out)
    packed = pack_dense(weights, _weight_bits(site))
    return [_weighted(site, DeviceKind.FULLY_CONNECTED, dense, packed, channel_axis=0)]


def _weight_bits(site: Site) -> WeightBits:
    """Return what a weight takes; raises ImageError if there are some that do not fit."""
    bits = quantization_of(site.input(1)).bits
    needed = fewest_bits(site.constant(1))
    if needed > bits:
        raise ImageError(f"weights of {bits} bits, some of which need {needed}")
    return bits


def _weighted(
    site: Site, kind: DeviceKind, parameters: Window | Dense, packed: bytes, *, channel_axis: int
) -> Lowered:
    constants = convolution_constants(site.graph, site.operator)
    weights = site.constant(1)
    depth = weights.size // weights.shape[channel_axis]
    if depth > _MOST_SUMMED:
        raise ImageError(f"sums of {depth} products, they take {_MOST_SUMMED} at most")
    num_rows = site.output.num_elements // len(constants.multipliers)
    record = OperatorRecord(
        kind=kind,
        inputs=(site.place(), 0),
        weight_bits=_weight_bits(site),
        output=site.output_offset,
        input_zero_points=(constants.input_zero_point, 0),
        output_zero_point=constants.output_zero_point,
        activation_min=constants.minimum,
        activation_max=constants.maximum,
        macs=num_rows * weights.size,
        parameters=parameters,
    )
    folded = fold_zero_point(
        weights, site.constant(2), constants.input_zero_point, channel_axis=channel_axis
    )
    is_grouped = kind is DeviceKind.CONV_2D and record.window.num_groups > 1
    rescales = _table(site, folded, constants, is_grouped=is_grouped)
    return Lowered(record=record, rescales=rescales, weights=packed)


def _table(
    site: Site, folded: NDArray[np.int64], constants: ConvolutionConstants, *, is_grouped: bool
) -> tuple[RescaleRecord, ...]:
    if np.abs(folded).max() > INT32_MAX:
        name = site.operator.name
        raise ImageError(f"operator {name!r}: its bias leaves int32; quantize it again")
    table = zip(folded, constants.multipliers, constants.shifts, strict=True)
    rescales = [RescaleRecord(int(b), int(m), int(s)) for b, m, s in table]
    missing = -(len(rescales) + is_grouped) % _RESCALES_MULTIPLE + is_grouped
    return (*rescales, *[RescaleRecord(0, 0, 0)] * missing)
