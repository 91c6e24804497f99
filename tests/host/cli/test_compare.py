# SPDX-License-Identifier: Apache-2.0
"""`airloop compare`: exit codes, the gate, and what reaches programs."""

import json
from pathlib import Path

import pytest

from host.cli.app import USER_ERROR, execute
from host.record import Cost
from tests.host.report.deployments import cost, deployment

RECORDS = Path(__file__).parents[3] / "benchmarks" / "records" / "demo.jsonl"
Captured = pytest.CaptureFixture[str]


@pytest.fixture
def before(tmp_path: Path) -> str:
    return written(tmp_path / "before.json")


def written(path: Path, costing: Cost | None = None, board: str = "mps2-an386") -> str:
    path.write_text(deployment(costing=costing, board=board).model_dump_json())
    return str(path)


def test_a_regression_above_the_limit_is_exit_code_1(
    before: str, tmp_path: Path, capsys: Captured
) -> None:
    after = written(tmp_path / "after.json", cost(factor=1.1))

    assert execute(["compare", before, after, "--fail-above", "1.2"]) == 0
    assert execute(["compare", before, after, "--fail-above", "1.05", "--json", "-"]) == 1

    captured = capsys.readouterr()
    content = json.loads(captured.out[captured.out.rindex('{\n  "a"') :])
    assert content["above"] == ["mps2-an386: instructions 1.1"]
    assert "above the limit: mps2-an386: instructions 1.1" in captured.err


def test_differences_alone_are_no_failure(before: str, tmp_path: Path) -> None:
    assert execute(["compare", before, written(tmp_path / "b.json", cost(factor=9.0))]) == 0


def test_a_limit_across_boards_is_refused(before: str, tmp_path: Path, capsys: Captured) -> None:
    other = written(tmp_path / "other.json", board="mps2-an500")

    assert execute(["compare", before, other, "--fail-above", "1.05"]) == USER_ERROR

    line = capsys.readouterr().err
    assert line == (
        "airloop: --fail-above: not the same board: mps2-an386 / mps2-an500; compare like with "
        "like\n"
    )


def test_what_is_not_comparable_is_one_line_and_exit_code_2(before: str, capsys: Captured) -> None:
    assert execute(["compare", before, str(RECORDS)]) == USER_ERROR

    line = capsys.readouterr().err
    assert line.count("\n") == 1
    assert "is a deployment" in line


@pytest.mark.parametrize("name", ["gone.json", "gone.jsonl", "gone"])
def test_a_file_that_is_not_there(name: str, before: str, capsys: Captured) -> None:
    assert execute(["compare", before, name]) == USER_ERROR

    assert capsys.readouterr().err.startswith(f"airloop: {name}")


def test_shipped_records_are_equal_to_themselves(capsys: Captured) -> None:
    assert execute(["compare", str(RECORDS), str(RECORDS), "--fail-above", "1", "--json", "-"]) == 0

    content = json.loads(capsys.readouterr().out)
    assert {one["verdict"] for one in content["differences"]} == {"equal"}
    assert content["unlike"] == []


def test_markdown_is_printed_alone(before: str, capsys: Captured) -> None:
    assert execute(["compare", before, before, "--markdown"]) == 0

    assert capsys.readouterr().out.startswith("Cost of a slot:\n\n| where | figure |")
