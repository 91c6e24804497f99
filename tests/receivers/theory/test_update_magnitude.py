# SPDX-License-Identifier: Apache-2.0
"""Frozen and initialised training: closed forms against simulation, and where they cross.

Seeds are fixed; 4 half-widths of a 95 % interval are allowed, false alarm below 1e-4 each.
"""

import math
from dataclasses import replace

import numpy as np
import pytest

from receivers.theory.errors import TheoryError
from receivers.theory.interval import Interval, mean_interval
from receivers.theory.tasks import TaskPair
from receivers.theory.update_draws import UpdateDraws, crossing_interval, simulate
from receivers.theory.update_magnitude import (
    Measure,
    UpdateCase,
    crossing,
    expected,
    worst_number,
)

SHARED = UpdateCase(
    tasks=TaskPair(num_shared=45, num_specific=15, noise_std=0.5, distance=0.7),
    num_first=240,
    num_second=36,
)
MOVED = replace(SHARED, tasks=replace(SHARED.tasks, shared_share=0.75))
ENDS = (SHARED.num_frozen_training, SHARED.num_initialised_training)


def drawn(case: UpdateCase, *trained: int, num_draws: int = 800) -> UpdateDraws:
    return simulate(case, trained, num_draws=num_draws, generator=np.random.default_rng(11))


def gap(case: UpdateCase, measure: Measure) -> Interval:
    errors = drawn(case, *ENDS).of(measure)
    return mean_interval(errors[:, 0] - errors[:, 1])


def close(found: Interval, truth: float) -> bool:
    return abs(found.mean - truth) <= 2.0 * (found.high - found.low)


@pytest.mark.parametrize("case", [SHARED, MOVED], ids=["q moves", "u and q move"])
@pytest.mark.parametrize("num_first", [240, 30], ids=["well taught", "poorly taught"])
@pytest.mark.parametrize("num_second", [8, 36, 90])
@pytest.mark.parametrize("trained", [15, 24, 60])
def test_the_closed_form_is_what_a_simulation_gives(
    case: UpdateCase, num_first: int, num_second: int, trained: int
) -> None:
    case = replace(case, num_first=num_first, num_second=num_second)

    errors = drawn(case, trained)

    truth = expected(case, trained)
    assert close(mean_interval(errors.before), truth.before)
    for measure in Measure:
        assert close(mean_interval(errors.of(measure)[:, 0]), truth.of(measure)), measure


def test_frozen_training_forgets_less_nearby_and_more_far_away() -> None:
    assert gap(SHARED.at(0.2), Measure.FORGETTING).is_negative
    assert gap(SHARED.at(1.5), Measure.FORGETTING).is_positive


@pytest.mark.parametrize(
    ("case", "measure"),
    [(SHARED, Measure.FORGETTING), (MOVED, Measure.NEW), (MOVED, Measure.MEAN)],
    ids=["forgetting, q moves", "new task, u and q", "mean, u and q"],
)
def test_the_crossing_lies_where_the_simulation_has_it(case: UpdateCase, measure: Measure) -> None:
    near, far = (drawn(case.at(d), *ENDS).of(measure) for d in (0.0, 2.0))

    found = crossing_interval(
        near[:, 0] - near[:, 1],
        far[:, 0] - far[:, 1],
        distance=2.0,
        generator=np.random.default_rng(3),
    )

    exact = crossing(case, measure)
    assert exact is not None
    assert found is not None
    assert close(found, exact)
    assert found.high < 1.2 * exact
    at = (
        expected(case.at(exact), ENDS[0]).of(measure),
        expected(case.at(exact), ENDS[1]).of(measure),
    )
    assert at[0] == pytest.approx(at[1])


def test_training_everything_forgets_less_there_because_it_learns_less() -> None:
    assert gap(SHARED.at(1.5), Measure.FORGETTING).is_positive
    assert gap(SHARED.at(1.5), Measure.NEW).is_negative


@pytest.mark.parametrize("num_second", [8, 36, 90])
def test_the_mean_error_never_crosses_while_only_the_tasks_own_part_moves(num_second: int) -> None:
    case = replace(SHARED, num_second=num_second)

    slopes = [
        expected(case.at(1.0), k).of(Measure.MEAN) - expected(case.at(0.0), k).of(Measure.MEAN)
        for k in ENDS
    ]

    assert slopes == pytest.approx([0.5, 0.5])
    assert crossing(case, Measure.MEAN) is None


def test_the_advantage_fades_in_proportion_even_where_nothing_crosses() -> None:
    enough = replace(SHARED, num_second=90)
    ratios = [
        expected(enough.at(d), ENDS[0]).of(Measure.FORGETTING)
        / expected(enough.at(d), ENDS[1]).of(Measure.FORGETTING)
        for d in (0.0, 0.5, 1.0, 4.0)
    ]

    assert crossing(enough, Measure.FORGETTING) is None
    assert np.all(np.diff(ratios) > 0.0)
    assert ratios[0] < 0.5
    assert 0.9 < ratios[-1] < 1.0


def test_with_a_moved_shared_part_unfreezing_pays_beyond_the_crossing() -> None:
    assert gap(MOVED.at(0.2), Measure.MEAN).is_negative
    assert gap(MOVED.at(1.5), Measure.MEAN).is_positive


def test_forgetting_peaks_where_as_many_parameters_move_as_there_are_labels() -> None:
    worst = worst_number(SHARED, Measure.FORGETTING)

    few, most, all_of_them = (
        mean_interval(errors) for errors in drawn(SHARED, 15, 31, 60).of(Measure.FORGETTING).T
    )

    assert abs(worst - SHARED.num_second) == 2
    assert few.high < most.low
    assert all_of_them.high < most.low


def test_there_is_no_crossing_interval_where_the_means_do_not_cross() -> None:
    ones = np.ones(50)

    found = crossing_interval(ones, 2.0 * ones, distance=1.0, generator=np.random.default_rng(1))

    assert found is None


def test_at_as_many_labels_as_moved_parameters_there_is_no_expectation() -> None:
    assert math.isinf(expected(SHARED, SHARED.num_second).of(Measure.MEAN))


def test_a_setting_out_of_range_is_named() -> None:
    with pytest.raises(TheoryError, match="num_first"):
        replace(SHARED, num_first=60)
    with pytest.raises(TheoryError, match="num_second"):
        replace(SHARED, num_second=0)
    with pytest.raises(TheoryError, match="num_trained"):
        expected(SHARED, 14)
    with pytest.raises(TheoryError, match="shared_share"):
        replace(SHARED.tasks, shared_share=1.5)
    with pytest.raises(TheoryError, match="num_shared"):
        replace(SHARED.tasks, num_shared=0)
    with pytest.raises(TheoryError, match="noise_std"):
        replace(SHARED.tasks, noise_std=-0.5)
