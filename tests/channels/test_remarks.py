# SPDX-License-Identifier: Apache-2.0
"""What is said about a scenario before its results are believed."""

from collections.abc import Mapping

import pytest

from channels.remarks import last_echo_s, remarks
from tests.channels.scenarios import scenario

SPREAD = "channel.delay_spread_s"
# Truth: normalised delays in the last rows of TR 38.901 tables 7.7.2-1..5 and 7.7.1-3, copied by
# hand.
LAST_DELAY = {
    "tdl-a": 9.6586,
    "tdl-b": 4.7834,
    "tdl-c": 8.6523,
    "tdl-d": 12.5250,
    "tdl-e": 20.6519,
    "cdl-c": 8.6523,
}


@pytest.mark.parametrize("kind", LAST_DELAY)
def test_last_echo_is_that_of_the_standards_table(kind: str) -> None:
    made = scenario({"channel.kind": kind, SPREAD: 100e-9})

    assert last_echo_s(made) == pytest.approx(100e-9 * LAST_DELAY[kind], rel=1e-6)


@pytest.mark.parametrize("kind", ["awgn", "rayleigh", "rician"])
def test_channel_without_echoes_has_no_last_one(kind: str) -> None:
    made = scenario({"channel.kind": kind, SPREAD: 100e-9})

    assert last_echo_s(made) is None
    assert remarks(made) == ()


def _ramp(first: int, last: int, to: float) -> dict[str, object]:
    return {"target": SPREAD, "kind": "ramp", "first_slot": first, "last_slot": last, "to": to}


def _step(slot: int, to: float) -> dict[str, object]:
    return {"target": SPREAD, "kind": "step", "slot": slot, "to": to}


WALK = {
    "target": SPREAD,
    "kind": "random-walk",
    "max_step": 10e-9,
    "min_interval_slots": 1,
    "max_interval_slots": 9,
    "low": 50e-9,
    "high": 400e-9,
}


@pytest.mark.parametrize(
    ("drift", "largest_s"),
    [
        pytest.param((), 100e-9, id="no drift"),
        pytest.param((_ramp(0, 10, 300e-9), _ramp(10, 20, 50e-9)), 300e-9, id="up and down again"),
        pytest.param((_ramp(0, 10, 50e-9),), 100e-9, id="down from the beginning"),
        pytest.param((_step(5, 200e-9),), 200e-9, id="a step up"),
        pytest.param((_step(0, 60e-9),), 60e-9, id="a step before anything was seen"),
        pytest.param(
            (_ramp(0, 10, 1_100e-9), _step(6, 20e-9)), 600e-9, id="a ramp that is cut short"
        ),
        pytest.param((WALK,), 400e-9, id="a random walk"),
    ],
)
def test_largest_delay_spread_counts_the_drift(
    drift: tuple[Mapping[str, object], ...], largest_s: float
) -> None:
    made = scenario(None, *drift).with_values({"channel.kind": "tdl-a", SPREAD: 100e-9})

    assert last_echo_s(made) == pytest.approx(LAST_DELAY["tdl-a"] * largest_s, rel=1e-6)


def _switch(slot: int, to: str) -> dict[str, object]:
    return {"target": "channel.kind", "kind": "switch", "slot": slot, "to": to}


@pytest.mark.parametrize(
    ("drift", "last_s"),
    [
        pytest.param((_switch(5, "tdl-e"),), 100e-9 * 20.6519, id="a longer profile later"),
        pytest.param((_switch(5, "tdl-b"),), 100e-9 * 9.6586, id="a shorter profile later"),
        pytest.param((_switch(5, "awgn"),), 100e-9 * 9.6586, id="no echoes later"),
        pytest.param(
            (_switch(5, "tdl-b"), _step(7, 150e-9)), 100e-9 * 9.6586, id="a step of the shorter one"
        ),
        pytest.param(
            (_switch(5, "tdl-b"), _ramp(0, 10, 300e-9)),
            180e-9 * 9.6586,
            id="a ramp that goes on behind the switch",
        ),
        pytest.param(
            (_switch(5, "tdl-e"), _step(2, 300e-9), _step(5, 10e-9)),
            300e-9 * 9.6586,
            id="a peak before the longer one",
        ),
    ],
)
def test_last_echo_is_the_latest_of_all_profiles_each_in_its_own_time(
    drift: tuple[Mapping[str, object], ...], last_s: float
) -> None:
    made = scenario(None, *drift).with_values({"channel.kind": "tdl-a", SPREAD: 100e-9})

    assert last_echo_s(made) == pytest.approx(last_s, rel=1e-6)


