# SPDX-License-Identifier: Apache-2.0
"""Recovery after a step, against learners whose error rate falls by a law that is known."""

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import pytest

from host.record import Record
from host.report.learning.contest import contests
from host.report.learning.recovery import Recovery, points, recoveries
from host.report.learning.recovery_table import recovery_tables
from host.report.stretches import stretches
from tests.host.report.learning.learned import PLAYERS, Air, Player, exact, scenario, trials

FROZEN, ADAPTIVE, GENIE = PLAYERS[3:]
LEARNED_AT_ONCE = replace(GENIE, scale_slots=1.0)


def recovery(
    air: Air, players: Sequence[Player], *, records: Sequence[Record] = ()
) -> dict[str, Recovery]:
    (contest,) = contests(records or exact(air, players), scenario="street")
    step = stretches(scenario(air), num_slots=air.num_slots)[1]
    return {one.learner.name: one for one in recoveries(contest, step)}


def test_a_learner_that_halves_the_distance_in_decades_has_closed_half_the_gap() -> None:
    """Frozen at 1e-2 and genie at 1e-4: a learner that stays at 1e-3 closes half of 2 decades."""
    air = Air()
    frozen = replace(FROZEN, after=1e-2, last=1e-2)
    genie = replace(LEARNED_AT_ONCE, after=1e-2, last=1e-4)
    half = replace(ADAPTIVE, after=1e-2, last=1e-3, scale_slots=1.0)

    found = recovery(air, [frozen, half, genie])

    assert found["adaptive"].gap_decades == pytest.approx(2.0, abs=1e-3)
    for share in found["adaptive"].closed[1:]:
        assert share.value == pytest.approx(0.5, abs=1e-3)
    assert found["genie"].closed[-1].value == pytest.approx(1.0)
    assert [reached.value for reached in found["adaptive"].reached] == [None, None]


def test_an_exponential_learner_reaches_its_shares_when_the_law_says() -> None:
    """R(t) = 1 - exp(-t / tau) at one slot, so a share p takes tau ln(1 / (1 - p)).

    Over a window from 3/4 t to t the errors of its beginning count most: up to 4/3 as long.
    """
    air = Air(num_blocks=600, slots_per_block=80, step_block=40)
    adaptive = replace(ADAPTIVE, last=GENIE.last, scale_slots=6000.0)

    found = recovery(air, [FROZEN, adaptive, LEARNED_AT_ONCE])["adaptive"]

    for reached, target in zip(found.reached, (0.8, 0.95), strict=True):
        law = 6000.0 * np.log(1.0 / (1.0 - target))
        assert reached.value is not None
        assert law <= reached.value <= 4.0 / 3.0 * law


def test_the_interval_holds_the_share_that_the_rates_give() -> None:
    """20 campaigns of a learner at a constant share; all but a few of their intervals hold it."""
    air = Air(num_blocks=200, slots_per_block=80, step_block=40, own=0.1)
    frozen = replace(FROZEN, after=1e-2, last=1e-2)
    genie = replace(LEARNED_AT_ONCE, after=1e-2, last=1e-3)
    steady = replace(ADAPTIVE, after=1e-2, last=2e-3, scale_slots=1.0)
    rng = np.random.Generator(np.random.Philox(4))
    held = 0
    for _ in range(20):
        records = trials(rng, air, [frozen, steady, genie])
        share = recovery(air, [], records=records)["adaptive"].closed[-1]
        assert share.low is not None
        assert share.high is not None
        assert share.high - share.low < 0.1
        held += share.low <= 1.0 - np.log10(2.0) <= share.high
    assert held >= 16  # binomial, 0.95: fewer in one of 400 sets


def test_where_the_first_blocks_have_no_interval_neither_has_what_is_reached_there() -> None:
    found = recovery(Air(), [FROZEN, ADAPTIVE, LEARNED_AT_ONCE])

    (early, _) = found["genie"].reached
    assert early.value == 800.0
    assert (early.low, early.high) == (None, None)


def test_a_gap_that_is_none_tells_no_shares() -> None:
    same = replace(GENIE, after=FROZEN.after, last=FROZEN.last)

    found = recovery(Air(), [FROZEN, ADAPTIVE, same])["adaptive"]

    assert {share.value for share in found.closed} == {None}
    assert {share.value for share in found.reached} == {None}


@pytest.mark.parametrize("missing", ["neural-s", "genie"])
def test_without_frozen_network_or_genie_there_is_no_recovery(missing: str) -> None:
    players = [player for player in PLAYERS if player.receiver != missing]

    assert recovery(Air(), players) == {}


@pytest.mark.parametrize(
    ("num_slots", "expected"),
    [
        (50_000, (4_000, 8_000, 16_000, 24_000, 50_000)),
        (1_600, (1_000, 1_600)),
        (900, (900,)),
        (100_000, (8_000, 16_000, 24_000, 50_000, 100_000)),
    ],
)
def test_shares_are_told_at_round_numbers_and_at_the_end(
    num_slots: int, expected: tuple[int, ...]
) -> None:
    assert points(num_slots) == expected


def test_the_table_names_the_step_and_compares_with_the_first_learner() -> None:
    air = Air(num_blocks=600, slots_per_block=80, step_block=40)
    records = exact(air)

    (table,) = recovery_tables(contests(records, scenario="street"), scenario(air))

    assert "slot 3\u202f200, delay spread 45 to 405 ns" in table.caption
    assert [row[0] for row in table.rows] == ["adaptive", "genie"]
    found = recovery(air, [], records=records)
    times = [found[name].reached[0].value for name in ("genie", "adaptive")]
    assert times[0] is not None
    assert times[1] is not None
    assert float(table.rows[1][-1]) == pytest.approx(times[0] / times[1], rel=0.01)
    assert table.head[-1] == "80 %: times adaptive's"
    assert "95 % interval" in table.note


def test_without_the_scenario_there_is_no_step_to_recover_from() -> None:
    assert recovery_tables(contests(exact(Air()), scenario="street"), None) == ()


def test_a_learner_that_never_gets_there_is_at_least_so_many_times_slower() -> None:
    air = Air(num_blocks=600, slots_per_block=80, step_block=40)
    slow = replace(ADAPTIVE, receiver="slow", last=3e-3)
    records = exact(air, [FROZEN, ADAPTIVE, slow, GENIE])

    (table,) = recovery_tables(contests(records, scenario="street"), scenario(air))

    soonest = recovery(air, [], records=records)["adaptive"].reached[0].value
    assert soonest is not None
    (cell,) = (row[-1] for row in table.rows if row[0] == "slow")
    assert cell.startswith("> ")
    assert float(cell[2:]) == pytest.approx(560 * 80 / soonest, rel=0.01)
    assert "not reached in all the slots" in table.note


def test_the_course_ends_where_the_shares_do() -> None:
    found = recovery(Air(), [FROZEN, ADAPTIVE, LEARNED_AT_ONCE])["adaptive"]

    assert found.course[-1] == found.closed[-1]
    assert len(found.course) * found.slots_per_block == found.num_slots
