# SPDX-License-Identifier: Apache-2.0
"""How the host asks a device for text instead of frames; see `host.wire`."""

import struct
from dataclasses import dataclass
from enum import IntFlag

from host.wire_fields import Fields

MODEL_BYTES = 16
MIN_RIGHT_SHIFT, MAX_RIGHT_SHIFT = 32, 62
_MULTIPLIER_BITS = 32
_US_A_SECOND = 1_000_000


class TextFlag(IntFlag):
    """How a device answers in text."""

    ENERGY = 1
    SCORE = 2
    UNSIGNED = 4


@dataclass(frozen=True, slots=True, kw_only=True)
class Text(Fields):
    """Answer text commands for the network in force; a tick is so many microseconds, 0 = unknown.

    The worth of a tick is `us_multiplier` / 2 ** `us_right_shift`; `model` is what `profile` tells.
    """

    LAYOUT = struct.Struct("<BIB16s")
    flags: int = 0
    us_multiplier: int = 0
    us_right_shift: int = MIN_RIGHT_SHIFT
    model: bytes


def us_per_tick(tick_hz: int) -> tuple[int, int]:
    """Return multiplier and right shift of the microseconds of a tick, as exact as they can be.

    Raises
    ------
    ValueError
        The counter is slower than a microsecond, which the fraction cannot say.
    """
    if tick_hz <= _US_A_SECOND:
        raise ValueError(f"ticks of {tick_hz} Hz are not shorter than a microsecond")
    for right_shift in range(MAX_RIGHT_SHIFT, MIN_RIGHT_SHIFT - 1, -1):
        multiplier = ((_US_A_SECOND << right_shift) + tick_hz // 2) // tick_hz
        if multiplier >> _MULTIPLIER_BITS == 0:
            return multiplier, right_shift
    raise ValueError(f"no fraction says the microseconds of a tick of {tick_hz} Hz")
