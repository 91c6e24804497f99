# SPDX-License-Identifier: Apache-2.0
"""The ablation table: only what differs, and how everybody ends."""

from dataclasses import replace

import pytest

from host.report.learning.contest import contests
from host.report.learning.policy_table import policy_table
from receivers.learning.settings import LearnerSettings
from tests.host.report.learning.learned import PLAYERS, Air, Player, exact, scenario

AIR = Air()
NO_BUFFER = Player(
    receiver="no-buffer",
    before=1e-4,
    after=3e-2,
    last=2.4e-3,
    learner=LearnerSettings(buffer_bytes=0, screening=False),
)
ADAPTIVE = replace(PLAYERS[4], scale_slots=1.0)


def test_only_settings_that_differ_are_shown() -> None:
    found = contests(exact(AIR, [*PLAYERS[:4], ADAPTIVE, NO_BUFFER]), scenario="street")

    table = policy_table(found, scenario(AIR))

    assert table.head[1:4] == ("buffer bytes", "rehearsed slots", "screening")
    rows = {row[0]: row[1:4] for row in table.rows}
    assert rows["adaptive"] == ("262144", "4", "yes")
    assert rows["no-buffer"] == ("0", "–", "no")
    assert rows["lmmse"] == ("–", "–", "–")


def test_rates_at_the_end_stand_beside_their_ratio_to_the_first_learner() -> None:
    """1.2e-3 and 2.4e-3 over the last quarter of the 56 blocks behind the step."""
    found = contests(exact(AIR, [*PLAYERS[:4], ADAPTIVE, NO_BUFFER]), scenario="street")

    table = policy_table(found, scenario(AIR))

    rows = {row[0]: row for row in table.rows}
    assert rows["adaptive"][-2].startswith("0.0012 (")
    assert rows["adaptive"][-1] == "1"
    assert rows["no-buffer"][-1] == "2 (2 to 2)"
    assert float(rows["neural-s"][-1].split()[0]) == pytest.approx(25.0)
    assert f"the last {14 * 800:,} slots".replace(",", "\u202f") in table.note


def test_what_came_before_the_last_step_counts_for_nothing() -> None:
    late = replace(AIR, step_block=56)
    (contest,) = contests(exact(late, [ADAPTIVE]), scenario="street")

    table = policy_table([contest], scenario(late))

    assert "the last 800 slots" in table.note
    assert table.rows[0][-2] == "0.0012"  # one block has no interval


def test_a_learner_alone_has_no_settings_to_differ_in() -> None:
    table = policy_table(contests(exact(AIR, [ADAPTIVE]), scenario="street"), None)

    assert table.head == ("receiver", "BER at the end", "times that of adaptive")
    assert "Only settings" not in table.note


def test_without_learners_there_is_no_row() -> None:
    assert policy_table((), None).rows == ()