@pytest.mark.parametrize(("slots_per_drop", "remarked"), [(0, True), (6, True), (1, False)])
def test_a_switch_is_remarked_where_the_air_is_continuous(
    slots_per_drop: int, *, remarked: bool
) -> None:
    made = scenario(None, _switch(5_000, "rician"), _switch(9_000, "rayleigh"))

    found = remarks(made.with_values({"channel.slots_per_drop": slots_per_drop}))

    assert any("at slot 5,000, 9,000: its response jumps" in text for text in found) is remarked


def test_a_drop_that_only_begins_to_fade_later_is_remarked() -> None:
    made = scenario(None, _switch(5, "rayleigh")).with_values({"channel.kind": "awgn"})

    found = remarks(made.with_values({"channel.slots_per_drop": 0}))

    assert any("are one drop" in remark for remark in found)


def test_half_the_width_of_the_spread_is_added() -> None:
    values = {"channel.kind": "tdl-a", SPREAD: 100e-9, "channel.delay_spread_width_s": 20e-9}

    assert last_echo_s(scenario(values)) == pytest.approx(LAST_DELAY["tdl-a"] * 110e-9, rel=1e-6)


@pytest.mark.parametrize(
    ("spread_s", "remarked"), [(300e-9, False), (302e-9, True)], ids=["inside", "beyond"]
)
def test_echoes_are_remarked_beyond_the_prefix_only(spread_s: float, *, remarked: bool) -> None:
    # 5 of 64 samples at 30 kHz are 2.604 us; 8.6523 times 301.0 ns.
    values = {"channel.kind": "tdl-c", SPREAD: spread_s, "grid.cyclic_prefix_length": 5}

    assert bool(remarks(scenario(values))) is remarked


def test_remark_on_echoes_names_both_times() -> None:
    values = {"channel.kind": "tdl-c", SPREAD: 405e-9, "grid.cyclic_prefix_length": 5}

    (remark,) = remarks(scenario(values))

    assert "3.50 us after the first, beyond the cyclic prefix of 2.60 us" in remark


def test_remark_says_when_there_is_no_prefix() -> None:
    (remark,) = remarks(scenario({"channel.kind": "cdl-c", SPREAD: 100e-9}))

    assert "0.87 us after the first, and there is no cyclic prefix" in remark


def test_one_path_without_spread_needs_no_prefix() -> None:
    assert remarks(scenario({"channel.kind": "tdl-c"})) == ()


@pytest.mark.parametrize(
    ("kind", "slots_per_drop", "remarked"),
    [("rayleigh", 0, True), ("rayleigh", 9, False), ("tdl-a", 0, True), ("awgn", 0, False)],
)
def test_slots_that_are_all_one_drop_are_remarked(
    kind: str, slots_per_drop: int, *, remarked: bool
) -> None:
    made = scenario({"channel.kind": kind, "channel.slots_per_drop": slots_per_drop})

    assert any("one drop" in remark for remark in remarks(made)) is remarked


@pytest.mark.parametrize(
    ("values", "named"),
    [
        pytest.param({"impairments.cfo_hz": 100.0}, "cfo_hz", id="one"),
        pytest.param(
            {"impairments.pa_backoff_db": 8.0, "impairments.adc_bits": 10},
            "pa_backoff_db, adc_bits",
            id="two",
        ),
    ],
)
def test_perfect_csi_is_no_bound_for_impaired_radios(values: dict[str, object], named: str) -> None:
    (remark,) = remarks(scenario(values))

    assert f"({named})" in remark
    assert "no bound" in remark


def test_impairment_that_comes_by_drift_is_remarked() -> None:
    step = {"target": "impairments.cfo_hz", "kind": "step", "slot": 100, "to": 300.0}

    assert "(cfo_hz)" in remarks(scenario(None, step))[0]


def test_broken_pilots_are_remarked_and_leave_perfect_csi_a_bound() -> None:
    step = {"target": "impairments.pilot_missing_share", "kind": "step", "slot": 9, "to": 0.2}

    (remark,) = remarks(scenario({"impairments.pilot_wrong_share": 0.1}, step))

    assert "Pilots are broken (pilot_wrong_share, pilot_missing_share)" in remark
    assert "perfect CSI uses none" in remark


def test_broken_pilots_and_impaired_radios_are_remarked_apart() -> None:
    values = {"impairments.cfo_hz": 9.0, "impairments.pilot_wrong_share": 0.1}

    radios, pilots = remarks(scenario(values))

    assert "(cfo_hz)" in radios
    assert "(pilot_wrong_share)" in pilots


def test_shape_of_an_impairment_that_is_off_is_no_impairment() -> None:
    values = {"impairments.pa_smoothness": 3.0, "impairments.adc_clipping_db": 9.0}

    assert remarks(scenario(values)) == ()
