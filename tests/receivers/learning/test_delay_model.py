# SPDX-License-Identifier: Apache-2.0
"""The delay model, against the three cases that its source works out, and their boundaries."""

from dataclasses import dataclass

import pytest

from receivers.learning.delay_model import (
    Cadence,
    Delays,
    OperatingCase,
    cadence,
    learning_s,
    num_parallel,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Published:
    """What section V of the source says of one arrangement."""

    detection_s: float
    minibatch_slots: int
    case: OperatingCase
    num_minibatches: float
    every: int


CASES = {
    "I: one slot in three comes": Published(
        detection_s=0.3, minibatch_slots=1, case="I", num_minibatches=1.0, every=1
    ),
    "II: 16 slots, 4 at once": Published(
        detection_s=4.0, minibatch_slots=16, case="II", num_minibatches=1.5, every=2
    ),
    "II at worst: N = Z M": Published(
        detection_s=8.0, minibatch_slots=16, case="II", num_minibatches=2.0, every=2
    ),
    "III: N = M": Published(
        detection_s=16.0, minibatch_slots=16, case="III", num_minibatches=3.0, every=3
    ),
}


def found(detection_s: float, *, minibatch_slots: int, arrival_s: float = 1.0) -> Cadence:
    together = num_parallel(arrival_s=arrival_s, detection_s=detection_s)
    more_s = learning_s(
        detection_s=detection_s, minibatch_slots=minibatch_slots, parallel_slots=together
    )
    delays = Delays(arrival_s=arrival_s, detection_s=detection_s, learning_s=more_s)
    return cadence(delays)


@pytest.mark.parametrize("published", CASES.values(), ids=CASES.keys())
def test_the_three_cases_come_out_as_published(published: Published) -> None:
    cadenced = found(published.detection_s, minibatch_slots=published.minibatch_slots)

    assert cadenced.case == published.case
    assert cadenced.num_minibatches == pytest.approx(published.num_minibatches)
    assert cadenced.every == published.every


@pytest.mark.parametrize("minibatch_slots", [16, 20, 24, 31, 32, 64, 1024])
def test_case_ii_never_waits_longer_than_for_every_second_mini_batch(minibatch_slots: int) -> None:
    cadenced = found(8.0, minibatch_slots=minibatch_slots)

    assert cadenced.case == "II"
    assert 1.0 < cadenced.num_minibatches <= 2.0
    assert cadenced.every == 2


def test_between_case_ii_and_case_iii_the_same_expression_holds() -> None:
    waits = [found(16.0, minibatch_slots=n).num_minibatches for n in (16, 20, 24, 31, 32)]

    assert waits == pytest.approx([1 + 32 / n for n in (16, 20, 24, 31, 32)])
    assert found(16.0, minibatch_slots=31).case == "III"
    assert found(16.0, minibatch_slots=32).case == "II"


def test_learning_that_takes_longer_than_two_passes_is_beyond_the_published_cases() -> None:
    found_beyond = cadence(Delays(arrival_s=0.0, detection_s=1.0, learning_s=9.5))

    assert found_beyond == Cadence(case="beyond III", num_minibatches=10.5)
    assert found_beyond.every == 11


def test_case_i_ends_where_detection_and_learning_together_fill_the_time() -> None:
    fitting = Delays(arrival_s=1.0, detection_s=0.75, learning_s=0.25)
    too_long = Delays(arrival_s=1.0, detection_s=0.75, learning_s=0.2501)

    assert cadence(fitting) == Cadence(case="I", num_minibatches=1.0)
    assert cadence(too_long).case == "II"
    assert cadence(too_long).every == 2


def test_what_keeps_up_and_what_does_not_meet_where_a_slot_is_detected_as_fast_as_it_comes() -> (
    None
):
    below, above = (
        cadence(Delays(arrival_s=1.0, detection_s=1.0 + shift, learning_s=0.5))
        for shift in (-1e-12, 1e-12)
    )

    assert below.num_minibatches == pytest.approx(above.num_minibatches, rel=1e-9)


def test_slots_that_wait_are_detected_together() -> None:
    found_together = [num_parallel(arrival_s=1.0, detection_s=d) for d in (0.2, 1.0, 1.1, 2.0, 7.3)]

    assert found_together == [1, 1, 2, 2, 8]


@pytest.mark.parametrize(
    ("arrival_s", "detection_s", "more_s"), [(-1.0, 1.0, 1.0), (1.0, 0.0, 1.0), (1.0, 1.0, -1.0)]
)
def test_delays_that_no_clock_can_tell_are_refused(
    arrival_s: float, detection_s: float, more_s: float
) -> None:
    with pytest.raises(ValueError, match="delays are positive"):
        Delays(arrival_s=arrival_s, detection_s=detection_s, learning_s=more_s)


def test_a_mini_batch_smaller_than_what_is_detected_together_is_refused() -> None:
    with pytest.raises(ValueError, match="8 slots and 16 are detected"):
        learning_s(detection_s=1.0, minibatch_slots=8, parallel_slots=16)
