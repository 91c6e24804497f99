# SPDX-License-Identifier: Apache-2.0
"""How slow the memory is that images lie in."""

from dataclasses import dataclass

_BYTES_PER_KIB = 1024


@dataclass(frozen=True, slots=True)
class FlashModel:
    """A memory that is copied from while the core computes.

    Parameters
    ----------
    bytes_per_cycle : float
        Of the core's clock. The default is that of quad SPI at the core's clock, four bits a
        cycle; what is on the market lies between a quarter of a byte (quad SPI at half the core's
        clock) and one byte (eight bits at both edges of half the clock).
    latency_cycles : int
        From the beginning of a copy to its first byte: command, address and wait states, and the
        setting up of the copy.

    Raises
    ------
    ValueError
        The rate is not positive, or the latency negative.
    """

    bytes_per_cycle: float = 0.5
    latency_cycles: int = 64

    def __post_init__(self) -> None:
        if self.bytes_per_cycle <= 0:
            raise ValueError(f"bytes_per_cycle: {self.bytes_per_cycle} is not positive")
        if self.latency_cycles < 0:
            raise ValueError(f"latency_cycles: {self.latency_cycles} is negative")

    def cycles(self, num_bytes: int) -> int:
        """Return how long one copy takes."""
        return self.latency_cycles + round(num_bytes / self.bytes_per_cycle)

    @property
    def cycles_per_kib(self) -> float:
        """Return how long the bytes alone take, for each KiB."""
        return _BYTES_PER_KIB / self.bytes_per_cycle
