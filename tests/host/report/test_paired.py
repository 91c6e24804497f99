# SPDX-License-Identifier: Apache-2.0
"""Paired intervals: their coverage where the crossings are known, and what pairing is worth."""

import math

import numpy as np
import pytest

from host.record import Record
from host.report.paired import FEWEST_DROPS, percentiles, resampled
from host.report.required import TARGET_BLER, Estimate, Standing, standings
from tests.host.report.latent import trials

GRID_DB = tuple(np.arange(-1.0, 2.01, 0.25).tolist())
SHIFTED = {"perfect-csi": 0.0, "neural-s": 0.5}


def rng(seed: int) -> np.random.Generator:
    return np.random.Generator(np.random.Philox(seed))


def standing(records: list[Record], receiver: str = "neural-s") -> Standing:
    found = standings(records, scenario="urban-slow")
    return next(s for s in found if s.curve.receiver == receiver)


def covers(estimate: Estimate, truth_db: float) -> bool:
    assert estimate.low is not None
    assert estimate.high is not None
    return estimate.low <= truth_db <= estimate.high


def width(estimate: Estimate) -> float:
    assert estimate.low is not None
    assert estimate.high is not None
    return estimate.high - estimate.low


@pytest.mark.parametrize("slots_per_drop", [1, 3], ids=["a drop a slot", "drops of 3 slots"])
def test_intervals_of_crossing_and_gap_cover_the_truth(slots_per_drop: int) -> None:
    """At a coverage of 93 %, fewer than 126 hits of 150 have probability < 1e-4 each."""
    draws, hits, gap_hits = rng(3), 0, 0

    for _ in range(150):
        records = trials(
            draws, SHIFTED, grid_db=GRID_DB, num_drops=200, slots_per_drop=slots_per_drop
        )
        found = standing(records)
        hits += covers(found.required, 0.5)
        gap_hits += covers(found.gap_to_perfect_csi, 0.5)

    assert hits >= 126
    assert gap_hits >= 126


def test_taking_slots_of_a_drop_as_independent_would_not_cover() -> None:
    """Where it does not matter who shares what, the test above could not fail."""
    draws, hits = rng(4), 0

    for _ in range(60):
        records = trials(draws, SHIFTED, grid_db=GRID_DB, num_drops=70, slots_per_drop=9)
        loose = [
            r.model_copy(
                update={"course": r.course and r.course.model_copy(update={"slots_per_drop": 1})}
            )
            for r in records
        ]
        hits += covers(standing(loose).required, 0.5)

    assert hits < 40


def test_a_receiver_against_itself_shifted_is_known_far_better_than_unpaired() -> None:
    records = trials(rng(5), SHIFTED, grid_db=GRID_DB, num_drops=320, correlation=1.0)

    found, anchor = standing(records), standing(records, "perfect-csi")

    unpaired = math.hypot(width(found.required), width(anchor.required))
    assert width(found.gap_to_perfect_csi) < 0.1 * unpaired
    assert found.gap_to_perfect_csi.value == pytest.approx(0.5, abs=0.02)


def test_a_curve_against_itself_differs_by_nothing() -> None:
    anchor = standing(trials(rng(6), SHIFTED, grid_db=GRID_DB, num_drops=100), "perfect-csi")

    assert anchor.gap_to_perfect_csi == Estimate(value=0.0, low=0.0, high=0.0)


def test_seeds_are_drawn_together_and_narrow_the_interval_by_their_root() -> None:
    one = trials(rng(7), SHIFTED, grid_db=GRID_DB, num_drops=200)
    four = trials(rng(7), SHIFTED, grid_db=GRID_DB, num_drops=200, seeds=(1, 2, 3, 4))

    ratio = width(standing(one).required) / width(standing(four).required)

    assert 1.4 < ratio < 2.8


def test_a_trial_that_ended_early_brings_the_slots_it_has() -> None:
    """Of 128 drops in place of 320, the interval is sqrt(2.5) = 1.6 times as wide."""
    records = trials(rng(8), SHIFTED, grid_db=GRID_DB, num_drops=320)
    early = [shortened(r, 128) if r.cell.snr_db < 0.9 else r for r in records]

    whole, part = standing(records).required, standing(early).required

    assert covers(whole, 0.5)
    assert covers(part, 0.5)
    assert 1.2 < width(part) / width(whole) < 2.1


def test_a_trial_that_ended_early_far_from_the_crossing_changes_no_interval() -> None:
    records = trials(rng(8), SHIFTED, grid_db=GRID_DB, num_drops=320)
    early = [shortened(r, 128) if r.cell.snr_db < 0.1 else r for r in records]

    whole, part = standing(records).required, standing(early).required

    assert (part.low, part.high) == pytest.approx((whole.low, whole.high), abs=0.01)
    assert width(part) > 0.0


def test_the_same_records_give_the_same_interval() -> None:
    records = trials(rng(9), SHIFTED, grid_db=GRID_DB, num_drops=100)

    assert standing(records) == standing(list(records))


def test_the_replicates_do_not_depend_on_who_else_is_there() -> None:
    records = trials(rng(10), SHIFTED, grid_db=GRID_DB, num_drops=100)
    alone = [r for r in records if r.cell.receiver == "neural-s"]

    key = ("neural-s", "host")
    both, one = (resampled(some, target=TARGET_BLER)[key] for some in (records, alone))

    assert np.array_equal(both, one)


@pytest.mark.parametrize(
    ("num_drops", "slots_per_drop"),
    [(1, 640), (FEWEST_DROPS - 1, 1)],
    ids=["one drop", "few drops"],
)
def test_few_drops_tell_a_crossing_and_no_interval(num_drops: int, slots_per_drop: int) -> None:
    records = trials(
        rng(11), SHIFTED, grid_db=GRID_DB, num_drops=num_drops, slots_per_drop=slots_per_drop
    )

    found = standings(records, scenario="urban-slow")

    assert all((s.required.low, s.required.high) == (None, None) for s in found)


def test_an_end_off_the_grid_is_absent_and_the_other_is_told() -> None:
    """Half of the replicates cross above the last point, so only the lower end is known."""
    grid_db = tuple(s for s in GRID_DB if s <= 0.5)

    found = [
        standing(trials(rng(seed), SHIFTED, grid_db=grid_db, num_drops=200)) for seed in range(8)
    ]

    crossing = [s.required for s in found if s.required.value is not None]
    assert crossing
    assert all(required.high is None and required.low is not None for required in crossing)


def test_records_without_a_course_tell_no_interval() -> None:
    records = trials(rng(12), SHIFTED, grid_db=GRID_DB, num_drops=100)
    bare = [
        r.model_copy(update={"course": None}) if r.cell.receiver == "neural-s" else r
        for r in records
    ]

    assert standing(bare).required.value is not None
    assert standing(bare).required.low is None
    assert standing(bare, "perfect-csi").required.low is not None


def test_percentiles_leave_out_a_fortieth_on_each_side() -> None:
    assert percentiles(np.arange(2000.0)) == (50.0, 1949.0)


def test_replicates_that_are_no_number_count_against_both_ends() -> None:
    values = np.arange(2000.0)
    values[100:151] = math.nan

    assert percentiles(values) == (None, None)


def shortened(record: Record, num_slots: int) -> Record:
    course = record.course
    assert course is not None
    assert course.wrong_words is not None
    words = course.wrong_words[: num_slots // 4]
    return record.model_copy(
        update={
            "num_slots": num_slots,
            "course": course.model_copy(update={"wrong_words": words}),
        }
    )
