# SPDX-License-Identifier: Apache-2.0
"""The report: complete, self-contained, and silent about nothing that is absent."""

import json
import re
from html.parser import HTMLParser
from pathlib import Path

import numpy as np
import plotly.graph_objects as go
import pytest

from host.experiment import Metric
from host.record import Record
from host.report import facts, figures, tables
from host.report.curves import curves
from host.report.look import looks
from host.report.paired import METHOD
from host.report.slot_view import SlotView
from host.report.trade import offers
from host.report.writing import Report, page, write_report
from host.tally import interval
from tests.host.report.records import BOARD, record


@pytest.fixture
def records() -> list[Record]:
    grid = {-2.0: 0.9, 0.0: 0.2, 2.0: 0.01, 4.0: 0.0}
    receivers = (("ls-linear", "host"), ("perfect-csi", "host"), ("neural-s", "host"))
    return [
        record(receiver, device=device, snr_db=snr_db, bler=bler)
        for receiver, device in (*receivers, ("neural-s", BOARD))
        for snr_db, bler in grid.items()
    ]


@pytest.fixture
def view() -> SlotView:
    points = np.exp(1j * np.linspace(0, 6, 40)).astype(np.complex64)
    return SlotView(
        scenario="urban-slow",
        snr_name="Eb/N0",
        snr_db=4.0,
        seed=1,
        received=points,
        least_squares=points,
        perfect_csi=points,
        symbols=points,
        gain_db=np.zeros((2, 14, 64), dtype=np.float32),
    )


class Outline(HTMLParser):
    """Checks that tags close in order, and collects what the page refers to."""

    VOID = frozenset({"meta", "br", "hr", "img", "link", "input"})

    def __init__(self) -> None:
        super().__init__()
        self.open_tags: list[str] = []
        self.references: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag not in self.VOID:
            self.open_tags.append(tag)
        self.references += [value or "" for name, value in attrs if name in {"src", "href"}]

    def handle_endtag(self, tag: str) -> None:
        assert self.open_tags.pop() == tag


def test_the_page_is_one_whole_file_that_refers_to_no_other(
    records: list[Record], view: SlotView
) -> None:
    outline = Outline()

    outline.feed(page(Report(title="A <b>title</b>", records=records, views=[view])))

    assert outline.open_tags == []
    assert outline.references == []


def test_plotly_stands_in_the_page_once(records: list[Record]) -> None:
    text = page(Report(title="t", records=records))

    assert text.count("plotly.js v") == 1
    assert "&lt;b&gt;" not in text


def test_titles_are_escaped(records: list[Record]) -> None:
    assert "<h1>a &lt;b&gt; c</h1>" in page(Report(title="a <b> c", records=records))


def test_every_figure_is_one_that_plotly_accepts(records: list[Record], view: SlotView) -> None:
    text = page(Report(title="t", records=records, views=[view]))

    found = re.findall(r'<script type="application/json" id="figure-\d+">(.*?)</script>', text)

    assert len(found) == 5  # BLER, BER, constellation, channel, operators
    for content in found:
        go.Figure(json.loads(content.replace("<\\/", "</")))  # raises on a wrong attribute


def test_png_files_stand_beside_the_page(
    tmp_path: Path, records: list[Record], view: SlotView
) -> None:
    written = write_report(Report(title="t", records=records, views=[view]), folder=tmp_path)

    names = [path.name for path in written]
    assert names[0] == "report.html"
    assert set(names[1:]) == {
        "ber.png",
        "bler.png",
        "constellation.png",
        "channel.png",
        "operators.png",
    }
    assert all(path.read_bytes().startswith(b"\x89PNG") for path in written[1:])


def test_missing_anchors_are_named(records: list[Record]) -> None:
    network = [r for r in records if r.cell.receiver == "neural-s"]

    note = tables.standing_table(network, scenario="urban-slow").note

    assert "least squares" in note
    assert "perfect CSI" in note
    assert tables.standing_table(records, scenario="urban-slow").note == METHOD


def test_what_is_absent_is_a_dash_and_not_a_zero(records: list[Record]) -> None:
    bare = [
        r.model_copy(
            update={"cost": r.cost and r.cost.model_copy(update={"latency": None, "energy": {}})}
        )
        for r in records
    ]

    rows = {row[0]: row[1] for row in tables.cost_table(bare).rows}

    assert rows["latency [ms]"] == "–"
    assert rows["energy [µJ]"] == "–"


def test_costs_are_told_in_milliseconds_and_microjoules(records: list[Record]) -> None:
    table = tables.cost_table(records)

    rows = {row[0]: row[1] for row in table.rows}
    assert table.head == ("", f"neural-s · {BOARD}")
    assert rows["instructions per MAC"] == "2.5"
    assert rows["latency [ms]"] == "167 (142 to 192)"
    assert rows["energy, chip-1v8 [µJ]"] == "7\u202f000 (6\u202f000 to 8\u202f000)"
    assert rows["LLRs that differ from the twin's"] == "0 of 6\u202f144\u202f000"


