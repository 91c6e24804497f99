# SPDX-License-Identifier: Apache-2.0
"""`airloop run`, `simulate` and `report`, from the command line to the files they leave."""

import json
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from host.cli.app import INTERRUPTED, execute
from host.experiment import Experiment
from host.journal import read_records
from host.provenance import ROOT
from host.report.markdown import markdown
from receivers.neural.weights import load
from tests.host.processes import children, ends

EXPERIMENT = """
name = "tiny"
title = "Two receivers, two points"
scenarios = ["urban-slow"]
receivers = ["ls-linear", "perfect-csi"]
snr = [0.0, 4.0]
[stop]
min_slots = 8
max_slots = 16
block_size = 8
"""


@pytest.fixture
def experiment(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "tiny.toml").write_text(EXPERIMENT)
    return tmp_path / "tiny.toml"


def test_a_run_leaves_records_report_and_the_experiment(
    experiment: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert execute(["run", "tiny.toml", "--workers", "1", "--json", "tiny.json"]) == 0

    folder = experiment.parent / "results" / "tiny"
    assert {path.name for path in folder.iterdir()} == {
        "ber.png",
        "bler.png",
        "channel.png",
        "constellation.png",
        "experiment.toml",
        "journal.jsonl",
        "records.jsonl",
        "report.html",
    }
    assert (folder / "experiment.toml").read_text() == EXPERIMENT
    written = json.loads(Path("tiny.json").read_text())
    assert len(written["records"]) == 4
    assert [standing["receiver"] for standing in written["standings"]] == [
        "ls-linear",
        "perfect-csi",
    ]
    assert "BLER over Eb/N0 [dB]" in capsys.readouterr().out


def test_a_run_that_is_done_runs_nothing_and_shows_the_same(
    experiment: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    execute(["run", "tiny.toml", "--workers", "1"])
    journal = experiment.parent / "results" / "tiny" / "journal.jsonl"
    before, shown = journal.read_bytes(), capsys.readouterr().out.split("BLER over")[1]

    assert execute(["run", "tiny.toml", "--workers", "1"]) == 0

    again = capsys.readouterr().out
    assert "4 trials, 4 of them recorded before" in again
    assert again.split("BLER over")[1] == shown
    assert journal.read_bytes() == before


def test_a_report_is_made_again_from_the_records(experiment: Path) -> None:
    execute(["run", "tiny.toml", "--workers", "1"])
    page = experiment.parent / "results" / "tiny" / "report.html"
    before = page.read_text()
    page.unlink()

    assert execute(["report", "results/tiny"]) == 0

    assert page.read_text() == before


def test_a_file_of_records_is_enough_for_a_report(experiment: Path) -> None:
    execute(["run", "tiny.toml", "--workers", "1"])
    (experiment.parent / "results" / "tiny" / "records.jsonl").rename("kept.jsonl")

    assert execute(["report", "kept.jsonl", "--json", "kept.json"]) == 0

    written = json.loads(Path("kept.json").read_text())
    assert "results/kept-report/report.html" in written["report"]
    assert all(Path(path).is_file() for path in written["report"])
    assert len(written["standings"]) == 2


def test_results_are_printed_as_markdown_and_nothing_is_written(
    experiment: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    execute(["run", "tiny.toml", "--workers", "1"])
    folder = experiment.parent / "results" / "tiny"
    (folder / "report.html").unlink()
    capsys.readouterr()

    assert execute(["report", "results/tiny", "--markdown"]) == 0

    records = tuple(read_records(folder / "records.jsonl"))
    assert capsys.readouterr().out == markdown(records, {})
    assert not (folder / "report.html").exists()


def test_a_drift_is_drawn_over_time_by_the_run_and_again_from_its_records(experiment: Path) -> None:
    drifting = EXPERIMENT.replace('"urban-slow"', '"delay-step"').replace(
        "max_slots = 16", "max_slots = 24"
    )
    experiment.write_text("coded = false\n" + drifting)
    folder = experiment.parent / "results" / "tiny"

    assert execute(["run", "tiny.toml", "--workers", "1"]) == 0
    page = (folder / "report.html").read_text()
    (folder / "ber-over-time.png").unlink()
    assert execute(["report", "results/tiny"]) == 0

    assert "delay spread [ns]" in page
    assert (folder / "ber-over-time.png").exists()
    assert (folder / "report.html").read_text() == page


def test_what_a_scenario_leaves_out_is_said_before_on_the_page_and_in_the_json(
    experiment: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    text = (ROOT / "channels" / "scenarios" / "urban-slow.toml").read_text()
    (experiment.parent / "bare.toml").write_text(
        text.replace("cyclic_prefix_length = 5", "cyclic_prefix_length = 0")
    )
    arguments = ["simulate", "bare.toml", "-r", "perfect-csi", "--snr=0", "--slots", "8"]

    assert execute([*arguments, "--workers", "1", "--json", "-"]) == 0

    shown = capsys.readouterr()
    (remark,) = json.loads(shown.out)["remarks"]["bare"]
    assert "there is no cyclic prefix" in remark
    assert shown.err.index(f"bare: {remark}") < shown.err.index("1 trials")
    page = experiment.parent / "results" / "simulate-bare" / "report.html"
    assert remark in page.read_text()
    assert execute(["report", "results/simulate-bare", "--json", "-"]) == 0
    assert json.loads(capsys.readouterr().out)["remarks"] == {"bare": [remark]}


def test_a_simulation_that_moves_in_time_sees_all_its_slots(experiment: Path) -> None:
    arguments = ["simulate", "urban-walk", "-r", "ls-linear", "--snr=-9", "--slots", "72"]

    assert execute([*arguments, "--workers", "1"]) == 0

    folder = experiment.parent / "results" / "simulate-urban-walk"
    (record,) = read_records(folder / "records.jsonl")
    assert record.cell.stop.min_slots == record.num_slots == 72


def test_a_simulation_keeps_the_experiment_that_it_was(experiment: Path) -> None:
    arguments = ["simulate", "awgn", "-r", "perfect-csi", "--snr=-2:0:1", "--slots", "8"]

    assert execute([*arguments, "--workers", "1", "--seed", "3"]) == 0

    folder = experiment.parent / "results" / "simulate-awgn"
    kept = Experiment.load(folder / "experiment.toml")
    assert kept.snr == (-2.0, -1.0, 0.0)
    cells = [record.cell for record in read_records(folder / "records.jsonl")]
    assert [(cell.snr_db, cell.seed) for cell in cells] == [(-2.0, 3), (-1.0, 3), (0.0, 3)]


@pytest.mark.slow
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM], ids=["Ctrl-C", "kill"])
def test_an_interrupted_run_says_what_is_saved_and_leaves_no_process(
    experiment: Path, number: signal.Signals
) -> None:
    experiment.write_text(EXPERIMENT.replace("max_slots = 16", "max_slots = 4096"))
    folder = experiment.parent / "out"
    journal = folder / "journal.jsonl"
    script = "import sys\nfrom host.cli.app import main\nmain()"
    process = subprocess.Popen(
        [sys.executable, "-c", script, "run", experiment, "--workers", "2", "--out", folder],
        cwd=ROOT,
        stderr=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    while not journal.exists() or journal.stat().st_size == 0:
        time.sleep(0.05)
        assert process.poll() is None

    workers = children(process.pid)
    process.send_signal(number)
    _, error = process.communicate(timeout=60)

    assert process.returncode == INTERRUPTED
    assert f"of 4 trials are saved in {folder}, and how far the others have come." in error
    assert "Run the same command again" in error
    assert len(workers) >= 2
    assert all(ends(worker) for worker in workers)


def test_training_writes_weights_that_deploy_and_records_how(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out = tmp_path / "small.npz"
    arguments = [
        "train",
        "xxs",
        "--steps",
        "2",
        "--rounded-steps",
        "1",
        "--batch-size",
        "2",
        "--out",
        str(out),
    ]

    assert execute([*arguments, "--seed", "5", "--json", "-"]) == 0

    record = json.loads(capsys.readouterr().out)["training"]
    assert (record["size"], record["seed"], record["num_steps"]) == ("xxs", 5, 2)
    assert load(out).size == "xxs"
