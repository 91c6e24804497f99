# SPDX-License-Identifier: Apache-2.0
"""The report of a deployment: rectangles where tensors lie, bars as long as the work is."""

import json
from pathlib import Path
from typing import Any

import plotly.graph_objects as go
import pytest

from host.deployment_record import DeploymentRecord, Elsewhere
from host.errors import RecordError
from host.report import deployment as tables
from host.report.canvas import Figure
from host.report.deployed import figures
from host.report.deployed.memory_marks import levels, ticks
from host.report.deployed.work import MOST_BARS, bars, board_works, by_kind, scale, short
from host.report.deployed.writing import page, write_deployment
from tests.host.report.deployments import ARENA, LONG, OPERATORS, cost, deployment, operator
from tests.host.report.test_report import Outline


def drawn(figure: Figure) -> list[dict[str, Any]]:
    """Return the traces of a figure after Plotly has checked it."""
    checked: dict[str, Any] = json.loads(str(go.Figure(figure).to_json()))
    traces: list[dict[str, Any]] = checked["data"]
    return traces


OTHERS = (
    Elsewhere(board="mps3-an547", core="cortex-m55", cost=cost(factor=0.25), num_unequal=0),
    Elsewhere(board="small", core="cortex-m0", problem="the network is too large for small"),
)


def test_bars_stand_in_order_of_execution_and_their_shares_add_up_to_one() -> None:
    shown = bars(cost())

    assert [bar.kind for bar in shown] == [one.kind for one in OPERATORS]
    assert [bar.instructions for bar in shown] == [600_000, 100_000, 299_900, 100]
    assert sum(bar.share for bar in shown) == pytest.approx(1.0)
    assert shown[0].label.endswith("layer/BiasAdd  0")


def test_of_many_operators_the_expensive_ones_are_shown_and_the_others_are_one_bar() -> None:
    many = tuple(operator(f"layer {i}", "CONV_2D", 10 * i) for i in range(100))

    shown = bars(cost(operators=many))

    assert len(shown) == MOST_BARS + 1
    assert shown[0].label == "layer 60  60"
    assert shown[-1].label == "60 others"
    assert sum(bar.instructions for bar in shown) == sum(10 * i for i in range(100))


def test_a_board_that_counts_nothing_has_no_bars() -> None:
    silent = tuple(one.model_copy(update={"instructions": None}) for one in OPERATORS)

    assert bars(cost(operators=silent)) == ()


def test_kinds_are_added_up_the_most_expensive_first() -> None:
    twice = (*OPERATORS, operator("dense 2", "FULLY_CONNECTED", 400_000))

    assert dict(by_kind(twice)) == {
        "FULLY_CONNECTED": 699_900,
        "CONV_2D": 600_000,
        "AVERAGE_POOL_2D": 100_000,
        "SOFTMAX": 100,
    }
    assert next(iter(by_kind(twice))) == "FULLY_CONNECTED"


def test_boards_that_could_not_run_the_network_have_no_bar() -> None:
    works = board_works(deployment(elsewhere=OTHERS))

    assert [(one.board, one.instructions) for one in works] == [
        ("mps2-an386", 1_000_000),
        ("mps3-an547", 250_000),
    ]


def test_the_table_of_boards_tells_multiples_and_why_one_is_missing() -> None:
    table = tables.boards_table(deployment(elsewhere=OTHERS))

    shown = {row[0]: row for row in table.rows}
    assert [row[table.head.index("times")] for row in table.rows] == ["1", "0.25", "–"]
    assert shown["small"][table.head.index("instructions")] == "–"
    assert "small: the network is too large for small" in table.note


def test_rectangles_of_the_page_are_where_the_tensors_lie() -> None:
    tensors = drawn(figures.memory_over_time(ARENA))[0]

    corners = [
        (x - width / 2, x + width / 2, base * 1024, y * 1024)
        for x, width, base, y in zip(
            tensors["x"], tensors["width"], tensors["base"], tensors["y"], strict=True
        )
    ]
    assert corners == [(one.begins, one.ends, one.offset, one.num_bytes) for one in ARENA.buffers]
    assert [one[0] for one in levels(ARENA)] == [10_000, 9_000]


