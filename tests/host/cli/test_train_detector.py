# SPDX-License-Identifier: Apache-2.0
"""`airloop train-detector`: weights that detect, a training that goes on, mistakes in one line."""

import json
from pathlib import Path

import pytest

from channels import scenario
from host.cli.app import INTERRUPTED, USER_ERROR, execute
from receivers.mimo.deep import beforehand
from receivers.mimo.deep.network import Deep
from receivers.mimo.deep.weights import load
from sim.mimo import mixture
from sim.mimo.mixture import MixtureSettings
from sim.mimo.problem import Block
from tests.receivers.mimo.drawn import rayleigh

SHORT = ("--steps", "3", "--batch-size", "8", "--num-rx-ant", "4")


@pytest.fixture(autouse=True)
def _elsewhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


def test_it_writes_weights_that_detect_and_records_how(capsys: pytest.CaptureFixture[str]) -> None:
    arguments = ["train-detector", "gnn-sic", *SHORT, "--modulation", "16qam", "--json", "-"]
    numbers = ["--num-tx", "2", "--max-num-tx", "3", "--min-num-rx-ant", "2"]

    assert execute([*arguments, *numbers]) == 0

    told = json.loads(capsys.readouterr().out)
    assert told["weights"] == "results/train/gnn-sic-16qam.npz"
    ranges = told["training"]["mixture"]
    assert (ranges["min_num_tx"], ranges["max_num_tx"]) == (2, 3)
    assert (ranges["min_num_rx_ant"], ranges["num_rx_ant"]) == (2, 4)
    weights = load(Path(told["weights"]))
    assert weights.record == told["training"]
    block = rayleigh("16qam", num_rx_ant=4, num_tx=2, snr_db=10.0, num_elements=5)
    assert Deep(weights.network).detect(block.problem).labels.shape == (5, 2)


def test_the_same_command_goes_on_where_an_interrupted_one_was(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    command = ["train-detector", "oamp-net", *SHORT]
    drawn: list[int] = []

    def stopping(settings: MixtureSettings, *, seed: int, batch: int) -> Block:
        drawn.append(batch)
        if drawn == [0, 1]:
            raise KeyboardInterrupt
        return mixture.draw(settings, seed=seed, batch=batch)

    monkeypatch.setattr(beforehand, "draw", stopping)

    assert execute(command) == INTERRUPTED
    told = capsys.readouterr().err
    assert execute(command) == 0

    assert "the training so far is in results/train/oamp-net-qpsk.checkpoint" in told
    assert drawn == [0, 1, 1, 2]


def test_the_scenarios_of_a_training_stand_in_its_record_with_their_content(
    capsys: pytest.CaptureFixture[str],
) -> None:
    arguments = ["--num-tx", "2", "--steps", "2", "--scenario-share", "0.25", "--json", "-"]
    scenarios = ["--num-rx-ant", "4", "-s", "uplink-2x4"]

    assert execute(["train-detector", "oamp-net", *arguments, *scenarios]) == 0

    told = json.loads(capsys.readouterr().out)
    assert told["training"]["mixture"]["scenario_share"] == 0.25
    assert told["training"]["mixture"]["scenarios"] == [
        json.loads(scenario.load("uplink-2x4").model_dump_json())
    ]
    assert load(Path(told["weights"])).record == told["training"]


@pytest.mark.parametrize(
    ("arguments", "expected"),
    [
        (("deep-sic",), "no detector called 'deep-sic'; there are: filtered-unfolded, gnn-sic"),
        (("gnn-sic", "--modulation", "8psk"), "--modulation: no '8psk'; there are: bpsk, qpsk"),
        (("gnn-sic", "--min-snr", "99"), "--min-snr is 99.0 and --max-snr is 10.0; swap or mend"),
        (("gnn-sic", "--max-num-tx", "2"), "--max-num-tx is 2, fewer than --num-tx, 4."),
        (
            ("gnn-sic", "--min-num-rx-ant", "9"),
            "--min-num-rx-ant is 9, more than --num-rx-ant, 8; lower it",
        ),
        (("gnn-sic", "--max-csi-error", "inf"), "--max-csi-error: inf is no number."),
        (("gnn-sic", "--learning-rate", "2"), "--learning-rate: 2.0 is not between 0 and 1"),
        (("gnn-sic", "--max-tx-correlation", "1"), "--max-tx-correlation: 1.0 is not in 0 <= rho"),
        (("gnn-sic", "-s", "uplink"), "no scenario called 'uplink'; there are: awgn, delay-fast"),
        (("gnn-sic", "-s", "uplink-2x4"), "uplink-2x4 has 4 antennas; use --num-rx-ant 4, not 8."),
        (
            ("gnn-sic", "-s", "uplink-4x8", "--num-tx", "6"),
            "--scenario: uplink-4x8 has 4 users, fewer than --num-tx, 6.",
        ),
        (("gnn-sic", "--out", "w.pt"), "--out: w.pt: weights are files called *.npz."),
    ],
    ids=lambda value: value[0] if isinstance(value, tuple) else "",
)
def test_a_mistake_is_one_line(
    arguments: tuple[str, ...], expected: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert execute(["train-detector", *arguments]) == USER_ERROR

    told = capsys.readouterr().err
    assert expected in told
    assert told.count("\n") == 1


def test_a_checkpoint_of_another_training_is_refused(capsys: pytest.CaptureFixture[str]) -> None:
    assert execute(["train-detector", "oamp-net", *SHORT]) == 0

    assert execute(["train-detector", "oamp-net", *SHORT, "--seed", "2"]) == USER_ERROR

    assert "belongs to a training with other settings" in capsys.readouterr().err
