# SPDX-License-Identifier: Apache-2.0
"""What is said about drift entries that cannot be, by file, key and problem."""

from pathlib import Path

import pytest

from channels import scenario
from channels.errors import ScenarioError
from channels.scenario_tables import ChannelKind

GOOD = """
schema = 1
title = "Good"
[antennas]
num_rx_ant = {num_rx_ant}
[channel]
{channel}
[snr]
kind = "snr_db"
values = [0.0]
"""
TDL = "kind = 'tdl-c'\ndelay_spread_s = 300e-9"
DRIFT = "\n[[drift]]\ntarget = 'channel.delay_spread_s'\n"
SWITCH = "\n[[drift]]\ntarget = 'channel.kind'\nkind = 'switch'\n"
KINDS = ", ".join(f"'{kind}'" for kind in ChannelKind)
TARGETS = ", ".join((*scenario.TARGETS, "channel.kind"))


def write(folder: Path, drift: str, *, channel: str = TDL, num_rx_ant: int = 2) -> Path:
    """Write a scenario file with these drift entries and return its path."""
    file = folder / "mine.toml"
    file.write_text(GOOD.format(channel=channel, num_rx_ant=num_rx_ant) + drift)
    return file


@pytest.mark.parametrize(
    ("drift", "message"),
    [
        pytest.param(
            f"{DRIFT}kind = 'leap'\nslot = 1\nto = 0",
            "drift[0].kind: unknown value 'leap'; there are: 'step', 'ramp', 'random-walk', "
            "'switch'",
            id="unknown kind",
        ),
        pytest.param(
            f"{DRIFT}slot = 1\nto = 0",
            "drift[0].kind: this key is missing; there are: step, ramp, random-walk, switch",
            id="no kind",
        ),
        pytest.param(
            f"{DRIFT}kind = 'step'\nslot = 1\nto = 0\nwhen = 1",
            "drift[0].when: unknown key; there are: target, kind, slot, to",
            id="unknown key",
        ),
        pytest.param(
            f"{DRIFT}kind = 'step'\nto = 0", "drift[0].slot: this key is missing", id="missing key"
        ),
        pytest.param(
            f"{DRIFT}kind = 'step'\nslot = 1\nto = -1e-9",
            "drift[0]: channel.delay_spread_s cannot be -1e-09; input should be greater than or "
            "equal to 0",
            id="illegal value",
        ),
        pytest.param(
            f"{DRIFT}kind = 'ramp'\nfirst_slot = 5\nlast_slot = 5\nto = 0",
            "drift[0].last_slot: is not after first_slot",
            id="ramp without length",
        ),
        pytest.param(
            f"{DRIFT}kind = 'step'\nslot = 5\nto = 0\n{DRIFT}kind = 'step'\nslot = 4\nto = 0",
            "drift[1]: begins before the entry above it; order them",
            id="out of order",
        ),
        pytest.param(
            "\n[[drift]]\ntarget = 'channel.loop'\nkind = 'step'\nslot = 1\nto = 0\n",
            f"drift[0].target: no value called 'channel.loop'; there are: {TARGETS}",
            id="unknown target",
        ),
        pytest.param(
            "\n[[drift]]\ntarget = 'impairments.adc_bits'\nkind = 'step'\nslot = 1\nto = 4\n",
            "drift[0].target: impairments.adc_bits is off; give it a value to begin at",
            id="what is off",
        ),
        pytest.param(
            f"{SWITCH}slot = 1\nto = 'tdl-z'",
            f"drift[0].to: unknown value 'tdl-z'; there are: {KINDS}",
            id="switch to an unknown channel",
        ),
        pytest.param(
            f"{SWITCH}slot = 1\nto = 'recorded'",
            'drift[0].to: "recorded" plays its own file; switch between models only',
            id="switch to a recording",
        ),
        pytest.param(
            f"{SWITCH}slot = 9\nto = 'tdl-a'\n{SWITCH}slot = 8\nto = 'tdl-b'",
            "drift[1]: begins before the entry above it; order them",
            id="switches out of order",
        ),
        pytest.param(
            f"{SWITCH}slot = -1\nto = 'tdl-a'",
            "drift[0].slot: input should be greater than or equal to 0, not -1",
            id="switch before time began",
        ),
        pytest.param(
            f"{DRIFT}kind = 'switch'\nslot = 1\nto = 'tdl-a'",
            "drift[0].target: unknown value 'channel.delay_spread_s'; there are: 'channel.kind'",
            id="switch of a number",
        ),
        pytest.param(
            "\n[[drift]]\ntarget = 'channel.kind'\nkind = 'step'\nslot = 1\nto = 0\n",
            'drift[0].kind: channel.kind is no number; use kind = "switch"',
            id="step of the channel",
        ),
    ],
)
def test_mistake_in_a_drift_entry_is_named(tmp_path: Path, drift: str, message: str) -> None:
    file = write(tmp_path, drift)

    with pytest.raises(ScenarioError) as caught:
        scenario.load(file)

    assert str(caught.value) == f"{file}: {message}"


def test_no_array_of_a_cdl_has_three_antennas_after_a_switch_either(tmp_path: Path) -> None:
    drift = f"{SWITCH}slot = 1\nto = 'tdl-a'\n{SWITCH}slot = 2\nto = 'cdl-c'"
    file = write(tmp_path, drift, num_rx_ant=3)

    with pytest.raises(ScenarioError) as caught:
        scenario.load(file)

    problem = (
        "3 antennas do not form dual-polarised pairs, which cdl-c has; use 1 or an even number"
    )
    assert str(caught.value) == f"{file}: drift[1].to: {problem}"


def test_what_was_recorded_does_not_switch(tmp_path: Path) -> None:
    channel = "kind = 'recorded'\nrecording = 'street.h5'"
    file = write(tmp_path, f"{SWITCH}slot = 1\nto = 'tdl-a'", channel=channel)

    with pytest.raises(ScenarioError) as caught:
        scenario.load(file)

    problem = "channel.kind is recorded, which cannot switch"
    assert str(caught.value) == f"{file}: drift[0].target: {problem}"


def test_numbers_and_switches_are_told_apart_in_their_order(tmp_path: Path) -> None:
    step = f"{DRIFT}kind = 'step'\nslot = 7\nto = 0"
    loaded = scenario.load(
        write(tmp_path, f"{SWITCH}slot = 5\nto = 'tdl-a'\n{step}\n{SWITCH}slot = 6\nto = 'awgn'\n")
    )

    assert [entry.start for entry in loaded.value_drifts] == [7]
    assert [(entry.slot, entry.to) for entry in loaded.switches] == [(5, "tdl-a"), (6, "awgn")]