def test_scratch_is_drawn_for_the_operators_that_take_some() -> None:
    scratch = drawn(figures.memory_over_time(ARENA))[1]

    assert scratch["x"] == [0.5, 2.5]
    assert [y * 1024 for y in scratch["y"]] == [2048, 512]
    assert {base * 1024 for base in scratch["base"]} == {10_016}


def test_few_operators_are_marked_by_kind_and_many_by_number() -> None:
    many = ARENA.model_copy(update={"operators": ("x",) * 200, "kinds": ("ADD",) * 200})

    assert ticks(ARENA)[1] == (1.5, "AVERAGE_POOL_2D 1")
    assert ticks(many)[1] == (10.5, "10")
    assert len(ticks(many)) == 20


def test_a_plan_that_meets_the_bound_has_one_line() -> None:
    met = ARENA.model_copy(update={"lower_bound_bytes": ARENA.peak_bytes})

    assert len(levels(met)) == 1


def test_names_keep_their_end_of_the_first_that_a_converter_joined() -> None:
    assert short("dense") == "dense"
    assert short(LONG, letters=12) == "…yer/BiasAdd"


@pytest.mark.parametrize(
    ("most", "expected"),
    [(5e6, (1e6, "million x")), (1e6, (1e3, "thousand x")), (900.0, (1.0, "x"))],
)
def test_an_axis_is_scaled_to_figures_that_can_be_read(
    most: float, expected: tuple[float, str]
) -> None:
    assert scale(most, unit="x") == expected


def test_every_figure_is_one_that_plotly_takes() -> None:
    kinds = tuple(one.kind for one in OPERATORS)

    for figure in (
        figures.operator_work(bars(cost()), kinds=kinds),
        figures.board_work(board_works(deployment(elsewhere=OTHERS))),
    ):
        assert len(drawn(figure)) == len(kinds)


def test_a_report_is_a_whole_page_with_its_pictures(tmp_path: Path) -> None:
    written = write_deployment(deployment(elsewhere=OTHERS), folder=tmp_path)

    outline = Outline()
    outline.feed(written[0].read_text())
    assert outline.open_tags == []
    assert outline.references == []
    assert [path.name for path in written] == [
        "report.html",
        "deployment.json",
        "memory.png",
        "operators.png",
        "boards.png",
    ]
    assert all(path.read_bytes().startswith(b"\x89PNG") for path in written[2:])


def test_what_is_not_known_is_left_out_of_the_report(tmp_path: Path) -> None:
    silent = tuple(one.model_copy(update={"instructions": None}) for one in OPERATORS)
    record = deployment(memory=None, costing=cost(operators=silent))

    written = write_deployment(record, folder=tmp_path)

    assert [path.name for path in written] == ["report.html", "deployment.json"]
    assert "Memory over time" not in page(record)


def test_a_record_is_read_as_it_was_written(tmp_path: Path) -> None:
    record = deployment(elsewhere=OTHERS)
    path = tmp_path / "one.json"
    path.write_text(record.model_dump_json())

    assert DeploymentRecord.load(path) == record


@pytest.mark.parametrize("text", ["", "[]", '{"cost": {}}'])
def test_a_file_that_is_no_record_of_a_deployment_says_so(tmp_path: Path, text: str) -> None:
    path = tmp_path / "one.json"
    path.write_text(text)

    with pytest.raises(RecordError, match=r"no record of a deployment .*; make one with: airloop"):
        DeploymentRecord.load(path)


def test_a_record_of_a_spiking_network_is_told_from_others(tmp_path: Path) -> None:
    path = tmp_path / "spiking.json"
    path.write_text('{"kind": "spiking-deployment", "schema_version": 1}')

    with pytest.raises(RecordError, match="the record of a spiking network, which has recordings"):
        DeploymentRecord.load(path)
