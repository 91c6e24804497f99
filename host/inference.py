# SPDX-License-Identifier: Apache-2.0
"""What a device is told of a network that it runs, and what it tells of the runs."""

from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from host.meters.energy import Energy


class SealedImage(Protocol):
    """What a device needs to know of an image."""

    @property
    def data(self) -> bytes:
        """Return the bytes that go to the device."""
        ...

    @property
    def input_shape(self) -> tuple[int, ...]:
        """Return (num_symbols, num_subcarriers, num_planes) of the int8 input."""
        ...

    @property
    def output_shape(self) -> tuple[int, ...]:
        """Return (num_symbols, num_subcarriers, num_bits_per_symbol) of the int8 output."""
        ...

    @property
    def macs(self) -> int:
        """Return the multiply-accumulates of one run."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class OperatorProfile:
    """What one operator took in the last profiled run.

    Parameters
    ----------
    kind : int
        The operator's number in the image format.
    ticks : int
        Ticks of the device's counter, `DeviceInfo.clock_hz` a second.
    instructions : int or None
        Instructions executed; None where the counter does not count them, or its 32 bits on the
        wire did not suffice.
    """

    kind: int
    ticks: int
    instructions: int | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Inference:
    """One run: int8 output [num_symbols, num_subcarriers, num_bits_per_symbol] and its ticks.

    `energy` is what a meter measured of it; None without a meter.
    """

    output: NDArray[np.int8]
    ticks: int
    instructions: int | None
    energy: Energy | None = None
