# SPDX-License-Identifier: Apache-2.0
"""The whole of what a report says of learners: page, pictures, terminal and Markdown."""

import json
import re
from pathlib import Path
from typing import Any

import numpy as np
import plotly.graph_objects as go
import pytest
from matplotlib.figure import Figure

from host.experiment import Metric
from host.record import Record
from host.report import time_figure, time_picture
from host.report.event_lanes import WORDS, event_lanes, kinds_in
from host.report.learning import section
from host.report.learning.listing import listed_learning
from host.report.learning.recovery_figure import recovery_curves
from host.report.look import looks
from host.report.markdown import markdown
from host.report.timeline import Timeline, timelines
from host.report.writing import Report, page, write_report
from tests.host.report.learning.learned import Air, contents, exact, scenario

AIR = Air(num_blocks=32)


@pytest.fixture
def records() -> list[Record]:
    return exact(AIR)


def over_time(records: list[Record]) -> Timeline:
    (found,) = timelines(records, scenario="street", content=scenario(AIR))
    assert found.metric is Metric.BER
    return found


def test_every_kind_of_table_is_there_once(records: list[Record]) -> None:
    made = section.tables(records, scenario="street", content=scenario(AIR))

    assert [table.caption.partition(" after")[0] for table in made] == [
        "Recovery",
        "Policies, and where they end",
        "What is still known of other channels",
        "What learning costs",
    ]
    assert all(len(row) == len(table.head) for table in made for row in table.rows)


def test_without_learners_nothing_is_said(records: list[Record]) -> None:
    frozen = records[:4]

    assert section.tables(frozen, scenario="street", content=scenario(AIR)) == ()
    assert section.panels(frozen, scenario="street", content=scenario(AIR)) == ()
    assert markdown(frozen, contents(AIR)).strip() == ""


def test_the_page_holds_figures_that_plotly_accepts(records: list[Record]) -> None:
    text = page(Report(title="t", records=records, contents=contents(AIR)))

    found = re.findall(r'<script type="application/json" id="figure-\d+">(.*?)</script>', text)
    assert len(found) == 5  # BER over SNR and over time, recovery, a map of each learner
    for content in found:
        go.Figure(json.loads(content.replace("<\\/", "</")))  # raises on a wrong attribute
    assert "adaptive went back to trusted weights once and vetoed 1 update." in text


def test_the_pictures_of_learners_stand_beside_the_page(
    tmp_path: Path, records: list[Record]
) -> None:
    written = write_report(
        Report(title="t", records=records, contents=contents(AIR)), folder=tmp_path
    )

    expected = {"ber-over-time.png", "recovery.png", "forgetting.png"}
    assert expected <= {path.name for path in written}


def test_the_curves_of_recovery_are_those_of_the_law(records: list[Record]) -> None:
    (found,) = section.recovered(records, scenario="street", content=scenario(AIR))

    figure: Any = go.Figure(json.loads(json.dumps(recovery_curves(found, looks(records)))))

    for one, line in zip(found, figure.data, strict=True):
        assert line.name == one.learner.label
        assert line.x[-1] == one.num_slots
        assert line.y[-1] == pytest.approx(100.0 * (one.closed[-1].value or 0.0), abs=0.01)
    assert [line.line.dash for line in figure.data] == ["solid", "dash"]


def test_plain_values_are_those_of_the_tables(records: list[Record]) -> None:
    (listed,) = json.loads(json.dumps(listed_learning(records, contents(AIR))))

    (found,) = section.recovered(records, scenario="street", content=scenario(AIR))
    assert [one["receiver"] for one in listed["recovery"]] == ["adaptive", "genie"]
    last = listed["recovery"][0]["share_closed_after"][-1]
    assert (last["slots"], last["value"]) == (found[0].after[-1], found[0].closed[-1].value)
    assert [one["share"] for one in listed["recovery"][0]["slots_to_share"]] == [0.8, 0.95]
    at_end = {one["receiver"]: one for one in listed["at_the_end"]}
    assert at_end["adaptive"]["times_adaptive"]["value"] == 1.0
    assert at_end["genie"]["times_adaptive"]["value"] < 1.0
    assert len(listed["forgetting"]) == 2
    assert len(listed["forgetting"][0]["channels"][0]["ber"]) > 1


