# SPDX-License-Identifier: Apache-2.0
"""Reference signals: where they stand, that users do not collide, that a slot stays the same."""

from dataclasses import replace

import numpy as np
import pytest
import torch
from scipy.stats import chi2

from channels.dmrs_designs import DmrsKind, Sharing
from channels.grid import Grid
from channels.randomness import generator
from sim.dmrs import Dmrs, DmrsSettings, draw, num_pilot_elements
from sim.qam import map_bits, unmap

GRID = Grid(num_symbols=14, num_subcarriers=24)
NUM_PILOTS, NUM_LEARNING, SEED = 40, 15, 5
EVERY_KIND = tuple(DmrsKind)
TEACHING = ("random", "hybrid", "additional")
OVERHEAD = {"standard": 48, "scattered": 40, "random": 40, "hybrid": 40, "additional": 48 + 15}
NUM_TEACHING = {"standard": 0, "scattered": 0, "random": 40, "hybrid": 15, "additional": 15}
KINDS = pytest.mark.parametrize("kind", EVERY_KIND)


def _settings(kind: str, *, slots_per_draw: int = 1, num_bits_per_symbol: int = 2) -> DmrsSettings:
    return DmrsSettings(
        kind=DmrsKind(kind),
        symbols=(2, 11),
        num_pilots=NUM_PILOTS,
        num_learning=NUM_LEARNING,
        slots_per_draw=slots_per_draw,
        seed=SEED,
        num_bits_per_symbol=num_bits_per_symbol,
    )


def _draw(settings: DmrsSettings, num_slots: int, *, num_tx: int = 1, first_slot: int = 0) -> Dmrs:
    return draw(settings, GRID, num_tx=num_tx, first_slot=first_slot, num_slots=num_slots)


@KINDS
@pytest.mark.parametrize("num_tx", [1, 3])
def test_users_share_the_pilots_and_leave_the_rest_to_data(kind: str, num_tx: int) -> None:
    dmrs = _draw(_settings(kind), 4, num_tx=num_tx)

    owners = dmrs.pilot_mask.sum(1)
    assert int(owners.max()) == 1
    assert torch.equal(owners == 0, dmrs.data_mask[:, 0])
    assert torch.equal(owners.sum((1, 2)), torch.full((4,), OVERHEAD[kind]))
    assert num_pilot_elements(_settings(kind), GRID) == OVERHEAD[kind]
    assert torch.equal(dmrs.pilots != 0, dmrs.pilot_mask)
    pilots_of_a_user = dmrs.pilot_mask.sum((2, 3))
    assert int(pilots_of_a_user.max() - pilots_of_a_user.min()) <= 1


@KINDS
def test_as_many_pilots_teach_as_the_design_says(kind: str) -> None:
    dmrs = _draw(_settings(kind), 4, num_tx=2)

    assert torch.equal(dmrs.learning_mask.sum((1, 2, 3)), torch.full((4,), NUM_TEACHING[kind]))
    assert not (dmrs.learning_mask & ~dmrs.pilot_mask).any()


def test_the_standard_design_fills_its_symbols() -> None:
    mask = _draw(_settings("standard"), 1).pilot_mask[0, 0]

    assert mask[[2, 11]].all()
    assert int(mask.sum()) == 2 * GRID.num_subcarriers


def test_the_additional_design_leaves_the_standard_one_whole() -> None:
    dmrs = _draw(_settings("additional"), 3)

    usual = dmrs.pilot_mask & ~dmrs.learning_mask
    assert torch.equal(usual, _draw(_settings("standard"), 3).pilot_mask)
    assert not dmrs.learning_mask[:, :, [2, 11]].any()


def test_the_part_of_the_hybrid_design_that_does_not_teach_is_the_scattered_lattice() -> None:
    dmrs = _draw(_settings("hybrid"), 3)
    lattice = DmrsSettings(
        kind=DmrsKind.SCATTERED,
        symbols=(),
        num_pilots=NUM_PILOTS - NUM_LEARNING,
        seed=SEED,
        num_bits_per_symbol=2,
    )

    assert torch.equal(dmrs.pilot_mask & ~dmrs.learning_mask, _draw(lattice, 3).pilot_mask)


