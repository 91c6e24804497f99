# SPDX-License-Identifier: Apache-2.0
"""The tables and panels of studies: every detector at its place, and nothing twice."""

from pathlib import Path

import pytest

from host.detection.record import DetectionRecord
from host.report.detection.costs import cost_table
from host.report.detection.gaps import slope_table, statement
from host.report.detection.listing import listed
from host.report.detection.panels import GAP, SER, panels
from host.report.detection.points import Axis, lines_over, named, study
from host.report.detection.resampling import Estimate
from host.report.detection.tables import ratio_table, ser_table, tables
from host.report.detection.writing import markdown, page, write_report
from tests.host.detection.small_study import block, counted, record

PILOTS = (25, 100)
ITERATIONS = (1, 2, 4)


def learned(pilots: int, iterations: int | None, *, errors: int, gap: float) -> DetectionRecord:
    told = counted(0, lost=5.0, num_symbols=50)
    name = "fitted-map" if iterations is None else "gnn-sic"
    blocks = [block(i, errors + i, lost=1000 * (0.1 + gap), pilots=told) for i in range(8)]
    return record(name, blocks, num_pilots=pilots, num_iterations=iterations)


def records() -> list[DetectionRecord]:
    """Return MAP, a fit and a network, over pilots and iterations."""
    found = [record("map", [block(i, 10 + i) for i in range(8)])]
    found += [learned(n, None, errors=20, gap=0.1) for n in PILOTS]
    return found + [
        learned(n, q, errors=2000 // n, gap=0.01 * 2.0**q) for n in PILOTS for q in ITERATIONS
    ]


def test_whoever_knows_no_iterations_stands_in_every_row() -> None:
    table = ser_table(study(records()))

    assert table.head == ("pilots", "iterations", "map", "fitted-map", "gnn-sic")
    assert [row[:2] for row in table.rows] == [(f"{n}", f"{q}") for n in PILOTS for q in ITERATIONS]
    assert len({row[2] for row in table.rows}) == 1
    assert table.rows[0][2].startswith("0.0135 (")
    assert "Korn-Graubard" in table.note
    assert "Anchor: map" in table.note


def test_ratios_are_over_the_named_detector() -> None:
    table = ratio_table(study(records()), "map")

    assert table.head == ("pilots", "iterations", "fitted-map", "gnn-sic")
    by_hand = sum(20 + i for i in range(8)) / sum(10 + i for i in range(8))
    assert table.rows[0][2].startswith(f"{by_hand:.3g} (")


def test_the_slope_is_told_with_what_it_says() -> None:
    table = slope_table(study(records()))

    assert [row[:2] for row in table.rows] == [("25 pilots", "gnn-sic"), ("100 pilots", "gnn-sic")]
    assert table.rows[0][2:4] == ("0.693 (0.693 to 0.693)", "above 0")
    by_hand = (-4 * 0.02 - 1 * 0.04 + 5 * 0.16) / (16 + 1 + 25) * 3  # x is -4/3, -1/3, 5/3
    assert table.rows[0][4].startswith(f"{by_hand:.3f} (")


@pytest.mark.parametrize(
    ("low", "high", "words"),
    [
        (0.1, 0.3, "above 0"),
        (-0.3, -0.1, "below 0"),
        (-0.1, 0.1, "includes 0"),
        (None, 0.1, "not known"),
        (None, -0.1, "below 0"),
    ],
)
def test_an_interval_includes_0_or_it_does_not(
    low: float | None, high: float | None, words: str
) -> None:
    assert statement(Estimate(value=0.0, low=low, high=high)) == words


def test_panels_are_drawn_over_one_axis_and_named_by_the_others() -> None:
    found = study(records())

    over_pilots, over_iterations = (
        panels(found, Axis.PILOTS, SER),
        panels(found, Axis.ITERATIONS, SER),
    )

    assert [panel.title for panel in over_pilots] == ["1 iteration", "2 iterations", "4 iterations"]
    assert [panel.title for panel in over_iterations] == ["25 pilots", "100 pilots"]
    lines = {line.label: line for line in over_iterations[0].lines}
    assert lines["gnn-sic"].x == (1.0, 2.0, 4.0)
    assert {name: line.dash for name, line in lines.items()} == {
        "map": "dash",
        "fitted-map": "dash",
        "gnn-sic": "solid",
    }
    assert over_pilots[0].is_x_log
    assert over_pilots[0].is_y_log
    assert not panels(found, Axis.SNR, SER)


def test_only_learners_have_a_gap() -> None:
    (first, _) = panels(study(records()), Axis.ITERATIONS, GAP)

    assert [line.label for line in first.lines] == ["fitted-map", "gnn-sic"]


def test_points_without_an_error_are_left_out_of_a_logarithm() -> None:
    found = study(
        [
            record("map", [block(i, wrong) for i in range(8)], snr_db=snr_db)
            for snr_db, wrong in ((0.0, 5), (3.0, 0))
        ]
    )

    (panel,) = panels(found, Axis.SNR, SER)

    assert panel.lines[0].x == (0.0,)
    assert ser_table(found).rows[1][1].replace("\u202f", "") == "0 of 8000"


def test_seeds_are_put_together() -> None:
    both = [record("map", [block(i, 10 * seed) for i in range(8)], seed=seed) for seed in (1, 2)]

    (point,) = study(both).points.values()

    assert point.data.ser.value == pytest.approx(0.015)
    assert point.data.ser.num_clusters == 8


def test_antennas_are_no_axis_where_there_are_as_many_as_users() -> None:
    square = [record("map", [block(0, 1)], num_tx=number, num_rx_ant=number) for number in (2, 3)]
    listed_antennas = [*square, record("map", [block(0, 1)], num_tx=2, num_rx_ant=4)]

    assert study(square).axes == (Axis.USERS,)
    assert len(lines_over(study(square), Axis.USERS)) == 1
    assert study(listed_antennas).axes == (Axis.ANTENNAS, Axis.USERS)


def test_one_block_tells_its_binomial_interval_and_says_so() -> None:
    table = ser_table(study([record("map", [block(0, 10)])]))

    assert "as if symbols were independent" in table.note


def test_parameters_and_times_stand_in_a_row_of_each_size() -> None:
    table = cost_table(study(records()))

    assert [row[:3] for row in table.rows] == [
        ("map", "2", "–"),
        ("fitted-map", "2", "–"),
        ("gnn-sic", "2", "1"),
        ("gnn-sic", "2", "2"),
        ("gnn-sic", "2", "4"),
    ]
    assert table.rows[0][4] == "–"
    assert table.rows[1][4] == "0.12"  # 1 s, 8 blocks
    assert table.rows[1][5] == "120"  # 0.5 s, 8 blocks of 500 elements


def test_everything_is_listed_for_programs() -> None:
    found = listed(records())

    assert found["anchor"] == "map"
    ratios, slopes, points = (found[key] for key in ("ratios", "slopes", "points"))
    assert isinstance(ratios, list)
    assert isinstance(slopes, list)
    assert isinstance(points, list)
    assert (len(ratios), len(slopes), len(points)) == (6 * 6, 2, 9)


def test_the_report_is_a_page_and_its_pictures(tmp_path: Path) -> None:
    written = write_report("A study", records(), folder=tmp_path)

    assert {path.name for path in written} == {
        "report.html",
        "ser-over-pilots.png",
        "ber-over-pilots.png",
        "ser-over-iterations.png",
        "ber-over-iterations.png",
        "gap-over-pilots.png",
        "gap-over-iterations.png",
    }
    assert all(path.stat().st_size > 10_000 for path in written)
    text = page("A study", records())
    assert "Symbol error rate over that of gnn-sic" in text
    assert "<td>above 0</td>" in text


def test_markdown_has_the_tables_of_the_terminal() -> None:
    text = markdown(records())

    captions = [table.caption for table in tables(records())]
    assert [caption for caption in captions if f"{caption}:" not in text] == []
    assert captions[1] == "Symbol error rate over that of gnn-sic"


def test_a_trial_is_named_by_all_that_it_knows() -> None:
    cell = records()[0].cell

    assert named(cell) == "map · 2 antennas · 2 users · linear · channel error 0 · 6 dB"
