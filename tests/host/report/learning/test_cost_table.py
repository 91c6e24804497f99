# SPDX-License-Identifier: Apache-2.0
"""What learning costs, counted over trials, and the cadence that the times imply."""

from dataclasses import replace

import pytest

from host.record import LearningTime, Record
from host.report.learning.cost_table import learning_cost_table
from host.report.tables import Table
from tests.host.report.learning.learned import PLAYERS, Air, exact, on, scenario, with_learning
from tests.host.report.records import BOARD, cost

AIR = Air()
ADAPTIVE = PLAYERS[4]


def table(*records: Record) -> Table:
    return learning_cost_table(records, scenario="street", content=scenario(AIR))


def column(*records: Record) -> dict[str, str]:
    return {row[0]: row[1] for row in table(*records).rows}


def timed(record: Record, *, detecting_s: float, learning_s: float | None) -> Record:
    times = LearningTime(detecting_s_per_slot=detecting_s, learning_s_per_slot=learning_s)
    return record.model_copy(update={"run": record.run.model_copy(update={"learning": times})})


def test_counts_are_added_over_trials() -> None:
    (made,) = exact(AIR, [ADAPTIVE])

    found = column(made, made)

    assert found["trials"] == "2"
    assert found["mini-batches learned from"] == "3\u202f000 of 6\u202f000 (50 %)"
    assert found["updates of the receiver"] == "24"
    assert float(found["updates in 1000 slots"]) == pytest.approx(24 / 96.0)


def test_updates_that_travel_are_told_in_bytes_and_others_not() -> None:
    here, there = exact(AIR, [ADAPTIVE]), exact(AIR, on([ADAPTIVE], "twin"))
    name = "bytes of an update: median / largest / all"

    assert column(*there)[name] == "200 / 300 / 600"
    assert name not in column(*here)


def test_slots_under_an_update_on_its_way_are_told() -> None:
    (made,) = exact(AIR, on([ADAPTIVE], "twin"))
    name = "slots detected while an update travels: median / most"

    assert name not in column(made)
    assert column(with_learning(made, update_slots=(8, 2, 7)))[name] == "7 / 8"


def test_pilots_left_out_are_added_over_trials() -> None:
    (made,) = exact(AIR, [ADAPTIVE])
    some = with_learning(made, num_excluded_pilots=40)

    assert column(some, some)["pilots left out of other slots"] == "80"


def test_an_update_on_a_device_costs_energy_in_proportion_to_its_instructions() -> None:
    (made,) = exact(AIR, on([ADAPTIVE], "mps2-an386"))
    made = with_learning(made, update_instructions=6_250_000).model_copy(update={"cost": cost()})

    found = column(made)

    assert found["energy of a slot, chip-1v8 [µJ]"] == "7\u202f000 (6\u202f000 to 8\u202f000)"
    assert found["energy of an update, chip-1v8 [µJ]"] == "3\u202f500 (3\u202f000 to 4\u202f000)"


@pytest.mark.parametrize(
    ("detecting_s", "learning_s", "expected"),
    [
        pytest.param(3e-3, 1.5e-3, "one in 2 (case II: 2)", id="as long as detection"),
        pytest.param(3e-3, 3e-3, "one in 3 (case III: 3)", id="twice as long"),
        pytest.param(3e-3, 6e-3, "one in 5 (case beyond III: 5)", id="four times as long"),
        pytest.param(1e-4, 1e-4, "every one (case I: 1)", id="all within a slot"),
        pytest.param(3e-3, None, None, id="never learned"),
    ],
)
def test_the_cadence_follows_from_the_times_of_this_machine(
    detecting_s: float, learning_s: float | None, expected: str | None
) -> None:
    """Older records tell a mean over all slots; half were learned from, and took twice."""
    (made,) = exact(AIR, [ADAPTIVE])

    found = column(timed(made, detecting_s=detecting_s, learning_s=learning_s))

    assert found.get("this machine could learn from") == expected


def test_times_are_told_as_those_of_a_machine() -> None:
    (made,) = exact(AIR, [ADAPTIVE])

    found = column(made)

    assert found["time to detect a slot, this machine [ms]"] == "3"
    assert found["time to watch a slot, this machine [ms]"] == "1"
    assert found["time to learn from a slot, this machine [ms]"] == "12"
    assert found["a mini-batch learned, in detections of a slot"] == "64"
    assert "differ from run to run" in table(made).note


def test_a_board_tells_instructions_and_modelled_energy() -> None:
    (made,) = exact(AIR, [replace(ADAPTIVE, device=BOARD)])

    found = column(made.model_copy(update={"cost": cost()}))

    assert found["instructions of a slot, on the device"] == "12\u202f500\u202f000"
    assert found["energy of a slot, chip-1v8 [µJ]"] == "7\u202f000 (6\u202f000 to 8\u202f000)"


def test_a_learner_that_never_learned_has_a_share_of_none() -> None:
    (made,) = exact(AIR, [ADAPTIVE])

    found = column(with_learning(made, num_learned=0, num_updates=0))

    assert found["mini-batches learned from"] == "0 of 3\u202f000 (0 %)"
    assert "time to learn from a slot, this machine [ms]" not in found


def test_receivers_that_do_not_learn_cost_nothing_here() -> None:
    assert table(*exact(AIR, PLAYERS[:4])).rows == ()
