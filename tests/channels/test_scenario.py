# SPDX-License-Identifier: Apache-2.0
"""Reading scenarios: what ships, and what is said about what is wrong."""

from pathlib import Path

import pytest

from channels import scenario
from channels.errors import ScenarioError, UnknownNameError
from channels.grid import Grid
from channels.scenario_tables import ChannelKind

GOOD = """
schema = 1
title = "Good"
[grid]
num_subcarriers = 64
[antennas]
num_rx_ant = 2
[channel]
kind = "tdl-c"
delay_spread_s = 300e-9
min_speed_mps = 3
max_speed_mps = 3
[link]
dmrs = { kind = "standard", symbols = [2, 11] }
[snr]
kind = "ebno_db"
values = [0, 1.5]
"""
KINDS = ", ".join(f"'{kind}'" for kind in ChannelKind)


def write(folder: Path, text: str) -> Path:
    """Write a scenario file and return its path."""
    file = folder / "mine.toml"
    file.write_text(text)
    return file


@pytest.mark.parametrize("name", scenario.names())
def test_shipped_scenario_loads_and_has_a_title_and_a_source(name: str) -> None:
    loaded = scenario.load(name)

    text = (Path(scenario.__file__).parent / "scenarios" / f"{name}.toml").read_text()
    assert loaded.name == name
    assert loaded.title
    assert text.startswith("# ")


def test_the_promised_scenarios_ship() -> None:
    assert scenario.names() == (
        "awgn",
        "delay-fast",
        "delay-random",
        "delay-return",
        "delay-slow",
        "delay-step",
        "delay-step-additional",
        "delay-step-fixed",
        "delay-step-hybrid",
        "delay-still",
        "delay-still-405",
        "doppler-ramp",
        "impairment-onset",
        "indoor",
        "pilots-missing",
        "pilots-saturated",
        "pilots-wrong",
        "pilots-wrong-step",
        "profile-change",
        "sionna-tutorial",
        "uplink-2x4",
        "uplink-4x8",
        "uplink-4x8-overlapping",
        "uplink-imbalance",
        "urban-fast",
        "urban-impaired",
        "urban-slow",
        "urban-walk",
    )


def test_file_of_ones_own_is_read_by_its_path(tmp_path: Path) -> None:
    loaded = scenario.load(write(tmp_path, GOOD))

    assert loaded.name == "mine"
    assert loaded.grid == Grid(num_symbols=14, num_subcarriers=64)
    assert loaded.channel.min_speed_mps == 3.0
    assert loaded.snr.values == (0.0, 1.5)


def test_symbols_matter_to_the_standard_pilots_only() -> None:
    values = {"grid.num_symbols": 1, "link.dmrs": {"kind": "scattered", "num_pilots": 4}}

    assert scenario.load("urban-slow").with_values(values).grid.num_symbols == 1


