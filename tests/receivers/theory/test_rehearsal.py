# SPDX-License-Identifier: Apache-2.0
"""Rehearsal: the closed forms against simulation, and the signs that the study speaks of.

An interval of 95 % may miss; seeds are fixed, so a test that passes does so always. Where truth is
a closed form, 4 half-widths are allowed: false alarm below 1e-4 a comparison.
"""

import math
from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from receivers.theory.errors import TheoryError
from receivers.theory.interval import Interval, mean_interval
from receivers.theory.rehearsal import (
    Rehearsal,
    expected,
    harmful_from,
    has_interval,
    memory_floor,
    mixture,
)
from receivers.theory.rehearsal_draws import Simulated, simulate

SIMILAR = Rehearsal(
    num_parameters=60,
    num_new=24,
    noise_old=0.2,
    noise_new=0.2,
    old_gap=1.0,
    new_gap=1.0,
    distance=0.1,
)
DISSIMILAR = replace(SIMILAR, distance=1.0)
UNEQUAL = replace(SIMILAR, noise_old=0.6, new_gap=1.4, distance=0.9)


def drawn(case: Rehearsal, *sizes: int, num_draws: int = 1500) -> Simulated:
    return simulate(case, sizes, num_draws=num_draws, generator=np.random.default_rng(5))


def change(case: Rehearsal, error: str, first: int, last: int) -> Interval:
    errors = getattr(drawn(case, first, last), error)
    return mean_interval(errors[:, 1] - errors[:, 0])


def close(found: Interval, truth: float) -> bool:
    return abs(found.mean - truth) <= 2.0 * (found.high - found.low)


@pytest.mark.parametrize("case", [SIMILAR, DISSIMILAR, UNEQUAL], ids=["similar", "far", "unequal"])
@pytest.mark.parametrize("size", [0, 12, 26, 46, 90, 240])
def test_the_closed_form_is_what_a_simulation_gives(case: Rehearsal, size: int) -> None:
    errors = drawn(case, size)

    truth = expected(case, size)
    assert close(mean_interval(errors.adaptation[:, 0]), truth.adaptation)
    assert close(mean_interval(errors.memory[:, 0]), truth.memory)


@pytest.mark.parametrize("size", [1, 2, 14])
def test_the_closed_form_is_exact_for_a_handful_of_parameters(size: int) -> None:
    small = replace(DISSIMILAR, num_parameters=12, num_new=6, noise_old=0.0, noise_new=0.0)
    errors = drawn(small, size, num_draws=20_000)

    assert close(mean_interval(errors.adaptation[:, 0]), expected(small, size).adaptation)


def test_without_new_labels_the_solution_is_drawn_to_the_old_task_as_by_a_projection() -> None:
    assert mixture(num_other=30, num_own=0, num_parameters=60) == pytest.approx(0.5)
    assert mixture(num_other=90, num_own=0, num_parameters=60) == pytest.approx(1.0)
    assert mixture(num_other=0, num_own=90, num_parameters=60) == 0.0


def test_for_one_task_the_error_is_that_of_ordinary_least_squares() -> None:
    same = replace(SIMILAR, distance=0.0)

    assert expected(same, 76).adaptation == pytest.approx(0.04 * 60 / (100 - 60 - 1))
    assert expected(same, 76).memory == expected(same, 76).adaptation


def test_the_slope_of_the_adaptation_error_changes_its_sign_at_p_equal_to_n_plus_s() -> None:
    edge = SIMILAR.threshold

    below = change(SIMILAR, "adaptation", edge - 12, edge - 5)
    above = change(SIMILAR, "adaptation", edge + 5, edge + 12)

    assert below.is_positive
    assert above.is_negative
    exact = [expected(SIMILAR, s).adaptation for s in range(edge + 40)]
    assert np.all(np.diff(exact[edge - 12 : edge - 1]) > 0.0)
    assert np.all(np.diff(exact[edge + 2 :]) < 0.0)


def test_far_below_the_threshold_rehearsal_helps_unless_noise_is_high() -> None:
    noisy = replace(SIMILAR, noise_old=1.5, noise_new=1.5)

    assert change(SIMILAR, "adaptation", 0, 10).is_negative
    assert change(noisy, "adaptation", 0, 10).is_positive
    assert harmful_from(noisy) == 0.0


