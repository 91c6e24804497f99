# SPDX-License-Identifier: Apache-2.0
"""What a trial of detectors counts: against hand counts, and on the same elements for all."""

import itertools
from pathlib import Path

import numpy as np
import pytest
import torch

from host.detection import measuring
from host.detection.conditions import RayleighSource
from host.detection.counting import counted
from host.detection.measuring import block_of, cluster_of, measure
from host.detection.record import DetectionRecord
from host.detection.trial import DetectionTrial
from host.executor import Progress
from receivers.mimo.deep.learning import LearningSettings, learn
from receivers.mimo.detector import Beliefs, Detector
from sim.mimo.problem import Block, Sent
from sim.modulation import Modulation
from tests.host.detection.small_study import EXPERIMENT, changed, trials

SCENARIO = EXPERIMENT.replace('"synthetic-decay"', '"scenario"\nname = "uplink-2x4"').replace(
    "num_tx = [2]\n", ""
)


def silent(progress: Progress) -> None:
    del progress


def test_errors_and_surprise_are_those_of_a_hand_count() -> None:
    # One user of QPSK; labels are the bits 00, 01, 10, 11.
    logits = torch.tensor([[[3.0, 0.0, 0.0, 0.0]], [[0.0, 0.0, 0.0, 2.0]]])
    labels = torch.tensor([[0], [1]])
    sent = Sent(
        labels=labels,
        bits=Modulation.QPSK.label_bits[labels],
        h=torch.ones(2, 1, 1, dtype=torch.complex64),
    )

    found = counted(Beliefs(modulation=Modulation.QPSK, logits=logits), sent)

    assert (found.num_symbols, found.symbol_errors) == (2, 1)
    assert (found.num_bits, found.bit_errors) == (4, 1)
    by_hand = np.log(np.exp(3.0) + 3.0) - 3.0 + np.log(3.0 + np.exp(2.0))
    assert found.lost == pytest.approx(by_hand, rel=1e-6)


def test_a_trial_of_map_is_an_enumeration_of_its_blocks() -> None:
    (trial, _) = trials(detector="map")

    record = measure(trial, silent)

    for kept in record.blocks:
        block = block_of(trial, kept.block)
        y, h = (x.numpy().astype(complex)[20:] for x in (block.problem.y, block.problem.h))
        labels = block.sent.labels.numpy()[20:]
        wrong, lost = enumerated(y, h, labels, no=10.0 ** (-trial.cell.snr_db / 10.0))
        assert kept.data.num_symbols == 80
        assert kept.data.symbol_errors == kept.data.bit_errors == wrong
        assert kept.data.lost == pytest.approx(lost, rel=1e-4)
    assert record.data.ser.errors == sum(kept.data.symbol_errors for kept in record.blocks) > 0
    assert record.data.ser.n == 240
    assert record.pilots is None
    assert record.gap is None


def enumerated(y: np.ndarray, h: np.ndarray, labels: np.ndarray, *, no: float) -> tuple[int, float]:
    """Return wrong symbols and cross-entropy of two users of BPSK, element by element."""
    vectors = np.array(list(itertools.product((0, 1), repeat=2)))
    points = (1 - 2 * vectors) * (1 + 1j) / np.sqrt(2)
    wrong, lost = 0, 0.0
    for received, channel, sent in zip(y, h, labels, strict=True):
        metric = np.exp(-(np.abs(received - points @ channel.T) ** 2).sum(1) / no)
        for user in range(2):
            p = metric[vectors[:, user] == sent[user]].sum() / metric.sum()
            wrong += p < 0.5
            lost -= np.log(p)
    return wrong, lost


def test_data_are_the_same_for_all_detectors_and_numbers_of_pilots() -> None:
    first = block_of(trials()[0], 10)

    for trial in trials():
        if trial.cell.snr_db == trials()[0].cell.snr_db:
            other = block_of(trial, 10)
            assert trial.cell.pilot_part == 20
            assert torch.equal(other.problem.y, first.problem.y)
            assert torch.equal(other.sent.labels, first.sent.labels)


