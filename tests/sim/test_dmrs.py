# SPDX-License-Identifier: Apache-2.0
"""Reference signals: where they stand, that users do not collide, that a slot stays the same."""

import pytest
import torch

from channels.grid import Grid
from sim.dmrs import DmrsKind, DmrsSettings, draw, num_pilot_elements

GRID = Grid(num_symbols=14, num_subcarriers=24)
KINDS = pytest.mark.parametrize("kind", ["standard", "scattered", "random"])


def _settings(kind: DmrsKind) -> DmrsSettings:
    return DmrsSettings(kind=kind, symbols=(2, 11), num_pilots=40, seed=5, num_bits_per_symbol=2)


@KINDS
@pytest.mark.parametrize("num_tx", [1, 3])
def test_users_share_the_pilots_and_leave_the_rest_to_data(kind: DmrsKind, num_tx: int) -> None:
    dmrs = draw(_settings(kind), GRID, num_tx=num_tx, first_slot=0, num_slots=4)

    owners = dmrs.pilot_mask.sum(1)
    assert int(owners.max()) == 1
    assert torch.equal(owners == 0, dmrs.data_mask[:, 0])
    assert int(owners[0].sum()) == num_pilot_elements(_settings(kind), GRID)
    assert torch.equal(dmrs.pilots != 0, dmrs.pilot_mask)


def test_the_standard_design_fills_its_symbols() -> None:
    mask = draw(_settings("standard"), GRID, num_tx=1, first_slot=0, num_slots=1).pilot_mask[0, 0]

    assert mask[[2, 11]].all()
    assert int(mask.sum()) == 2 * GRID.num_subcarriers


@KINDS
def test_a_slot_is_the_same_in_every_batch(kind: DmrsKind) -> None:
    together = draw(_settings(kind), GRID, num_tx=2, first_slot=3, num_slots=5)
    alone = draw(_settings(kind), GRID, num_tx=2, first_slot=6, num_slots=1)

    assert torch.equal(together.pilots[3], alone.pilots[0])
    assert torch.equal(together.pilot_mask[3], alone.pilot_mask[0])


def test_random_pilots_move_and_scattered_ones_stand_still() -> None:
    random = draw(_settings("random"), GRID, num_tx=1, first_slot=0, num_slots=2).pilot_mask
    scattered = draw(_settings("scattered"), GRID, num_tx=1, first_slot=0, num_slots=2).pilot_mask

    assert not torch.equal(random[0], random[1])
    assert torch.equal(scattered[0], scattered[1])


def test_scattered_pilots_leave_no_symbol_and_no_octant_of_the_band_empty() -> None:
    mask = draw(_settings("scattered"), GRID, num_tx=1, first_slot=0, num_slots=1).pilot_mask[0, 0]

    assert (mask.sum(1) > 0).all()
    assert (mask.reshape(14, 8, 3).sum((0, 2)) > 0).all()
