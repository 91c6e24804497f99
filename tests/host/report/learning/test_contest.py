# SPDX-License-Identifier: Apache-2.0
"""Who a learner is judged against."""

from dataclasses import replace

from host.report.learning.contest import Contest, contests, middle
from tests.host.report.learning.learned import PLAYERS, Air, exact, on

AIR = Air(num_blocks=8)


def contest(*, without: str = "") -> Contest:
    players = [p for p in (*PLAYERS, *on(PLAYERS, "twin")) if p.receiver != without]
    (found,) = contests(exact(AIR, players), scenario="street")
    return found


def test_a_learner_stands_between_its_network_and_a_genie_on_the_same_device() -> None:
    found = contest()

    for learner in found.learners:
        frozen, genie = found.frozen(learner), found.genie(learner)
        assert frozen is not None
        assert genie is not None
        assert (frozen.name, frozen.device) == ("neural-s", learner.device)
        assert (genie.name, genie.device) == ("genie", learner.device)
    assert [learner.label for learner in found.learners] == [
        "adaptive",
        "genie",
        "adaptive · twin",
        "genie · twin",
    ]


def test_another_network_is_no_frozen_one() -> None:
    found = contest(without="neural-s")

    assert found.frozen(found.learners[0]) is None
    assert found.genie(found.learners[0]) is not None


def test_without_a_learner_there_is_no_contest() -> None:
    frozen = [replace(player, learner=None) for player in PLAYERS]

    assert contests(exact(AIR, frozen), scenario="street") == ()
    assert contests(exact(AIR), scenario="elsewhere") == ()


def test_contests_stand_in_order_of_snr() -> None:
    records = [
        r.model_copy(update={"cell": r.cell.model_copy(update={"snr_db": snr_db})})
        for snr_db in (25.0, 15.0, 20.0)
        for r in exact(AIR)
    ]

    found = contests(records, scenario="street")

    assert [one.snr_db for one in found] == [15.0, 20.0, 25.0]
    assert middle(found).snr_db == 20.0