def test_a_point_without_errors_is_an_upper_limit(records: list[Record]) -> None:
    drawn = curves(records, metric=Metric.BLER, scenario="urban-slow")

    figure = figures.error_curves(drawn, looks(records), metric=Metric.BLER, snr_name="Eb/N0")

    data = figure["data"]
    assert isinstance(data, list)
    limits = [t for t in data if isinstance(t, dict) and "no error" in str(t.get("name"))]
    assert len(limits) == len(drawn)
    assert tables.error_table(records, scenario="urban-slow").rows[-1][1] == "<0.0037"


def test_key_figures_name_the_board_and_its_agreement(records: list[Record]) -> None:
    shown = {what: value for value, what in facts.key_figures(records)}

    assert shown[f"outputs of {BOARD} differ from its twin's"].startswith("0 of ")


def test_seeds_are_put_together_with_a_narrower_interval() -> None:
    one = curves([record("a", bler=0.1)], metric=Metric.BLER, scenario="urban-slow")
    four = curves(
        [record("a", bler=0.1, seed=seed) for seed in range(4)],
        metric=Metric.BLER,
        scenario="urban-slow",
    )

    (single,), (pooled,) = one[0].points, four[0].points
    assert pooled.value == pytest.approx(0.1)
    assert (pooled.n, pooled.errors) == (4000, 400)
    assert width(pooled.low, pooled.high) < 0.6 * width(single.low, single.high)


def one_drop(value: float, *, metric: Metric, seed: int) -> Record:
    """Make a record of one drop: a value that no interval is known of."""
    made = record("a", seed=seed)
    figure = made.metrics[Metric.BER].model_copy(
        update={
            "value": value,
            "errors": None if metric is Metric.RATE else round(100_000 * value),
            "n_effective": None,
            "low": None,
            "high": None,
        }
    )
    return made.model_copy(update={"metrics": {metric: figure}})


@pytest.mark.parametrize("metric", [Metric.BER, Metric.RATE])
def test_seeds_of_one_drop_each_are_told_apart_by_their_spread(metric: Metric) -> None:
    """The mean of 0.1, 0.2 and 0.3 is 0.2 +- t(0.975, 2) * 0.1 / sqrt(3) = 0.2 +- 0.2484."""
    records = [one_drop(0.1 * seed, metric=metric, seed=seed) for seed in (1, 2, 3)]

    (pooled,) = curves(records, metric=metric, scenario="urban-slow")[0].points
    (alone,) = curves(records[:1], metric=metric, scenario="urban-slow")[0].points

    assert (alone.low, alone.high) == (None, None)
    assert pooled.value == pytest.approx(0.2)
    if metric is Metric.RATE:
        assert pooled.high == pytest.approx(0.2 + 0.2484, abs=1e-4)
    else:  # Korn-Graubard: n* = 0.2 * 0.8 / (0.1 ** 2 / 3) * (t(n - 1) / t(2)) ** 2 = 9.96
        assert (pooled.low, pooled.high) == pytest.approx(interval(0.2, 9.96), abs=1e-3)


def test_networks_of_known_work_are_traded_off_against_their_gap(
    tmp_path: Path, records: list[Record]
) -> None:
    work = {"neural-xs": 2_000_000, "neural-m": 9_000_000}
    others = [
        r.model_copy(
            update={
                "cell": r.cell.model_copy(update={"receiver": name}),
                "cost": r.cost and r.cost.model_copy(update={"macs_per_slot": macs}),
            }
        )
        for name, macs in work.items()
        for r in records
        if r.cell.device == BOARD
    ]

    found = offers([*records, *others], scenario="urban-slow")
    written = write_report(Report(title="t", records=[*records, *others]), folder=tmp_path)

    assert [offer.receiver for offer in found] == ["neural-xs", "neural-s", "neural-m"]
    assert "trade.png" in {path.name for path in written}
    text = written[0].read_text(encoding="utf-8")
    chart = text[text.index("Gap against work") :]
    assert "Bars: 95 % interval from 2000 bootstrap draws" in chart
    assert "In brackets" not in chart


def test_uncoded_records_make_a_report_of_bit_errors(tmp_path: Path) -> None:
    records = [record("perfect-csi", coded=False, snr_db=s) for s in (0.0, 2.0)]

    written = write_report(Report(title="t", records=records), folder=tmp_path)

    assert [path.name for path in written] == ["report.html", "ber.png"]
    assert tables.error_table(records, scenario="urban-slow").caption == "BER over Eb/N0 [dB]"


def width(low: float | None, high: float | None) -> float:
    assert low is not None
    assert high is not None
    return high - low
