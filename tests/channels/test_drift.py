# SPDX-License-Identifier: Apache-2.0
"""Drift schedules against values worked out by hand."""

import numpy as np
import pytest

from channels.drift import value_at, values_at
from channels.errors import UnknownNameError
from channels.scenario import Scenario, load
from tests.channels.scenarios import scenario

SPREAD = "channel.delay_spread_s"
WALK = {
    "target": "snr.offset_db",
    "kind": "random-walk",
    "min_step": 0.5,
    "max_step": 1.0,
    "min_interval_slots": 10,
    "max_interval_slots": 20,
    "low": -3.0,
    "high": 3.0,
    "seed": 9,
}


def test_value_without_drift_is_the_declared_one() -> None:
    assert value_at(scenario({SPREAD: 3e-7}), SPREAD, 10**9) == 3e-7


def test_step_rules_from_its_slot_on() -> None:
    chosen = scenario(None, {"target": SPREAD, "kind": "step", "slot": 5, "to": 4e-7})

    assert np.array_equal(values_at(chosen, SPREAD, np.array([0, 4, 5, 99])), [0, 0, 4e-7, 4e-7])


def test_ramps_follow_each_other_piece_by_piece() -> None:
    up = {"target": SPREAD, "kind": "ramp", "first_slot": 10, "last_slot": 20, "to": 100.0}
    down = {"target": SPREAD, "kind": "ramp", "first_slot": 30, "last_slot": 40, "to": 50.0}
    step = {"target": SPREAD, "kind": "step", "slot": 35, "to": 7.0}

    values = values_at(scenario(None, up, down, step), SPREAD, np.arange(0, 45, 5))

    assert np.allclose(values, [0, 0, 0, 50, 100, 100, 100, 7, 7])


def test_entry_cuts_short_the_one_before_it() -> None:
    up = {"target": SPREAD, "kind": "ramp", "first_slot": 0, "last_slot": 10, "to": 100.0}
    down = {"target": SPREAD, "kind": "ramp", "first_slot": 5, "last_slot": 10, "to": 0.0}

    values = values_at(scenario(None, up, down), SPREAD, np.array([0, 5, 10]))

    assert np.allclose(values, [0, 50, 0])


def test_random_walk_is_the_same_in_any_batch() -> None:
    chosen = scenario(None, WALK)
    whole = values_at(chosen, "snr.offset_db", np.arange(2000))

    one_by_one = [value_at(chosen, "snr.offset_db", slot) for slot in range(0, 2000, 37)]

    assert np.array_equal(one_by_one, whole[::37])


def test_random_walk_keeps_its_step_sizes_intervals_and_bounds() -> None:
    values = values_at(scenario(None, WALK), "snr.offset_db", np.arange(20_000))

    jumps = np.flatnonzero(np.diff(values))
    sizes = np.abs(np.diff(values)[jumps])
    assert values.min() >= -3.0
    assert values.max() <= 3.0
    assert np.diff(jumps).min() >= 10
    assert np.diff(jumps).max() <= 20
    assert sizes.max() <= 1.0 + 1e-12
    # Only a step that is reflected at a bound comes out shorter than the least.
    near = np.minimum(values[jumps + 1] + 3.0, 3.0 - values[jumps + 1]) < 1.0
    assert np.all((sizes >= 0.5 - 1e-12) | near)


def test_another_seed_walks_elsewhere() -> None:
    slots = np.arange(1000)

    first = values_at(scenario(None, WALK), "snr.offset_db", slots)
    other = values_at(scenario(None, {**WALK, "seed": 10}), "snr.offset_db", slots)

    assert not np.array_equal(first, other)


def test_walk_that_never_reverses_goes_straight_to_its_bound() -> None:
    straight = {**WALK, "p_reverse": 0.0, "high": 1e6}

    values = values_at(scenario(None, straight), "snr.offset_db", np.arange(500))

    assert np.all(np.diff(values) >= 0)
    assert values[-1] > 10