@pytest.mark.parametrize("kind", TEACHING)
def test_pilots_that_teach_are_of_the_data_constellation_and_the_others_qpsk(kind: str) -> None:
    dmrs = _draw(_settings(kind, num_bits_per_symbol=6), 200)

    teaching, usual = (
        dmrs.pilots[dmrs.learning_mask],
        dmrs.pilots[dmrs.pilot_mask & ~dmrs.learning_mask],
    )
    again = map_bits(unmap(teaching, num_bits_per_symbol=6).flatten(), num_bits_per_symbol=6)
    torch.testing.assert_close(again, teaching, rtol=0, atol=1e-6)
    assert len(torch.unique(torch.view_as_real(teaching), dim=0)) == 64
    torch.testing.assert_close(usual.abs(), torch.ones(len(usual)), rtol=0, atol=1e-6)


@pytest.mark.parametrize("kind", TEACHING)
def test_pilots_that_teach_have_unit_mean_power(kind: str) -> None:
    dmrs = _draw(_settings(kind, num_bits_per_symbol=4), 400)

    energy = dmrs.pilots[dmrs.learning_mask].abs() ** 2

    # |s|^2 of 16-QAM is 0.2, 1 or 1.8 with variance 0.32: 5 sigma, false alarm < 1e-6.
    assert float(energy.mean()) == pytest.approx(1.0, abs=5.0 * (0.32 / len(energy)) ** 0.5)


@KINDS
@pytest.mark.parametrize("slots_per_draw", [0, 1, 4])
def test_a_slot_is_the_same_in_every_batch(kind: str, slots_per_draw: int) -> None:
    settings = _settings(kind, slots_per_draw=slots_per_draw)

    together = _draw(settings, 9, num_tx=2, first_slot=3)
    alone = _draw(settings, 1, num_tx=2, first_slot=6)

    for name in ("pilots", "pilot_mask", "data_mask", "learning_mask"):
        assert torch.equal(getattr(together, name)[3], getattr(alone, name)[0]), name


@pytest.mark.parametrize("kind", TEACHING)
def test_a_new_draw_begins_at_each_multiple_of_slots_per_draw(kind: str) -> None:
    dmrs = _draw(_settings(kind, slots_per_draw=16), 64, first_slot=8)

    changes = (dmrs.pilots[1:] != dmrs.pilots[:-1]).flatten(1).any(1)
    assert torch.nonzero(changes)[:, 0].tolist() == [7, 23, 39, 55]
    moves = (dmrs.learning_mask[1:] != dmrs.learning_mask[:-1]).flatten(1).any(1)
    assert torch.equal(moves, changes)


@pytest.mark.parametrize("kind", TEACHING)
def test_nothing_is_ever_drawn_again_with_no_slots_per_draw(kind: str) -> None:
    settings = _settings(kind, slots_per_draw=0)

    early, late = _draw(settings, 2), _draw(settings, 1, first_slot=10**6)

    assert torch.equal(early.pilots[0], early.pilots[1])
    assert torch.equal(early.pilots[0], late.pilots[0])


def test_random_pilots_of_every_slot_are_those_of_the_first_release() -> None:
    settings = _settings("random", num_bits_per_symbol=4)

    dmrs = _draw(settings, 3, first_slot=100)

    for i in range(3):
        rng = generator(seed=SEED, stream="dmrs", index=100 + i)
        cells = np.sort(rng.permutation(GRID.num_resource_elements)[:NUM_PILOTS])
        bits = torch.from_numpy(rng.integers(0, 2, NUM_PILOTS * 4, dtype=np.uint8))
        expected = torch.zeros(GRID.num_resource_elements, dtype=torch.complex64)
        expected[cells] = map_bits(bits, num_bits_per_symbol=4)
        assert torch.equal(dmrs.pilots[i, 0].flatten(), expected)