def test_whoever_learns_sees_the_first_pilots_and_is_judged_on_them_and_behind_all(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    trial = trials(detector="fitted-lmmse")[0]
    shown: list[Block] = []

    def seen(name: str, pilots: Block, settings: LearningSettings) -> Detector:
        shown.append(pilots)
        return learn(name, pilots, settings)

    monkeypatch.setattr(measuring, "learn", seen)
    record = measure(trial, silent)

    whole = block_of(trial, 0)
    assert trial.cell.num_pilots == 8
    assert torch.equal(shown[0].problem.y, whole.problem.y[:8])
    assert [block.pilots.num_symbols for block in record.blocks if block.pilots] == [16] * 3
    assert record.gap is not None
    by_hand = [
        block.data.lost / 80 - block.pilots.lost / 16 for block in record.blocks if block.pilots
    ]
    assert record.gap.value == pytest.approx(np.mean(by_hand))


def test_a_trial_says_the_same_whenever_it_runs() -> None:
    trial = trials(detector="deep-sic")[0]

    first, second = measure(trial, silent), measure(trial, silent)

    assert first.without_run() == second.without_run()
    assert first.num_parameters > 100
    assert first.run.learning_cpu_s > 0.0


def test_seeds_draw_other_blocks_of_the_same_channel() -> None:
    trial = trials()[0]
    one, other = block_of(trial, 10), block_of(changed(trial, seed=2), 10)

    assert torch.equal(one.problem.h, other.problem.h)
    assert not torch.equal(one.sent.labels, other.sent.labels)


def test_blocks_that_share_a_channel_are_one_cluster() -> None:
    trial = trials()[0]
    fading = changed(trial, source=RayleighSource(kind="rayleigh"))

    assert cluster_of(trial, 7) == cluster_of(changed(trial, seed=2), 7) != cluster_of(trial, 8)
    assert cluster_of(fading, 7) != cluster_of(changed(fading, seed=2), 7)


@pytest.mark.parametrize(
    ("slots_per_drop", "runs"),
    [
        pytest.param(0, [0, 0, 0, 0, 0, 0], id="one drop for ever"),
        pytest.param(1, [0, 1, 2, 3, 4, 5], id="a drop a slot, two slots a block"),
        pytest.param(4, [0, 0, 1, 1, 2, 2], id="two blocks a drop"),
        pytest.param(3, [0, 0, 0, 1, 1, 1], id="three blocks and two drops end together"),
    ],
)
def test_blocks_of_a_scenario_are_clustered_by_the_drops_they_share(
    slots_per_drop: int, runs: list[int]
) -> None:
    trial = trials(SCENARIO)[0]
    assert trial.scenario is not None
    channel = trial.scenario.channel.model_copy(update={"slots_per_drop": slots_per_drop})
    scenario = trial.scenario.model_copy(update={"channel": channel})
    two_slots = 2 * scenario.grid.num_resource_elements - trial.cell.pilot_part
    trial = changed(trial, num_data=two_slots)
    trial = DetectionTrial(
        trial_id="", cell=trial.cell, scenario=scenario, experiment="", anchor="map"
    )

    names = [cluster_of(trial, block) for block in range(6)]

    numbers = list(dict.fromkeys(names))
    assert [numbers.index(name) for name in names] == runs


def test_a_scenario_is_detected_too() -> None:
    trial = changed(trials(SCENARIO, detector="map")[0], blocks=(0,))

    assert measure(trial, silent).data.ser.n == 80


class Stopped(Exception):
    """Somebody pressed Ctrl-C."""


@pytest.mark.parametrize("detector", ["map", "deep-sic"])
def test_a_trial_that_was_stopped_goes_on_behind_its_last_block(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, detector: str
) -> None:
    trial = trials(detector=detector)[0].kept_in(tmp_path)

    def stop(progress: Progress) -> None:
        if progress.num_done == 2:
            raise Stopped

    with pytest.raises(Stopped):
        measure(trial, stop)
    drawn: list[int] = []

    def noted(trial: DetectionTrial, block: int) -> Block:
        drawn.append(block)
        return block_of(trial, block)

    monkeypatch.setattr(measuring, "block_of", noted)
    resumed: DetectionRecord = measure(trial, silent)

    assert drawn == [20]
    monkeypatch.undo()
    assert resumed.without_run() == measure(trials(detector=detector)[0], silent).without_run()


@pytest.mark.parametrize("content", ["", "{", '{"trial_id": "x"}'])
def test_a_damaged_state_is_left_aside(tmp_path: Path, content: str) -> None:
    trial = trials(detector="map")[0].kept_in(tmp_path)
    (tmp_path / f"{trial.trial_id}.state").write_text(content)

    assert len(measure(trial, silent).blocks) == 3