def test_equal_files_give_equal_scenarios(tmp_path: Path) -> None:
    file = write(tmp_path, GOOD)

    assert scenario.load(file) == scenario.load(str(file))


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        pytest.param("[grid]", "[grid", "not valid TOML: Expected ']'", id="malformed TOML"),
        pytest.param("schema = 1", "", "schema: this key is missing", id="no schema"),
        pytest.param(
            "schema = 1", "schema = 2", "schema: unknown value 2; there are: 1", id="future schema"
        ),
        pytest.param(
            "num_rx_ant = 2",
            "num_rx = 2",
            "antennas.num_rx: unknown key; there are: num_rx_ant, num_tx",
            id="unknown key",
        ),
        pytest.param(
            "[antennas]",
            "[antenna]",
            "antenna: unknown key; there are: schema, title, grid, antennas, channel, link, snr, "
            "impairments, drift",
            id="unknown table",
        ),
        pytest.param(
            "num_rx_ant = 2",
            'num_rx_ant = "2"',
            "antennas.num_rx_ant: input should be a valid integer, not '2'",
            id="wrong type",
        ),
        pytest.param(
            "num_rx_ant = 2",
            "num_rx_ant = 0",
            "antennas.num_rx_ant: input should be greater than or equal to 1, not 0",
            id="out of range",
        ),
        pytest.param(
            "tdl-c",
            "tdl-z",
            f"channel.kind: unknown value 'tdl-z'; there are: {KINDS}",
            id="unknown channel",
        ),
        pytest.param(
            "[0, 1.5]",
            "[]",
            "snr.values: the list is empty; give at least one",
            id="empty SNR grid",
        ),
        pytest.param(
            "[0, 1.5]",
            "[0, '1.5']",
            "snr.values[1]: input should be a valid number, not '1.5'",
            id="text in the SNR grid",
        ),
        pytest.param(
            "ebno_db",
            "cn0",
            "snr.kind: unknown value 'cn0'; there are: 'ebno_db', 'snr_db'",
            id="unknown kind of SNR",
        ),
        pytest.param(
            "[2, 11]", "[2, 14]", "link.dmrs.symbols: 14 is not in 0..13", id="pilots outside"
        ),
        pytest.param(
            "[2, 11]",
            "[]",
            "link.dmrs.symbols: the list is empty; give at least one",
            id="no pilots",
        ),
        pytest.param(
            "[2, 11]", "[2, 2]", "link.dmrs.symbols: a symbol stands there twice", id="pilots twice"
        ),
        pytest.param(
            "300e-9",
            "inf",
            "channel.delay_spread_s: input should be a finite number, not inf",
            id="endless echoes",
        ),
        pytest.param(
            "[0, 1.5]",
            "[0, nan]",
            "snr.values[1]: input should be a finite number, not nan",
            id="no number in the SNR grid",
        ),
        pytest.param(
            '"standard"',
            '"random"',
            'link.dmrs.num_pilots: this key is missing; kind = "random" needs it',
            id="random pilots without number",
        ),
        pytest.param(
            "symbols = [2, 11]",
            "num_pilots = 896",
            "link.dmrs.num_pilots: the slot has 896 resource elements only",
            id="no room for data",
        ),
        pytest.param(
            "max_speed_mps = 3",
            "max_speed_mps = 2",
            "channel.max_speed_mps: is below min_speed_mps; give both",
            id="speeds out of order",
        ),
        pytest.param(
            '"tdl-c"',
            '"recorded"',
            'channel.recording: goes with kind = "recorded" and with no other kind',
            id="recorded without recording",
        ),
    ],
)
def test_mistake_is_named_by_file_key_and_problem(
    tmp_path: Path, old: str, new: str, message: str
) -> None:
    file = write(tmp_path, GOOD.replace(old, new))

    with pytest.raises(ScenarioError) as caught:
        scenario.load(file)

    assert str(caught.value).startswith(f"{file}: {message}")
    assert "\n" not in str(caught.value)


def test_unknown_scenario_is_named_with_the_legal_ones() -> None:
    with pytest.raises(UnknownNameError) as caught:
        scenario.load("urban")

    legal = ", ".join(scenario.names())
    assert str(caught.value) == f"no scenario called 'urban'; there are: {legal}"


def test_missing_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(ScenarioError, match=r"nowhere\.toml: cannot be read: No such file"):
        scenario.load(tmp_path / "nowhere.toml")


def test_copy_with_other_values_is_checked() -> None:
    loaded = scenario.load("urban-slow")

    assert loaded.with_values({"channel.slots_per_drop": 0}).channel.slots_per_drop == 0
    with pytest.raises(ScenarioError, match=r"^urban-slow: grid\.num_symbols: input should be"):
        loaded.with_values({"grid.num_symbols": 0})


def test_odd_arrays_have_no_dual_polarised_pairs() -> None:
    with pytest.raises(ScenarioError, match=r"antennas\.num_rx_ant: 3 antennas do not form"):
        scenario.load("sionna-tutorial").with_values({"antennas.num_rx_ant": 3})
