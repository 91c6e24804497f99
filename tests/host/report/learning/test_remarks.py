# SPDX-License-Identifier: Apache-2.0
"""What happened to learners, in words."""

from dataclasses import replace

from host.record import LearningEvent, Record
from host.report.learning.remarks import learner_remarks
from receivers.learning.event_kind import EventKind
from tests.host.report.learning.learned import PLAYERS, Air, exact, with_learning

AIR = Air(num_blocks=8)
ADAPTIVE = replace(PLAYERS[4], events=())


def trial(*kinds: EventKind, num_screened_slots: int = 0, num_updates: int = 1) -> Record:
    (made,) = exact(AIR, [ADAPTIVE])
    events = tuple(LearningEvent(slot=16 * i, kind=kind) for i, kind in enumerate(kinds))
    return with_learning(
        made, events=events, num_screened_slots=num_screened_slots, num_updates=num_updates
    )


def said(*records: Record) -> tuple[str, ...]:
    return learner_remarks(records, scenario="street")


def test_what_was_undone_refused_and_left_out_is_said() -> None:
    made = trial(
        *("drift", "rolled back", "rolled back", "rolled back", "vetoed", "recalled"),
        num_screened_slots=120,
    )

    assert said(made) == (
        "adaptive went back to trusted weights 3 times, vetoed 1 update, recalled earlier weights "
        "once and left out 120 slots whose pilots could not be true.",
    )


def test_trials_are_counted_together() -> None:
    assert said(trial("vetoed"), trial("vetoed", "rolled back")) == (
        "adaptive went back to trusted weights once and vetoed 2 updates in 2 trials.",
    )


def test_drift_and_settling_are_nothing_to_remark() -> None:
    assert said(trial("drift", "deeper", "settled")) == ()


def test_a_learner_that_never_changed_the_receiver_says_so() -> None:
    assert said(trial(num_updates=0)) == ("adaptive never changed the receiver.",)


def test_a_device_is_named() -> None:
    made = trial("vetoed")
    there = made.model_copy(update={"cell": made.cell.model_copy(update={"device": "twin"})})

    assert said(there) == ("adaptive on twin vetoed 1 update.",)
