# SPDX-License-Identifier: Apache-2.0
"""What drifts, as lines that people read: names of channels, and jumps where they happen."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import plotly.graph_objects as go
import pytest
from matplotlib.figure import Figure

from channels.scenario import Scenario
from host.experiment import Metric
from host.report import time_figure, time_picture
from host.report.curves import Curve
from host.report.drift_lines import drift_lines
from host.report.look import looks
from host.report.timeline import Timeline, Trace
from tests.host.report.records import record

LOOKS = looks([record("lmmse")])
STEP: Mapping[str, object] = {
    "target": "channel.delay_spread_s",
    "kind": "step",
    "slot": 24,
    "to": 4e-7,
}
SWITCHES = tuple(
    {"target": "channel.kind", "kind": "switch", "slot": slot, "to": to}
    for slot, to in ((16, "cdl-c"), (32, "tdl-c"), (4000, "awgn"))
)


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


def timeline(content: Scenario) -> Timeline:
    """Return 48 slots of one receiver in 6 blocks, in a scenario of 5000."""
    curve = Curve(scenario="street", receiver="lmmse", device="host", points=())
    rates = (0.1,) * 6
    slots = tuple(4.0 + 8.0 * i for i in range(6))
    trace = Trace(
        curve=curve,
        snr_db=0.0,
        slots=slots,
        rates=rates,
        smooth=rates,
        unseen=(None,) * 6,
        low=(None,) * 6,
        high=(None,) * 6,
    )
    return Timeline(
        scenario="street",
        snr_name="SNR",
        metric=Metric.BER,
        traces=(trace,),
        lanes=(),
        drifts=drift_lines(content, num_slots=5000),
        slots_per_block=8,
        num_averaged=1,
    )


def test_a_switch_of_the_channel_is_told_by_names() -> None:
    kinds, delay = drift_lines(scenario(*SWITCHES, STEP), num_slots=5000)

    assert (kinds.name, delay.name) == ("channel", "delay spread [ns]")
    assert kinds.levels == ("tdl-c", "cdl-c", "awgn")
    named = {slot: kinds.levels[int(y)] for slot, y in zip(kinds.slots, kinds.values, strict=True)}
    assert [named[slot] for slot in (0, 15, 16, 31, 32, 3999, 4000, 4999)] == [
        *("tdl-c", "tdl-c", "cdl-c", "cdl-c", "tdl-c", "tdl-c", "awgn", "awgn")
    ]
    assert kinds.until(3000).ticks == {0: "tdl-c", 1: "cdl-c"}
    assert delay.ticks == {}


def test_a_jump_is_drawn_in_its_very_slot_however_many_there_are() -> None:
    late = {**STEP, "slot": 54_321}

    (delay,) = drift_lines(scenario(late), num_slots=100_000)

    at = dict(zip(delay.slots, delay.values, strict=True))
    assert (at[54_320], at[54_321]) == (45.0, 400.0)
    assert len(delay.slots) < 700


def test_the_picture_names_the_segments_that_it_reaches(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    saved: list[Figure] = []
    monkeypatch.setattr(Figure, "savefig", lambda figure, *_, **__: saved.append(figure))

    time_picture.save_over_time(
        tmp_path / "ber-over-time.png", timeline(scenario(*SWITCHES)), LOOKS
    )

    panel = saved[0].axes[1]
    assert [label.get_text() for label in panel.get_yticklabels()] == ["tdl-c", "cdl-c"]
    assert panel.get_ylim() == (-0.5, 1.5)


def test_the_interactive_figure_names_all_segments() -> None:
    figure: Any = go.Figure(
        json.loads(json.dumps(time_figure.over_time(timeline(scenario(*SWITCHES)), LOOKS)))
    )

    assert figure.layout.yaxis2.ticktext == ("tdl-c", "cdl-c", "awgn")
    assert figure.layout.yaxis2.tickvals == (0, 1, 2)
    line = figure.data[-1]
    named = dict(zip(line.x, line.customdata, strict=True))
    assert (named[15], named[16], named[4999]) == ("tdl-c", "cdl-c", "awgn")


def test_a_number_keeps_its_axis_of_numbers() -> None:
    figure: Any = go.Figure(
        json.loads(json.dumps(time_figure.over_time(timeline(scenario(STEP)), LOOKS)))
    )

    assert figure.layout.yaxis2.ticktext is None
    assert "%{y:.4g}" in figure.data[-1].hovertemplate
