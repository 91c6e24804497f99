# SPDX-License-Identifier: Apache-2.0
"""Counts of events as they go to a device, step by step; `firmware/wire/spikes.h` says how.

Every step is the number of its events and then the channel of each: numbers of seven bits a byte,
the least significant first, bit 7 set in all bytes but the last.
"""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from snn.errors import SpikingError

_MAX_NUMBER = (1 << 14) - 1


@dataclass(frozen=True, slots=True, kw_only=True)
class Piece:
    """Some steps of a window, one behind the other.

    Parameters
    ----------
    first_step, num_steps : int
    data : bytes
    """

    first_step: int
    num_steps: int
    data: bytes


def pack(counts: NDArray[np.uint8]) -> tuple[bytes, ...]:
    """Return each step of one recording as bytes; `counts` is uint8 [num_steps, num_channels]."""
    return tuple(_packed(np.repeat(np.arange(len(step)), step)) for step in counts)


def pieces(steps: tuple[bytes, ...], *, max_bytes: int, max_steps: int) -> Iterator[Piece]:
    """Yield the steps of a window in as few pieces as fit.

    Raises
    ------
    SpikingError
        If one step alone exceeds `max_bytes`.
    """
    first, size = 0, 0
    for i, step in enumerate(steps):
        if len(step) > max_bytes:
            raise SpikingError(
                f"step {i} has {len(step)} bytes of events, a frame of the device {max_bytes}: "
                "choose a finer time step"
            )
        if size + len(step) > max_bytes or i - first == max_steps:
            yield Piece(first_step=first, num_steps=i - first, data=b"".join(steps[first:i]))
            first, size = i, 0
        size += len(step)
    yield Piece(first_step=first, num_steps=len(steps) - first, data=b"".join(steps[first:]))


def _packed(channels: NDArray[np.int64]) -> bytes:
    """Return a number of events and their channels; nearly always a byte each."""
    numbers = [len(channels), *channels.tolist()]
    if max(numbers) > _MAX_NUMBER:
        raise SpikingError(f"{max(numbers)} channels or events in a step: {_MAX_NUMBER} fit")
    return b"".join(
        bytes((one,)) if one < 128 else bytes((one & 127 | 128, one >> 7)) for one in numbers
    )
