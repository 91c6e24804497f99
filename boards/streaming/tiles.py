# SPDX-License-Identifier: Apache-2.0
"""Operators cut into parts of some of their outputs, whose constants are small enough to stream."""

from dataclasses import replace

from boards.layout import RescaleRecord, aligned
from boards.lowering.lowered import Lowered
from boards.parameters import WEIGHTED, Dense, DeviceKind, Window

_OUTPUTS_MULTIPLE = 8


def cut(lowered: Lowered, *, max_bytes: int) -> list[Lowered]:
    """Return an operator in parts whose constants take `max_bytes` or less, where it can be cut.

    A CONV_2D of one group and a FULLY_CONNECTED can, into multiples of eight outputs; others, and
    what is small, are returned whole.
    """
    parameters = lowered.record.parameters
    if not isinstance(parameters, (Window, Dense)) or not _is_divisible(lowered):
        return [lowered]
    num_out, per_output = parameters.num_out, load_bytes(lowered) / parameters.num_out
    step = max(int(max_bytes / per_output) // _OUTPUTS_MULTIPLE, 1) * _OUTPUTS_MULTIPLE
    if step >= num_out:
        return [lowered]
    num_parts = -(-num_out // step)
    step = -(-num_out // num_parts // _OUTPUTS_MULTIPLE) * _OUTPUTS_MULTIPLE
    return [_part(lowered, parameters, first, step) for first in range(0, num_out, step)]


def load_bytes(lowered: Lowered) -> int:
    """Return the bytes of rescales and weights of an operator, as one load brings them."""
    if lowered.record.kind not in WEIGHTED:
        return 0
    rescales = len(lowered.rescales) * RescaleRecord.LAYOUT.size
    return aligned(rescales) + aligned(len(lowered.weights))


def _is_divisible(lowered: Lowered) -> bool:
    kind, parameters = lowered.record.kind, lowered.record.parameters
    if isinstance(parameters, Dense):
        return True
    is_whole = isinstance(parameters, Window) and parameters.num_groups == 1
    return kind is DeviceKind.CONV_2D and is_whole


def _part(lowered: Lowered, whole: Window | Dense, first: int, step: int) -> Lowered:
    """Return the part that computes outputs first, first + 1, ... first + step - 1."""
    record = lowered.record
    last = min(first + step, whole.num_out)
    per_output = len(lowered.weights) // _padded(whole)
    parameters: Window | Dense
    if isinstance(whole, Dense):
        parameters = replace(whole, num_out=last - first, row_bytes=whole.num_out)
    else:
        parameters = replace(whole, num_out=last - first, pixel_bytes=whole.num_out)
    part = replace(
        record,
        output=record.output + first,
        macs=record.macs * (last - first) // whole.num_out,
        parameters=parameters,
    )
    return replace(
        lowered,
        record=part,
        rescales=lowered.rescales[first : first + step],
        weights=lowered.weights[first * per_output : (first + step) * per_output],
    )


def _padded(whole: Window | Dense) -> int:
    """Return the number of outputs that weights are laid out for."""
    multiple = 4 if isinstance(whole, Dense) else 2
    return -(-whole.num_out // multiple) * multiple
