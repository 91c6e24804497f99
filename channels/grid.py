# SPDX-License-Identifier: Apache-2.0
"""The numerology of one slot: how many symbols and subcarriers, how far apart, at which carrier."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Grid:
    """One slot of OFDM resource elements.

    The cyclic prefix is counted in samples of the `num_subcarriers`-point transform, so one OFDM
    symbol lasts (1 + cyclic_prefix_length / num_subcarriers) / subcarrier_spacing_hz seconds.

    Source
    ------
    3GPP TS 38.211 V19, clauses 4.2 (numerologies) and 4.3 (frame structure).
    """

    num_symbols: int = 14
    num_subcarriers: int = 64
    subcarrier_spacing_hz: float = 30e3
    cyclic_prefix_length: int = 0
    carrier_hz: float = 3.5e9

    @property
    def cyclic_prefix_duration_s(self) -> float:
        """Return the duration of the cyclic prefix [s]."""
        return self.cyclic_prefix_length / self.num_subcarriers / self.subcarrier_spacing_hz

    @property
    def symbol_duration_s(self) -> float:
        """Return the duration of one OFDM symbol with its cyclic prefix [s]."""
        return (1 + self.cyclic_prefix_length / self.num_subcarriers) / self.subcarrier_spacing_hz

    @property
    def slot_duration_s(self) -> float:
        """Return the duration of one slot [s]."""
        return self.num_symbols * self.symbol_duration_s

    @property
    def num_resource_elements(self) -> int:
        """Return the number of resource elements of one slot."""
        return self.num_symbols * self.num_subcarriers
