# SPDX-License-Identifier: Apache-2.0
"""Errors over time, against records made by hand whose rates are known in every block."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import plotly.graph_objects as go
import pytest
from matplotlib.figure import Figure

from host.experiment import Metric
from host.record import Record
from host.report import time_figure, time_picture
from host.report.drift_lines import drift_lines
from host.report.look import looks
from host.report.timeline import lonely, timelines
from host.report.writing import Report, page, write_report
from tests.host.report.blocks import STEP, of, scenario, trial
from tests.host.report.records import record

RECEIVERS = ("ls-linear", "perfect-csi")
LOOKS = looks(record(receiver) for receiver in RECEIVERS)


def step_trials(*, slots_per_drop: int = 1, num_slots: int = 48) -> list[Record]:
    """Make trials at three points whose errors are four times as many from slot 24 on."""
    late = np.arange(num_slots) >= 24
    return [
        trial(
            receiver,
            bit_errors=np.where(late, 8, 2).tolist(),
            wrong=late.astype(int).tolist(),
            slots_per_drop=slots_per_drop,
            snr_db=snr_db,
        )
        for receiver in RECEIVERS
        for snr_db in (0.0, 2.0, 4.0)
    ]


def test_every_block_has_its_own_rate() -> None:
    made = trial(bit_errors=[1] * 8 + [3] * 8 + [5] * 4, wrong=[0] * 8 + [1] * 4 + [0] * 8)

    found = of([made], scenario(STEP))

    assert found[Metric.BER].traces[0].rates == (0.01, 0.03, 0.05)  # the last block is half as long
    assert found[Metric.BLER].traces[0].rates == (None, 0.5, None)
    assert found[Metric.BER].traces[0].slots[:2] == (4.0, 12.0)


def test_seeds_are_put_together_block_by_block_though_one_ended_early() -> None:
    long = trial(bit_errors=[1] * 16, wrong=[0] * 16, seed=1)
    short = trial(bit_errors=[5] * 8, wrong=[0] * 8, seed=2)
    longer = trial(bit_errors=[3] * 16, wrong=[0] * 16, seed=3)

    found = of([long, short.model_copy(), longer], scenario(STEP))

    assert found[Metric.BER].traces[0].rates == pytest.approx((0.02, 0.02))


@pytest.mark.parametrize(
    ("slots_per_drop", "drift", "expected"),
    [
        pytest.param(1, [], 0, id="slots alike"),
        pytest.param(1, [STEP], 2, id="drift"),
        pytest.param(0, [], 2, id="one drop for ever"),
        pytest.param(48, [], 2, id="one drop"),
        pytest.param(24, [], 0, id="two drops"),
    ],
)
def test_only_what_changes_in_time_is_drawn_over_time(
    slots_per_drop: int, drift: list[Mapping[str, object]], expected: int
) -> None:
    records = step_trials(slots_per_drop=slots_per_drop)

    assert len(timelines(records, scenario="street", content=scenario(*drift))) == expected


def test_records_alone_show_a_long_drop_without_the_drift() -> None:
    found = of(step_trials(slots_per_drop=0))

    assert found[Metric.BER].drifts == ()


def test_a_drift_is_told_in_a_unit_that_people_use() -> None:
    speed = {"target": "channel.max_speed_mps", "kind": "ramp", "first_slot": 0, "last_slot": 40}

    delay, fast = drift_lines(scenario(STEP, {**speed, "to": 10.0}), num_slots=48)

    assert (delay.name, fast.name) == ("delay spread [ns]", "max speed [m/s]")
    assert [delay.values[slot] for slot in (0, 23, 24, 47)] == [45.0, 45.0, 400.0, 400.0]
    assert fast.values[40] == 10.0


def test_the_figure_shows_one_snr_at_a_time_and_always_the_drift() -> None:
    timeline = of(step_trials(), scenario(STEP))[Metric.BER]

    figure: Any = go.Figure(json.loads(json.dumps(time_figure.over_time(timeline, LOOKS))))

    assert timeline.middle_db == 2.0
    lines = [(line.name, line.visible) for line in figure.data]
    shown = [name for name, visible in lines if visible is True]
    assert shown == list(RECEIVERS)
    (menu,) = figure.layout.updatemenus
    assert [button.label for button in menu.buttons] == [f"Eb/N0 {s} dB" for s in (0, 2, 4)]
    for button in menu.buttons:
        visible = button.args[0]["visible"]
        assert len(visible) == len(figure.data)
        assert sum(visible) == len(RECEIVERS) + 1
        assert visible[-1]


def test_the_panels_stand_above_one_another_without_overlap() -> None:
    other = {**STEP, "target": "snr.offset_db", "to": -3.0}
    figure = time_figure.over_time(of(step_trials(), scenario(STEP, other))[Metric.BER], LOOKS)

    layout: Any = go.Figure(json.loads(json.dumps(figure))).layout

    domains = [layout.yaxis3.domain, layout.yaxis2.domain, layout.yaxis.domain]
    ends = [end for domain in domains for end in domain]
    assert ends == sorted(ends)
    assert ends[0] >= 0.0
    assert ends[-1] == 1.0
    assert layout.xaxis.anchor == "y3"


def unequal_trials() -> list[Record]:
    """Make trials that come first and are longest at 0 dB, and of 24 and 80 slots at 2 dB."""
    lengths = ((0.0, "ls-linear", 160), (2.0, "ls-linear", 24), (2.0, "perfect-csi", 80))
    return [
        trial(receiver, bit_errors=[2] * num_slots, wrong=[0] * num_slots, snr_db=snr_db)
        for snr_db, receiver, num_slots in lengths
    ]


@pytest.mark.parametrize(("first", "step_slot"), [(0, 24), (1, 24), (0, 100)])
def test_the_picture_reaches_as_far_as_the_longest_line_in_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, first: int, step_slot: int
) -> None:
    """Whichever trial is first; a drift beyond it neither widens nor heightens its panel."""
    saved: list[Figure] = []
    monkeypatch.setattr(Figure, "savefig", lambda figure, *_, **__: saved.append(figure))
    records = unequal_trials()[first:]
    timeline = of(records, scenario({**STEP, "slot": step_slot}))[Metric.BER]
    assert timeline.middle_db == 2.0

    time_picture.save_over_time(tmp_path / "ber-over-time.png", timeline, LOOKS)

    (figure,) = saved
    rates, drift = figure.axes
    assert rates.get_xlim() == drift.get_xlim() == (0.0, 80.0)
    assert max(np.max(np.asarray(line.get_xdata())) for line in rates.lines) == 76.0
    (line,) = drift.lines
    assert np.asarray(line.get_xdata()).tolist() == list(range(80))
    assert np.max(np.asarray(line.get_ydata())) == (400.0 if step_slot < 80 else 45.0)


def test_the_interactive_figure_cuts_no_line() -> None:
    timeline = of(unequal_trials(), scenario(STEP))[Metric.BER]

    figure: Any = go.Figure(json.loads(json.dumps(time_figure.over_time(timeline, LOOKS))))

    assert figure.layout.xaxis.range is None
    assert [max(line.x) for line in figure.data] == [156.0, 20.0, 76.0, 159.0]


def test_gaps_are_explained_where_there_are_some(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    saved: list[Figure] = []
    monkeypatch.setattr(Figure, "savefig", lambda figure, *_, **__: saved.append(figure))
    content = scenario(STEP)
    with_gaps, without = (of(step_trials(), content)[m] for m in (Metric.BLER, Metric.BER))

    for timeline in (with_gaps, without):
        time_picture.save_over_time(tmp_path / "over-time.png", timeline, LOOKS)

    triangles = "Open triangle: no error seen, at the rate of one error."
    assert with_gaps.note == f"8 slots a point. Shaded: 95 % interval. {triangles}"
    assert without.note == "8 slots a point."
    footers = [figure.get_supxlabel() for figure in saved]
    assert footers == [with_gaps.note, without.note]
    text = page(Report(title="t", records=step_trials(), contents={"street": content}))
    assert text.count(triangles) == 1


def test_a_rate_between_two_gaps_is_a_dot_and_no_gap(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    saved: list[Figure] = []
    monkeypatch.setattr(Figure, "savefig", lambda figure, *_, **__: saved.append(figure))
    errors = [errors for errors in (0, 1, 0, 1, 1, 0, 1) for _ in range(8)]
    timeline = of([trial(bit_errors=errors, wrong=[0] * 56)], scenario(STEP))[Metric.BER]

    time_picture.save_over_time(tmp_path / "over-time.png", timeline, LOOKS)
    figure: Any = go.Figure(json.loads(json.dumps(time_figure.over_time(timeline, LOOKS))))

    assert lonely(timeline.traces[0].rates) == (1, 6)
    _, dots, triangles = saved[0].axes[0].lines
    assert np.asarray(dots.get_xdata()).tolist() == [12.0, 52.0]
    assert np.asarray(triangles.get_xdata()).tolist() == [4.0, 20.0, 44.0]
    assert figure.data[0].marker.size == (0, 4, 0, 0, 0, 0, 4)


def test_a_picture_without_gaps_does_not_explain_those_of_other_snrs() -> None:
    clean = trial(bit_errors=[0] * 16, wrong=[0] * 16, snr_db=4.0)
    others = [trial(bit_errors=[1] * 16, wrong=[0] * 16, snr_db=snr_db) for snr_db in (0.0, 2.0)]

    timeline = of([*others, clean], scenario(STEP))[Metric.BER]

    assert "Open triangle: no error seen" in timeline.note
    assert timeline.at(timeline.middle_db).note == "8 slots a point."


def test_the_report_has_a_picture_of_each_rate_over_time(tmp_path: Path) -> None:
    report = Report(title="t", records=step_trials(), contents={"street": scenario(STEP)})

    written = {path.name for path in write_report(report, folder=tmp_path)}

    assert {"ber-over-time.png", "bler-over-time.png"} <= written
    assert "Bit error rate before the decoder, over time" in page(report)


def test_a_legend_has_as_many_columns_as_there_is_room_for() -> None:
    assert time_picture.num_columns(["lmmse", "adaptive"]) == 4
    assert time_picture.num_columns(["neural-s-16qam · mps2-an386", "adaptive"]) == 3
    assert time_picture.num_columns(["x" * 200]) == 1
    assert time_picture.num_columns([]) == 4
