# SPDX-License-Identifier: Apache-2.0
"""Distances of receivers on the same slots, against known ratios and simulated coverage."""

import numpy as np
import pytest
from scipy.stats import binom

from host.report.learning.contest import contests
from host.report.learning.paired_blocks import (
    FEWEST_UNITS,
    PairedBlocks,
    decades,
    paired_blocks,
    ratio,
)
from tests.host.report.learning.learned import PLAYERS, Air, exact, trials


def rng(key: int) -> np.random.Generator:
    return np.random.Generator(np.random.Philox(key))


def shared(air: Air, *, seeds: tuple[int, ...] = (1,)) -> PairedBlocks:
    (contest,) = contests(trials(rng(1), air, seeds=seeds), scenario="street")
    found = paired_blocks([contest.entrants[i] for i in (3, 4)])
    assert found is not None
    return found


def test_the_ratio_of_rates_is_that_of_errors() -> None:
    found = decades(np.array([30.0, 50.0]), np.array([3.0, 5.0]))

    assert found.value == pytest.approx(1.0)
    assert found.shares == pytest.approx([0.0, 0.0])


def test_no_error_counts_as_half_an_error() -> None:
    assert decades(np.array([5.0]), np.array([0.0])).value == pytest.approx(1.0)


def test_what_is_hard_for_both_cancels() -> None:
    """Blocks that differ by a factor of ten hide nothing of a ratio that is the same in all."""
    hard = np.array([1000.0, 100.0, 1000.0, 100.0])

    found = ratio(decades(2.0 * hard, hard))

    assert found.value == pytest.approx(2.0)
    assert (found.low, found.high) == pytest.approx((2.0, 2.0))


@pytest.mark.parametrize("num_units", [4, 16])
def test_the_interval_covers_the_true_ratio_as_often_as_it_says(num_units: int) -> None:
    """Of 2000 draws 95 % should cover, give or take 2 %; a false alarm in one of a million."""
    num_draws, source, covered = 2000, rng(2), 0
    for _ in range(num_draws):
        hard = np.exp(0.6 * source.standard_normal(num_units))
        own = np.exp(0.1 * source.standard_normal((2, num_units)))
        x, y = source.poisson(np.array([[3000.0], [1000.0]]) * hard * own).astype(np.float64)
        found = ratio(decades(x, y))
        assert found.low is not None
        assert found.high is not None
        covered += found.low <= 3.0 <= found.high
    low, high = (float(binom.ppf(p, num_draws, 0.95)) / num_draws for p in (5e-7, 1 - 5e-7))
    assert low - 0.02 <= covered / num_draws <= high + 0.02


def test_too_few_blocks_tell_no_interval() -> None:
    few = np.full(FEWEST_UNITS - 1, 9.0)

    assert ratio(decades(few, few)).low is None
    assert ratio(decades(np.append(few, 9.0), np.append(few, 9.0))).low is not None


def test_blocks_are_units_where_drops_fit_into_them_and_seeds_where_not() -> None:
    apart = shared(Air(num_blocks=8), seeds=(1, 2, 3))
    together = shared(Air(num_blocks=8, slots_per_drop=0), seeds=(1, 2, 3))

    span = slice(2, 6)
    assert len(apart.units(0, span)) == 12
    assert len(together.units(0, span)) == 3
    assert apart.units(0, span).sum() == together.units(0, span).sum()
    assert apart.num_bits(span) == 3 * 4 * 800 * 3072


def test_receivers_are_compared_as_far_as_the_shortest_of_them() -> None:
    short = exact(Air(num_blocks=6), PLAYERS[4:5])
    (contest,) = contests([*exact(Air(num_blocks=8), PLAYERS[:4]), *short], scenario="street")

    found = paired_blocks(contest.entrants)

    assert found is not None
    assert found.num_blocks == 6


def test_receivers_of_different_seeds_share_nothing() -> None:
    air = Air(num_blocks=6)
    made = [
        *trials(rng(1), air, PLAYERS[:1], seeds=(1,)),
        *trials(rng(1), air, PLAYERS[4:5], seeds=(2,)),
    ]
    (contest,) = contests(made, scenario="street")

    assert paired_blocks(contest.entrants) is None