def test_where_rehearsal_begins_to_harm_is_the_minimum_of_the_curve() -> None:
    same = replace(SIMILAR, distance=0.0)

    curve = [expected(same, s).adaptation for s in range(same.threshold - 1)]

    assert abs(int(np.argmin(curve)) - harmful_from(same)) <= 1.0
    assert 0 < harmful_from(same) < same.threshold - 2


def test_more_labels_than_parameters_do_not_save_adaptation_to_a_dissimilar_task() -> None:
    assert change(SIMILAR, "adaptation", 150, 400).is_negative
    assert change(DISSIMILAR, "adaptation", 150, 400).is_positive


@pytest.mark.parametrize("distance", [0.05, 0.2, 0.3, 1.0])
def test_adaptation_rises_at_last_where_distance_outweighs_noise(distance: float) -> None:
    case = replace(SIMILAR, distance=distance)
    gain = case.num_parameters * case.noise_new**2 / (2 * case.num_new)

    rises = expected(case, 200_000).adaptation > expected(case, 100_000).adaptation

    assert rises == (distance**2 > gain)


def test_the_memory_error_turns_up_below_the_threshold() -> None:
    lowest = round(memory_floor(SIMILAR)[0])

    assert change(SIMILAR, "memory", 0, lowest).is_negative
    assert change(SIMILAR, "memory", lowest, SIMILAR.threshold - 5).is_positive


@pytest.mark.parametrize("case", [SIMILAR, DISSIMILAR], ids=["similar", "far"])
def test_the_floor_of_the_memory_error_is_the_minimum_of_the_curve(case: Rehearsal) -> None:
    curve = [expected(case, s).memory for s in range(case.threshold - 1)]
    size, least = memory_floor(case)

    assert abs(int(np.argmin(curve)) - size) <= 1.0
    assert min(curve) == pytest.approx(least, rel=5e-3)


def test_the_floor_falls_with_distance_and_with_noise() -> None:
    by_distance = [memory_floor(replace(SIMILAR, distance=d))[1] for d in (1.5, 1.0, 0.5, 0.1)]
    by_noise = [
        memory_floor(replace(SIMILAR, noise_old=noise, noise_new=noise))[1]
        for noise in (0.8, 0.4, 0.2, 0.1)
    ]

    assert np.all(np.diff(by_distance) < 0.0)
    assert np.all(np.diff(by_noise) < 0.0)


def test_the_memory_error_saturates_above_the_threshold() -> None:
    early, late = (expected(SIMILAR, s).memory for s in (100, 1000))
    first, last = (change(SIMILAR, "memory", *both) for both in ((60, 100), (960, 1000)))

    assert early > late
    assert first.is_negative
    assert abs(last.mean) < 0.01 * abs(first.mean)


def test_the_peak_just_above_the_labels_grows_with_rehearsal() -> None:
    few, many = (replace(SIMILAR, num_parameters=SIMILAR.num_new + size + 6) for size in (10, 100))

    few_drawn, many_drawn = drawn(few, 10), drawn(many, 100)

    assert expected(many, 100).generalisation > expected(few, 10).generalisation
    assert (
        mean_interval(many_drawn.generalisation[:, 0]).low
        > mean_interval(few_drawn.generalisation[:, 0]).high
    )


def test_at_the_threshold_there_is_no_expectation() -> None:
    edge = SIMILAR.threshold

    for size in (edge - 1, edge, edge + 1):
        assert math.isinf(expected(SIMILAR, size).generalisation)
        assert not has_interval(SIMILAR, size)
    assert has_interval(SIMILAR, edge + 4)


@pytest.mark.parametrize(
    ("setting", "value"),
    [
        ("num_parameters", 1),
        ("num_new", 0),
        ("noise_new", -1.0),
        ("old_gap", math.nan),
        ("distance", 2.5),
    ],
)
def test_a_setting_out_of_range_is_named(setting: str, value: float) -> None:
    changed: dict[str, Any] = {setting: value}

    with pytest.raises(TheoryError, match=setting):
        replace(SIMILAR, **changed)


def test_the_floor_needs_more_parameters_than_labels_and_one_noise() -> None:
    with pytest.raises(TheoryError, match="num_parameters"):
        memory_floor(replace(SIMILAR, num_parameters=20))
    with pytest.raises(TheoryError, match="noise_old"):
        memory_floor(UNEQUAL)
    with pytest.raises(TheoryError, match="num_rehearsed"):
        expected(SIMILAR, -1)