@pytest.mark.parametrize("kind", TEACHING)
def test_pilots_that_teach_stand_anywhere_with_equal_probability(kind: str) -> None:
    num_draws = 4000
    dmrs = _draw(_settings(kind), num_draws)

    free = ~(dmrs.pilot_mask & ~dmrs.learning_mask)[0, 0].flatten()
    seen = dmrs.learning_mask[:, 0].flatten(1).sum(0)[free].double()
    p = NUM_TEACHING[kind] / len(seen)
    # Without replacement, counts of cells have covariance n p (1 - p) (I - 1 1^T / N) N / (N - 1).
    n = len(seen)
    statistic = float(((seen - num_draws * p) ** 2).sum() / (num_draws * p * (1 - p)) * (n - 1) / n)
    # False alarm 0.1 %; the seed is fixed.
    assert chi2.ppf(5e-4, n - 1) < statistic < chi2.ppf(1 - 5e-4, n - 1)


def test_random_pilots_move_and_scattered_ones_stand_still() -> None:
    random = _draw(_settings("random"), 2).pilot_mask
    scattered = _draw(_settings("scattered"), 2).pilot_mask

    assert not torch.equal(random[0], random[1])
    assert torch.equal(scattered[0], scattered[1])


def test_scattered_pilots_leave_no_symbol_and_no_octant_of_the_band_empty() -> None:
    mask = _draw(_settings("scattered"), 1).pilot_mask[0, 0]

    assert (mask.sum(1) > 0).all()
    assert (mask.reshape(14, 8, 3).sum((0, 2)) > 0).all()


def _shared(kind: str, sharing: str, learning_sharing: str = "comb", *, num_tx: int = 4) -> Dmrs:
    settings = replace(
        _settings(kind),
        sharing=Sharing(sharing),
        learning_sharing=Sharing(learning_sharing),
    )
    return _draw(settings, 6, num_tx=num_tx)


def test_cover_codes_are_orthogonal_over_neighbours() -> None:
    dmrs = _shared("standard", "cover-code")

    symbols = dmrs.pilots[:, :, [2, 11]].unflatten(-1, (-1, 4)).permute(0, 2, 3, 4, 1)
    gram = symbols.mH @ symbols
    torch.testing.assert_close(gram, 4 * torch.eye(4, dtype=gram.dtype).expand_as(gram))
    assert dmrs.pilot_mask[:, :, [2, 11]].all()


def test_overlapping_users_send_symbols_of_their_own() -> None:
    dmrs = _shared("standard", "overlapping")

    sent = dmrs.pilots[:, :, [2, 11]].flatten(2).transpose(0, 1).flatten(1)
    correlation = (sent @ sent.mH).abs() / sent.shape[1]
    torch.testing.assert_close(torch.diagonal(correlation), torch.ones(4))
    # Of 288 independent symbols: one standard deviation is 0.06.
    assert float(correlation[~torch.eye(4, dtype=torch.bool)].max()) < 0.25


def test_pilots_that_teach_overlap_where_they_are_told_to() -> None:
    dmrs = _shared("additional", "comb", "overlapping")

    teaching = dmrs.learning_mask.sum(1)
    assert set(teaching.unique().tolist()) == {0, 4}
    assert int((teaching > 0).sum()) == 6 * NUM_LEARNING
    usual = (dmrs.pilot_mask & ~dmrs.learning_mask).sum(1)
    assert set(usual.unique().tolist()) == {0, 1}
    assert torch.equal(dmrs.data_mask[:, 0], (usual + teaching) == 0)


@pytest.mark.parametrize("sharing", ["cover-code", "overlapping"])
def test_of_one_user_all_ways_of_sharing_are_the_same(sharing: str) -> None:
    alone = _shared("standard", sharing, num_tx=1)

    assert torch.equal(alone.pilots, _shared("standard", "comb", num_tx=1).pilots)
