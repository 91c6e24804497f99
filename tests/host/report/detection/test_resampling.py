# SPDX-License-Identifier: Apache-2.0
"""Ratios of error rates and slopes of gaps: against what they were made with."""

import numpy as np
import pytest

from channels.randomness import generator
from host.detection.figures import figures, gap, of_data, of_pilots
from host.detection.record import BlockResult
from host.report.detection.points import Point
from host.report.detection.resampling import Estimate, gap_slope, interval, ratio
from tests.host.detection.small_study import block, counted, record

NUM_BLOCKS = 12


def point(blocks: list[BlockResult]) -> Point:
    data = figures(blocks, of_data)
    assert data is not None
    return Point(
        detector="any",
        records=(record("any", blocks),),
        blocks=tuple(blocks),
        data=data,
        pilots=figures(blocks, of_pilots),
        gap=gap(blocks),
    )


def erring(errors: list[int]) -> Point:
    return point([block(i, wrong) for i, wrong in enumerate(errors)])


def gapping(gaps: list[float]) -> Point:
    """Return a point whose blocks have these gaps [nat]."""
    pilots = counted(0, lost=1.0, num_symbols=10)
    return point(
        [block(i, 0, lost=1000 * (0.1 + one), pilots=pilots) for i, one in enumerate(gaps)]
    )


def test_a_ratio_that_is_the_same_in_every_block_is_known_exactly() -> None:
    hard = [1, 2, 4, 8, 16, 32, 64, 100]

    found = ratio(erring([3 * errors for errors in hard]), erring(hard))

    assert found == Estimate(value=3.0, low=3.0, high=3.0)


def test_a_ratio_over_no_error_is_not_known() -> None:
    assert ratio(erring([1] * 8), erring([0] * 8)) is None


@pytest.mark.parametrize(
    ("errors", "why"), [([5] * 7, "few blocks"), ([9, 9, 9, 9, 9, 0, 0, 0, 0], "few that err")]
)
def test_a_ratio_of_too_little_has_no_interval(errors: list[int], why: str) -> None:
    found = ratio(erring([2 * one + (one > 0) for one in errors]), erring(errors))

    assert found is not None, why
    assert (found.low, found.high) == (None, None)


def test_other_blocks_are_not_compared() -> None:
    other = point([block(i + 1, 5) for i in range(8)])

    assert ratio(erring([5] * 8), other) is None


def test_ratios_are_covered_as_often_as_promised() -> None:
    # 300 studies of 12 blocks; at 95 % fewer than 270 are covered with probability below 1e-3.
    rng, truth = generator(seed=1, stream="coverage", index=0), 1.5
    covered = 0
    for _ in range(300):
        level = rng.gamma(2.0, 20.0, NUM_BLOCKS)
        second = [int(e) for e in rng.poisson(level)]
        first = [int(e) for e in rng.poisson(truth * level)]
        found = ratio(erring(first), erring(second))
        assert found is not None
        assert found.low is not None
        assert found.high is not None
        covered += found.low <= truth <= found.high

    assert 270 <= covered < 299


def test_a_paired_ratio_is_known_better_than_its_rates() -> None:
    rng = generator(seed=2, stream="coverage", index=0)
    level = rng.gamma(0.5, 200.0, NUM_BLOCKS)
    one = erring([int(e) for e in rng.poisson(level)])

    found = ratio(erring([int(e) for e in rng.poisson(level)]), one)

    assert found is not None
    assert found.low is not None
    assert found.high is not None
    ser = one.data.ser
    assert ser.clustered_low is not None
    assert ser.clustered_high is not None
    assert found.high / found.low < 0.5 * ser.clustered_high / ser.clustered_low


def _log_slope(points: list[Point], x: list[float]) -> Estimate | None:
    return gap_slope(points, x, is_of_logarithm=True)


@pytest.mark.parametrize("slope", [0.3, 0.0, -0.2])
def test_the_slope_of_an_exponential_is_its_rate(slope: float) -> None:
    x = [1.0, 2.0, 4.0, 8.0]
    points = [gapping([size * np.exp(slope * q) for size in (0.1, 0.2) * 4]) for q in x]

    found = _log_slope(points, x)

    assert found is not None
    assert found.value == pytest.approx(slope, abs=1e-9)
    assert found.low == pytest.approx(slope, abs=1e-9)
    assert found.high == pytest.approx(slope, abs=1e-9)


def test_slopes_are_covered_as_often_as_promised() -> None:
    rng, x, slope = generator(seed=3, stream="coverage", index=0), [1.0, 2.0, 3.0, 4.0], 0.2
    covered = 0
    for _ in range(200):
        hard = rng.gamma(4.0, 0.05, NUM_BLOCKS)
        noise = rng.gamma(8.0, 1.0 / 8.0, (len(x), NUM_BLOCKS))
        told = [list(hard * np.exp(slope * q) * noise[i]) for i, q in enumerate(x)]
        found = _log_slope([gapping([float(g) for g in gaps]) for gaps in told], x)
        assert found is not None
        assert found.low is not None
        assert found.high is not None
        covered += found.low <= slope <= found.high

    assert 176 <= covered < 200  # at 95 % fewer with probability below 1e-4


def test_a_gap_that_is_not_positive_has_no_slope() -> None:
    x = [1.0, 2.0, 3.0]

    assert _log_slope([gapping([0.1] * 8), gapping([-0.1] * 8), gapping([0.1] * 8)], x) is None


def test_a_slope_whose_draws_may_have_no_logarithm_has_no_interval() -> None:
    x = [1.0, 2.0, 3.0]
    shaky = [gapping([0.9, *[-0.1] * 7]) for _ in x]

    found = _log_slope(shaky, x)

    assert found is not None
    assert (found.low, found.high) == (None, None)


def test_a_gap_without_a_logarithm_has_a_slope_still() -> None:
    points = [gapping([size, *[-size] * 7]) for size in (0.1, 0.2, 0.3)]

    found = gap_slope(points, [1.0, 2.0, 3.0], is_of_logarithm=False)

    assert found is not None
    assert found.value == pytest.approx(-6 / 8 * 0.1)
    assert _log_slope(points, [1.0, 2.0, 3.0]) is None


def test_two_values_make_no_slope() -> None:
    assert _log_slope([gapping([0.1] * 8)] * 2, [1.0, 2.0]) is None


def test_intervals_of_few_clusters_are_wider() -> None:
    draws = generator(seed=4, stream="coverage", index=0).standard_normal(4000)

    few, many = interval(draws, num_clusters=8), interval(draws, num_clusters=1000)

    assert many[0] == pytest.approx(-1.96, abs=0.1)
    # sqrt(8 / 7) times Student's 2.365 for 7 degrees of freedom
    assert few[0] == pytest.approx(-2.53, abs=0.15)
    assert few[1] == pytest.approx(2.53, abs=0.15)
