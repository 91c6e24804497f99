# SPDX-License-Identifier: Apache-2.0
"""From which slot to which the channel is of which kind."""

from channels.scenario import load
from channels.scenario_tables import ChannelKind
from channels.segments import of_one_kind, segments
from tests.channels.scenarios import scenario


def _switch(slot: int, to: str) -> dict[str, object]:
    return {"target": "channel.kind", "kind": "switch", "slot": slot, "to": to}


def _found(*drift: dict[str, object]) -> list[tuple[str, int, int | None]]:
    return [(s.kind, s.first_slot, s.end_slot) for s in segments(scenario(None, *drift))]


def test_a_channel_that_never_switches_is_one_segment() -> None:
    assert _found() == [("rayleigh", 0, None)]


def test_switches_cut_time_and_a_kind_may_come_back() -> None:
    found = _found(_switch(5, "tdl-a"), _switch(9, "rayleigh"))

    assert found == [("rayleigh", 0, 5), ("tdl-a", 5, 9), ("rayleigh", 9, None)]


def test_the_last_of_several_switches_at_one_slot_rules() -> None:
    found = _found(_switch(0, "tdl-b"), _switch(4, "tdl-a"), _switch(4, "awgn"))

    assert found == [("tdl-b", 0, 4), ("awgn", 4, None)]


def test_one_kind_alone_keeps_everything_else() -> None:
    step = {"target": "snr.offset_db", "kind": "step", "slot": 3, "to": -1.0}
    made = scenario(None, _switch(5, "tdl-a"), step)

    alone = of_one_kind(made, ChannelKind.TDL_A)

    assert alone == scenario({"channel.kind": "tdl-a"}, step)


def test_the_shipped_change_of_profile_goes_round_in_equal_steps() -> None:
    found = [(s.kind, s.first_slot, s.end_slot) for s in segments(load("profile-change"))]

    assert found == [
        ("tdl-a", 0, 16_000),
        ("tdl-c", 16_000, 32_000),
        ("cdl-c", 32_000, 48_000),
        ("tdl-a", 48_000, None),
    ]