def test_the_markdown_quotes_the_cells_of_the_tables(records: list[Record]) -> None:
    text = markdown(records, contents(AIR))

    for table in section.tables(records, scenario="street", content=scenario(AIR)):
        assert f"{table.caption}, `street`:" in text
        assert all(f"| {' | '.join(row)} |" in text for row in table.rows)
    assert text.rstrip().endswith("adaptive went back to trusted weights once and vetoed 1 update.")


def test_each_learner_has_a_lane_of_what_happened(records: list[Record]) -> None:
    lanes = event_lanes(records)

    assert [lane.curve.receiver for lane in lanes] == ["adaptive", "genie"]
    assert lanes[0].slots == {
        "drift": (3248,),
        "settled": (42000,),
        "rolled back": (6000,),
        "vetoed": (9000,),
    }
    assert kinds_in(lanes) == ("drift", "settled", "rolled back", "vetoed")


def test_learners_to_whom_nothing_happened_have_no_lanes(records: list[Record]) -> None:
    quiet = [
        r.model_copy(update={"learning": r.learning.model_copy(update={"events": ()})})
        for r in records
        if r.learning is not None
    ]

    assert len(quiet) == 2
    assert event_lanes(quiet) == ()


def test_lanes_are_those_of_the_first_seed(records: list[Record]) -> None:
    later = [
        r.model_copy(update={"cell": r.cell.model_copy(update={"seed": 2}), "learning": None})
        for r in records
    ]

    assert len(event_lanes([*later, *records])) == 2


def test_marks_stand_in_the_interactive_figure_with_a_legend(records: list[Record]) -> None:
    figure: Any = go.Figure(
        json.loads(json.dumps(time_figure.over_time(over_time(records), looks(records))))
    )

    marks = {(d.y[0], d.x[0]) for d in figure.data if d.yaxis == "y2" and d.x[0] is not None}
    assert marks == {
        ("adaptive", 3248),
        ("adaptive", 6000),
        ("adaptive", 9000),
        ("adaptive", 42000),
        ("genie", 3248),
        ("genie", 24000),
    }
    legend = [d.name for d in figure.data if d.legendgroup == "events"]
    assert legend == [WORDS[kind] for kind in kinds_in(over_time(records).lanes)]
    assert figure.layout.yaxis3.title.text == "delay spread [ns]"
    assert figure.layout.xaxis.anchor == "y3"
    (button,) = figure.layout.updatemenus[0].buttons
    assert len(button.args[0]["visible"]) == len(figure.data)


def test_marks_stand_in_the_picture_between_rates_and_drift(
    records: list[Record], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    saved: list[Figure] = []
    monkeypatch.setattr(Figure, "savefig", lambda figure, *_, **__: saved.append(figure))

    time_picture.save_over_time(tmp_path / "t.png", over_time(records), looks(records))

    rates, lanes, drift = saved[0].axes
    assert [text.get_text() for text in lanes.get_yticklabels()] == ["adaptive", "genie"]
    assert sum(len(np.asarray(line.get_xdata())) for line in lanes.lines) == 6
    assert rates.get_ylabel().endswith("mean over 800 slots")
    assert drift.get_ylabel() == "delay spread [ns]"
    genie = next(line for line in rates.lines if line.get_label() == "genie")
    assert genie.get_linestyle() == "--"


def test_learning_on_a_still_channel_is_drawn_over_time(records: list[Record]) -> None:
    still = scenario(AIR).model_copy(update={"drift": ()})

    assert len(timelines(records, scenario="street", content=still)) == 1
    assert timelines(records[:4], scenario="street", content=still) == ()
