# SPDX-License-Identifier: Apache-2.0
"""`airloop snn train`, `adapt` and `eval`: from sound to a network at another time step."""

import json
from pathlib import Path

import pytest

from host.cli.app import INTERRUPTED, execute
from snn import network_file
from snn.training import training
from tests.host.spiking.spoken import write_spoken

SHORT = ["--epochs", "3", "--hidden", "8", "--batch-size", "8"]


@pytest.fixture
def network(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    write_spoken(tmp_path / "spoken")
    assert execute(["snn", "train", "spoken", *SHORT, "--json", "training.json"]) == 0
    return Path(json.loads(Path("training.json").read_text())["network"])


def test_a_network_is_trained_adapted_and_evaluated(
    network: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert network == Path("results/snn/fsdd-adlif-8ms.snn.npz")
    assert execute(["snn", "adapt", str(network), "--dt", "2"]) == 0
    finer = "results/snn/fsdd-adlif-8ms-at-2ms.snn.npz"
    capsys.readouterr()

    assert execute(["snn", "eval", finer, "spoken", "--json", "finer.json"]) == 0
    assert execute(["snn", "eval", str(network), "spoken", "--dt", "2", "--json", "both.json"]) == 0

    (alone,) = json.loads(Path("finer.json").read_text())["accuracies"]
    own, mapped = json.loads(Path("both.json").read_text())["accuracies"]
    assert {**alone, "method": "integral"} == mapped
    assert (own["dt_us"], mapped["dt_us"]) == (8000, 2000)
    assert network_file.load(Path(finer)).record["adapted"] == {
        "from_dt_us": 8000,
        "method": "integral",
        "sha256": network_file.load(network).sha256,
    }
    assert "Told right, of 20 recordings" in capsys.readouterr().out


def test_a_speaker_who_is_held_out_is_not_learned_from(network: Path) -> None:
    del network
    arguments = ["--hold-out", "ann", "--out", "ann.snn.npz", "--json", "ann.json"]
    assert execute(["snn", "train", "spoken", *SHORT, *arguments]) == 0
    assert (
        execute(["snn", "eval", "ann.snn.npz", "spoken", "--only", "ann", "--json", "e.json"]) == 0
    )

    assert json.loads(Path("ann.json").read_text())["training"]["num_recordings"] == 16
    (found,) = json.loads(Path("e.json").read_text())["accuracies"]
    assert found["num_recordings"] == 16


def test_an_interrupted_training_says_how_to_go_on(
    network: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    del network

    def interrupted(*arguments: object, **options: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(training, "train", interrupted)

    assert execute(["snn", "train", "spoken", *SHORT, "--seed", "2"]) == INTERRUPTED
    assert "Run the same command to go on" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["train", "nowhere"], "nowhere: there is no such file or folder"),
        (["train", "spoken", "--dt", "0.00001"], "--dt: 1e-05 ms is no whole number"),
        (["adapt", "{network}", "--dt", "inf"], "--dt: inf ms is no whole number"),
        (["train", "spoken", "--hidden", "8,x"], "--hidden: '8,x' is no list of numbers"),
        (
            ["train", "spoken", "--neuron", "izh", "--batch-size", "8"],
            "no neuron called 'izh'; there are: lif, adlif",
        ),
        (["train", "spoken", "--out", "a.npz"], "networks are files called *.snn.npz"),
        (["train", "spoken", "--hold-out", "eve"], "no group called 'eve'; there are: ann, bob"),
        (["train", "spoken"], "12 recordings are fewer than a batch of 64"),
        (["adapt", "none.snn.npz", "--dt", "1"], "none.snn.npz: no such file"),
        (["adapt", "{network}", "--dt", "1", "--method", "zoh"], "no mapping called 'zoh'"),
        (["adapt", "{network}", "--dt", "90000"], "must lie between 1/1000 and 1000"),
        (["eval", "{network}", "spoken", "--split", "dev"], "no split called 'dev'"),
    ],
)
def test_mistakes_are_one_line_and_exit_code_2(
    network: Path, capsys: pytest.CaptureFixture[str], arguments: list[str], message: str
) -> None:
    capsys.readouterr()

    assert execute(["snn", *(one.format(network=network) for one in arguments)]) == 2

    said = capsys.readouterr().err
    assert message in said
    assert said.count("\n") == 1
