# SPDX-License-Identifier: Apache-2.0
"""Durations of a slot."""

from channels.grid import Grid


def test_slot_of_fourteen_symbols_at_30_khz_lasts_half_a_millisecond_with_its_prefixes() -> None:
    # Standard: TS 38.211 clause 5.3.1, normal cyclic prefix of 144/2048 of a symbol (160/2048 twice
    # a millisecond, which the grid evens out).
    grid = Grid(num_subcarriers=2048, cyclic_prefix_length=144, subcarrier_spacing_hz=30e3)

    assert abs(grid.symbol_duration_s - (2048 + 144) / 2048 / 30e3) < 1e-12
    assert abs(grid.slot_duration_s - 0.5e-3) < 1e-6
    assert grid.num_resource_elements == 14 * 2048
