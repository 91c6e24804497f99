# SPDX-License-Identifier: Apache-2.0
"""The stretches of a scenario between its jumps."""

from collections.abc import Mapping

from channels.scenario import Scenario
from host.report.stretches import jumps, stretches

STEP = {"target": "channel.delay_spread_s", "kind": "step", "slot": 24, "to": 4e-7}
BACK = {**STEP, "slot": 40, "to": 45e-9}
SWITCH = {"target": "channel.kind", "kind": "switch", "slot": 24, "to": "cdl-c"}
RAMP = {
    "target": "channel.max_speed_mps",
    "kind": "ramp",
    "first_slot": 10,
    "last_slot": 20,
    "to": 30.0,
}


def scenario(*drift: Mapping[str, object]) -> Scenario:
    return Scenario.model_validate(
        {
            "schema": 1,
            "name": "street",
            "title": "a street",
            "channel": {"kind": "tdl-c", "delay_spread_s": 45e-9},
            "snr": {"kind": "ebno_db", "values": [0.0]},
            "drift": drift,
        }
    )


def test_steps_divide_the_slots_and_say_what_they_change() -> None:
    found = stretches(scenario(STEP, BACK), num_slots=48)

    assert [(part.first_slot, part.end_slot) for part in found] == [(0, 24), (24, 40), (40, 48)]
    assert [part.cause for part in found] == [
        "",
        "delay spread 45 to 400 ns",
        "delay spread 400 to 45 ns",
    ]
    assert found[1].num_slots == 16


def test_what_jumps_together_is_one_jump() -> None:
    found = stretches(scenario(STEP, SWITCH), num_slots=48)

    assert [part.cause for part in found] == [
        "",
        "channel tdl-c to cdl-c, delay spread 45 to 400 ns",
    ]


def test_what_moves_slowly_or_later_divides_nothing() -> None:
    assert jumps(scenario(RAMP, {**STEP, "slot": 48}), num_slots=48) == ()
    assert len(stretches(scenario(RAMP), num_slots=48)) == 1


def test_an_unknown_scenario_is_one_stretch() -> None:
    (only,) = stretches(None, num_slots=48)

    assert (only.first_slot, only.end_slot, only.cause) == (0, 48, "")
