# SPDX-License-Identifier: Apache-2.0
"""Recommendations are read off curves: closed form against simulation, and what moves them."""

from dataclasses import replace

import numpy as np
import pytest

from receivers.theory.errors import TheoryError
from receivers.theory.interval import mean_interval
from receivers.theory.recommendation import (
    Air,
    TrainedSet,
    case_of,
    evenly,
    recommend,
)
from receivers.theory.rehearsal import expected
from receivers.theory.rehearsal_draws import simulate

AIR = Air(
    labels_per_slot=8,
    slots_per_batch=4,
    noise_std=0.3,
    old_gap=1.0,
    new_gap=1.0,
    distance=0.4,
)
SETS = evenly((("head", 10), ("all", 200)))


def test_what_stays_frozen_acts_as_noise_as_a_simulation_of_all_parameters_shows() -> None:
    (half,) = (TrainedSet(name="half", num_parameters=60, share=0.5),)
    case = case_of(AIR, half)
    generator = np.random.default_rng(8)

    found = simulate(case, (160,), num_draws=600, generator=generator)

    assert case.noise_old**2 == pytest.approx(0.09 + 0.5)
    exact = expected(case, 160).adaptation
    interval = mean_interval(found.adaptation[:, 0])
    assert abs(interval.mean - exact) <= 2.0 * (interval.high - interval.low)


def test_buffers_between_the_small_one_and_the_next_better_are_worse() -> None:
    advice = recommend(AIR, SETS, frame_bytes=100, max_frames=256).advice[1]

    assert advice.small is not None
    assert advice.again_from is not None
    between = [
        point
        for point in advice.curve
        if advice.small.num_frames < point.num_frames < advice.again_from
    ]
    assert between
    small = advice.small.errors.generalisation
    assert all(point.errors.generalisation >= small / 1.02 for point in between)
    edge = (200 - AIR.num_new) / AIR.labels_per_slot
    assert advice.small.num_frames < edge < advice.again_from


def test_the_buffer_is_the_smallest_within_two_per_cent_of_the_least_error() -> None:
    found = recommend(AIR, SETS, frame_bytes=100, max_frames=256)

    curve, best = found.chosen.curve, found.chosen.best
    least = min(point.errors.generalisation for point in curve)
    assert best.errors.generalisation <= 1.02 * least
    assert all(
        point.errors.generalisation > 1.02 * least
        for point in curve
        if point.num_frames < best.num_frames
    )
    assert found.buffer_bytes == 100 * best.num_frames


def test_a_noisy_air_is_given_fewer_parameters_to_train() -> None:
    quiet = recommend(AIR, SETS, frame_bytes=1, max_frames=8)
    noisy = recommend(replace(AIR, noise_std=4.0), SETS, frame_bytes=1, max_frames=8)

    assert quiet.chosen.trained.name == "all"
    assert noisy.chosen.trained.name == "head"


def test_more_labels_for_as_many_parameters_move_the_threshold_and_the_small_buffer() -> None:
    few = recommend(AIR, SETS, frame_bytes=1, max_frames=256).advice[1]
    many = recommend(replace(AIR, slots_per_batch=40), SETS, frame_bytes=1, max_frames=256).advice[
        1
    ]

    assert few.small is not None
    assert many.small is None


def test_the_curve_ends_at_the_largest_buffer_and_begins_without_one() -> None:
    curve = recommend(AIR, SETS, frame_bytes=1, max_frames=1000).chosen.curve

    frames = [point.num_frames for point in curve]
    assert (frames[0], frames[1], frames[-1]) == (0, 1, 1000)
    assert frames == sorted(set(frames))


def test_what_makes_no_sense_is_named() -> None:
    with pytest.raises(TheoryError, match="labels_per_slot"):
        replace(AIR, labels_per_slot=0)
    with pytest.raises(TheoryError, match="each name may stand once"):
        evenly((("all", 5), ("all", 6)))
    with pytest.raises(TheoryError, match="2 parameters"):
        evenly((("bias", 1),))
    with pytest.raises(TheoryError, match="one set"):
        evenly(())
    with pytest.raises(TheoryError, match="buffer"):
        recommend(AIR, SETS, frame_bytes=0, max_frames=4)
    with pytest.raises(TheoryError, match="all: every buffer"):
        recommend(AIR, evenly((("all", 32),)), frame_bytes=1, max_frames=0)