@pytest.mark.parametrize(
    ("name", "slots", "expected_ns"),
    [
        ("delay-step", [0, 1599, 1600, 50_000], [45, 45, 405, 405]),
        ("delay-slow", [0, 16_000, 288_000, 304_000, 576_000], [45, 65, 405, 385, 45]),
        ("delay-fast", [0, 480, 960, 8640, 9000], [45, 65, 85, 405, 405]),
        ("delay-return", [0, 1599, 1600, 25_599, 25_600, 90_000], [45, 45, 405, 405, 45, 45]),
        ("delay-still", [0, 1600, 300_000], [45, 45, 45]),
        ("delay-step-hybrid", [1599, 1600], [45, 405]),
        ("delay-step-additional", [1599, 1600], [45, 405]),
        ("delay-step-fixed", [1599, 1600], [45, 405]),
        ("pilots-wrong-step", [6_399, 6_400, 50_000], [45, 405, 405]),
    ],
)
def test_shipped_schedule_of_the_delay_spread_has_the_rates_it_promises(
    name: str, slots: list[int], expected_ns: list[float]
) -> None:
    values = values_at(load(name), SPREAD, np.array(slots))

    assert np.allclose(values * 1e9, expected_ns)


@pytest.mark.parametrize("kind", ["wrong", "missing", "saturated", "wrong-step"])
def test_shipped_faults_of_pilots_come_and_go(kind: str) -> None:
    target = f"impairments.pilot_{kind.removesuffix('-step')}_share"

    values = values_at(load(f"pilots-{kind}"), target, np.array([0, 3_199, 3_200, 19_199, 19_200]))

    assert values.tolist() == [0.0, 0.0, 0.2, 0.2, 0.0]


@pytest.mark.parametrize("key", ["min_speed_mps", "max_speed_mps"])
def test_shipped_ramp_of_the_speed_goes_from_walking_to_a_fast_train(key: str) -> None:
    slots = np.array([0, 1600, 17_600, 33_600, 90_000])

    values = values_at(load("doppler-ramp"), f"channel.{key}", slots)

    assert np.allclose(values, [3.0, 3.0, 61.5, 120.0, 120.0])


@pytest.mark.parametrize(
    ("name", "kind", "num_teaching", "slots_per_draw"),
    [
        ("delay-step", "random", 128, 16),
        ("delay-step-fixed", "random", 128, 0),
        ("delay-step-hybrid", "hybrid", 64, 16),
        ("delay-step-additional", "additional", 64, 16),
    ],
)
def test_shipped_pilot_designs_differ_in_nothing_else(
    name: str, kind: str, num_teaching: int, slots_per_draw: int
) -> None:
    made, usual = load(name), load("delay-step")

    dmrs = made.link.dmrs
    assert (dmrs.kind, dmrs.num_learning or dmrs.num_pilots) == (kind, num_teaching)
    assert dmrs.slots_per_draw == slots_per_draw
    link = made.link.model_copy(update={"dmrs": usual.link.dmrs})
    alike = made.model_copy(update={"name": usual.name, "title": usual.title, "link": link})
    assert alike == usual


def test_shipped_random_schedule_stays_in_the_range_of_the_paper() -> None:
    values = values_at(load("delay-random"), SPREAD, np.arange(0, 200_000, 10))

    assert np.isclose(values[0], 45e-9, rtol=1e-9)
    assert values.min() >= 20e-9 - 1e-15
    assert values.max() <= 445e-9 + 1e-15
    assert np.abs(np.diff(values)).max() <= 40e-9 + 1e-15


def test_unknown_target_is_named_with_the_legal_ones() -> None:
    chosen: Scenario = scenario()

    with pytest.raises(
        UnknownNameError, match=r"no drifting value called 'channel\.k'; there are: "
    ):
        value_at(chosen, "channel.k", 0)
