# SPDX-License-Identifier: Apache-2.0
"""`airloop run` and `report` with spiking networks, from the command line to files."""

import json
from pathlib import Path

import pytest

from boards.board import Board
from host import firmware
from host.cli.app import execute
from host.journal import read_results
from host.report.spiking.writing import markdown
from host.spiking.record import SpikingRecord
from tests.host.spiking.spoken import EXPERIMENT, write_experiment


@pytest.fixture
def experiment(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    return write_experiment(tmp_path)


def test_a_run_leaves_records_networks_and_a_report(
    experiment: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert execute(["run", "tones.toml", "--workers", "1", "--json", "tones.json"]) == 0

    folder = experiment.parent / "results" / "tones"
    assert {path.name for path in folder.iterdir()} == {
        "accuracy.png",
        "example-adlif-8ms.png",
        "examples",
        "experiment.toml",
        "journal.jsonl",
        "networks",
        "records.jsonl",
        "report.html",
    }
    assert len(list((folder / "networks").iterdir())) == 2
    written = json.loads(Path("tones.json").read_text())
    assert len(written["records"]) == 2
    assert "Accuracy [%] of adlif, trained at 8 ms" in capsys.readouterr().out


def test_a_second_run_trains_nothing_and_says_the_same(
    experiment: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    del experiment
    assert execute(["run", "tones.toml", "--workers", "2"]) == 0
    first = Path("results/tones/records.jsonl").read_text()
    assert execute(["run", "results/tones/experiment.toml"]) == 0

    assert Path("results/tones/records.jsonl").read_text() == first
    assert "2 of them recorded before" in capsys.readouterr().out


def test_the_report_is_made_again_and_quoted(
    experiment: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    del experiment
    assert execute(["run", "tones.toml", "--workers", "1"]) == 0
    capsys.readouterr()

    assert execute(["report", "results/tones"]) == 0
    assert "report   results/tones/report.html" in capsys.readouterr().out
    assert execute(["report", "results/tones/records.jsonl", "--markdown"]) == 0

    records = tuple(read_results(Path("results/tones/records.jsonl"), SpikingRecord))
    assert capsys.readouterr().out == markdown(records)


DEVICES = """
[deployment]
boards = ["native"]
weight_bits = [8, 4]
num_recordings = 3
"""


def test_networks_run_on_boards_as_well(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    native: Board,
) -> None:
    monkeypatch.chdir(tmp_path)
    write_experiment(tmp_path, EXPERIMENT.replace("[1, 2]", "[1]") + DEVICES)

    assert execute(["run", "tones.toml", "--json", "tones.json"]) == 0

    said = capsys.readouterr().out
    assert "In integers: adlif, trained at 8 ms" in said
    assert "On boards: adlif, trained at 8 ms" in said
    (record,) = read_results(Path("results/tones/records.jsonl"), SpikingRecord)
    assert [(d.dt_us, d.weight_bits) for d in record.deployed] == [
        (4000, 8),
        (4000, 4),
        (8000, 8),
        (8000, 4),
    ]
    assert all(d.boards[0].board == native.name for d in record.deployed)
    assert all(d.boards[0].num_unequal == 0 for d in record.deployed)
    assert len(json.loads(Path("tones.json").read_text())["deployed"]) == 4


def test_a_board_that_cannot_be_started_is_told_before_anything_is_trained(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.chdir(tmp_path)
    write_experiment(tmp_path, EXPERIMENT + DEVICES)
    monkeypatch.setattr(firmware, "place", lambda board: tmp_path / "nothing" / board.name)

    assert execute(["run", "tones.toml"]) == 2

    said = " ".join(capsys.readouterr().err.split())
    assert "the firmware of native is missing" in said
    assert "make firmware BOARD=native" in said
    assert not Path("results/tones").exists()


def test_a_port_is_that_of_a_board_of_the_experiment(
    experiment: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    del experiment
    assert execute(["run", "tones.toml", "--port", "native=/dev/ttyACM0"]) == 2

    said = " ".join(capsys.readouterr().err.split())
    assert "no trial runs on 'native'; the boards of this experiment are: none" in said


def test_missing_data_are_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    Path("tones.toml").write_text(EXPERIMENT)

    assert execute(["run", "tones.toml"]) == 2

    assert "spoken: there is no such folder" in capsys.readouterr().err
