# SPDX-License-Identifier: Apache-2.0
"""`airloop run` and `report` with detectors of several users, from the command line to files."""

import json
from pathlib import Path

import pytest

from host.cli.app import execute
from host.detection import measuring
from host.detection.record import DetectionRecord
from host.detection.trial import DetectionTrial
from host.journal import read_results
from host.report.detection.writing import markdown
from sim.mimo.problem import Block
from tests.host.detection.small_study import EXPERIMENT

SMALL = EXPERIMENT.replace("[1, 2]", "[1]").replace("[0.0, 4.0]", "[2.0]")


@pytest.fixture
def experiment(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    path = tmp_path / "small.toml"
    path.write_text(SMALL)
    return path


def test_a_run_leaves_records_and_a_report_and_a_second_one_adds_nothing(
    experiment: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert execute(["run", "small.toml", "--workers", "1", "--json", "small.json"]) == 0

    folder = experiment.parent / "results" / "small"
    assert {path.name for path in folder.iterdir()} == {
        "ber-over-pilots.png",
        "experiment.toml",
        "gap-over-pilots.png",
        "journal.jsonl",
        "records.jsonl",
        "report.html",
        "ser-over-pilots.png",
    }
    written = json.loads(Path("small.json").read_text())
    assert len(written["records"]) == 6
    assert written["anchor"] == "map"
    assert len(written["ratios"]) == 2 * 12
    said = capsys.readouterr().out
    assert "Symbol error rate over that of map" in said
    assert "fitted-lmmse · 2 antennas · 2 users" in said

    first = (folder / "records.jsonl").read_text()
    assert execute(["run", "results/small/experiment.toml", "--workers", "2"]) == 0
    assert "6 of them recorded before" in capsys.readouterr().out
    assert (folder / "records.jsonl").read_text() == first

    assert execute(["report", "results/small"]) == 0
    assert "report   results/small/report.html" in capsys.readouterr().out
    assert execute(["report", "results/small/records.jsonl", "--markdown"]) == 0
    records = tuple(read_results(folder / "records.jsonl", DetectionRecord))
    assert capsys.readouterr().out == markdown(records)


def test_workers_change_no_figure(experiment: Path) -> None:
    del experiment
    for number in ("1", "2"):
        assert execute(["run", "small.toml", "--workers", number, "--out", f"by-{number}"]) == 0

    one, two = (
        [r.without_run() for r in read_results(Path(f"by-{n}/records.jsonl"), DetectionRecord)]
        for n in (1, 2)
    )
    assert one == two


def test_an_interrupted_run_keeps_every_finished_block(
    experiment: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    del experiment
    drawn: list[int] = []
    block_of = measuring.block_of

    def interrupted(trial: DetectionTrial, block: int) -> Block:
        if len(drawn) == 4:
            raise KeyboardInterrupt
        drawn.append(block)
        return block_of(trial, block)

    monkeypatch.setattr(measuring, "block_of", interrupted)
    code = execute(["run", "small.toml", "--workers", "1"])
    assert code == 130
    assert len(list(Path("results/small/unfinished").iterdir())) == 1
    drawn.clear()
    drawn.extend([0] * 5)  # never four again
    assert execute(["run", "small.toml", "--workers", "1"]) == 0

    assert len(drawn) - 5 == 6 * 3 - 4
    assert not Path("results/small/unfinished").exists()


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ('"deep-sic"', '"deep"', "small.toml: detectors: no detector 'deep'"),
        ("num_tx = [2]", "num_tx = [20]", "small.toml: anchor: map: "),
        ('"detection"', '"detecting"', "small.toml: kind: no kind 'detecting'; there are:"),
        ('"synthetic-decay"', '"scenario"\nname = "x"', "num_tx: the scenario says it"),
    ],
)
def test_a_mistake_in_the_file_is_one_line_and_code_2(
    experiment: Path, capsys: pytest.CaptureFixture[str], old: str, new: str, message: str
) -> None:
    experiment.write_text(SMALL.replace(old, new))

    assert execute(["run", "small.toml"]) == 2

    said = " ".join(capsys.readouterr().err.split())
    assert message in said
    assert not Path("results").exists()


def test_a_port_is_refused(experiment: Path, capsys: pytest.CaptureFixture[str]) -> None:
    del experiment
    assert execute(["run", "small.toml", "--port", "native=/dev/ttyACM0"]) == 2

    assert "no trial runs on 'native'" in " ".join(capsys.readouterr().err.split())


def test_records_that_are_empty_or_gone_are_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)

    assert execute(["report", "results/none"]) == 2

    assert "no records can be read" in " ".join(capsys.readouterr().err.split())
