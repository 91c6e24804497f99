# SPDX-License-Identifier: Apache-2.0
"""Training: it learns what only time tells, and goes on where it was to the last bit."""

from dataclasses import replace
from pathlib import Path

import pytest
import torch

from snn.errors import SpikingError, UnknownNameError
from snn.evaluation import evaluate
from snn.events.event_set import EventSet
from snn.network import SpikingNetwork
from snn.training.settings import Distortions, TrainingSettings
from snn.training.training import CHECKPOINT_STEPS, Progress, train
from tests.snn.recordings import sweeps

SETTINGS = TrainingSettings(
    dt_us=4000,
    hidden=(24,),
    dropout=0.0,
    num_epochs=25,
    batch_size=16,
    learning_rate=0.03,
    distortions=Distortions(
        shift_s=0.004, stretch=0.05, num_shifted_channels=1, num_masked_channels=1
    ),
)


class _StoppedError(Exception):
    """Stands in for whatever ends a process."""


def _trained(
    events: EventSet, checkpoint: Path, settings: TrainingSettings = SETTINGS, *, stop_at: int = -1
) -> SpikingNetwork:
    def watch(progress: Progress) -> None:
        if progress.step == stop_at:
            raise _StoppedError

    return train(events, settings, checkpoint=checkpoint, on_progress=watch)


@pytest.mark.parametrize("is_recurrent", [False, True], ids=["feed-forward", "recurrent"])
@pytest.mark.parametrize("neuron", ["lif", "adlif"])
def test_a_network_learns_what_only_the_order_of_events_tells(
    tmp_path: Path, neuron: str, *, is_recurrent: bool
) -> None:
    settings = replace(SETTINGS, neuron=neuron, is_recurrent=is_recurrent)

    network = _trained(sweeps(160, seed=1), tmp_path / "mine.checkpoint", settings)

    assert evaluate(network, sweeps(100, seed=2)).accuracy > 0.75


def test_an_interrupted_training_ends_with_the_same_bits(tmp_path: Path) -> None:
    events, settings = sweeps(64, seed=1), replace(SETTINGS, num_epochs=12, dropout=0.2)
    whole = _trained(events, tmp_path / "whole.checkpoint", settings)

    for stop_at in (CHECKPOINT_STEPS + 3, 2 * CHECKPOINT_STEPS):
        with pytest.raises(_StoppedError):
            _trained(events, tmp_path / "parts.checkpoint", settings, stop_at=stop_at)
    parts = _trained(events, tmp_path / "parts.checkpoint", settings)

    for name, value in whole.state_dict().items():
        assert torch.equal(value, parts.state_dict()[name]), name


def test_training_leaves_the_randomness_of_others_alone(tmp_path: Path) -> None:
    torch.manual_seed(5)
    expected = torch.rand(3)
    torch.manual_seed(5)

    _trained(sweeps(32, seed=1), tmp_path / "a.checkpoint", replace(SETTINGS, num_epochs=1))

    assert torch.equal(torch.rand(3), expected)


def test_progress_counts_every_step(tmp_path: Path) -> None:
    seen: list[Progress] = []
    settings = replace(SETTINGS, num_epochs=2)

    train(
        sweeps(50, seed=1), settings, checkpoint=tmp_path / "a.checkpoint", on_progress=seen.append
    )

    assert [one.step for one in seen] == list(range(1, 7))  # 3 whole batches an epoch
    assert {one.num_steps for one in seen} == {6}


def test_a_checkpoint_of_another_training_is_refused(tmp_path: Path) -> None:
    settings = replace(SETTINGS, num_epochs=1)
    checkpoint = tmp_path / "a.checkpoint"
    _trained(sweeps(32, seed=1), checkpoint, settings)

    with pytest.raises(SpikingError, match="other settings or recordings"):
        _trained(sweeps(32, seed=1), checkpoint, replace(settings, seed=7))
    with pytest.raises(SpikingError, match="other settings or recordings"):
        _trained(sweeps(32, seed=2), checkpoint, settings)


def test_a_damaged_checkpoint_is_refused(tmp_path: Path) -> None:
    checkpoint = tmp_path / "a.checkpoint"
    checkpoint.write_bytes(b"no checkpoint")

    with pytest.raises(SpikingError, match=r"a\.checkpoint is no checkpoint, or damaged"):
        _trained(sweeps(32, seed=1), checkpoint)


def test_too_few_recordings_and_missing_labels_are_named(tmp_path: Path) -> None:
    events = sweeps(32, seed=1)
    unlabelled = replace(events, labels=events.labels.copy())
    unlabelled.labels[5] = -1

    with pytest.raises(SpikingError, match="8 recordings are fewer than a batch of 16"):
        _trained(sweeps(8, seed=1), tmp_path / "a.checkpoint")
    with pytest.raises(SpikingError, match="recording 5 has no label"):
        _trained(unlabelled, tmp_path / "a.checkpoint")


def test_an_unknown_neuron_is_refused_with_those_that_there_are(tmp_path: Path) -> None:
    with pytest.raises(UnknownNameError, match="no neuron called 'alif'; there are: lif, adlif"):
        _trained(sweeps(32, seed=1), tmp_path / "a.checkpoint", replace(SETTINGS, neuron="alif"))


@pytest.mark.parametrize("neuron", ["lif", "adlif"])
def test_what_happens_four_times_as_fast_is_learned_in_the_same_bits(
    tmp_path: Path, neuron: str
) -> None:
    slow, settings = sweeps(48, seed=1), replace(SETTINGS, num_epochs=4, neuron=neuron)
    fast = replace(slow, times_us=slow.times_us // 4, duration_us=slow.duration_us // 4)
    quicker = replace(settings, dt_us=1000, time_scale=0.25)

    expected = _trained(slow, tmp_path / "slow.checkpoint", settings).state_dict()
    found = _trained(fast, tmp_path / "fast.checkpoint", quicker).state_dict()

    for name, value in expected.items():
        in_seconds = name.rpartition(".")[2].startswith("tau")
        assert torch.equal(found[name], 0.25 * value if in_seconds else value), name
    assert any("tau" in name for name in expected)


def test_recordings_too_short_for_any_neuron_are_refused(tmp_path: Path) -> None:
    events = sweeps(32, seed=1)
    short = replace(events, times_us=events.times_us // 1000, duration_us=100)

    with pytest.raises(SpikingError, match=r"recordings of 0\.1 ms are shorter .* 5 ms\. Lower"):
        _trained(short, tmp_path / "a.checkpoint", replace(SETTINGS, dt_us=4))


def test_a_training_that_diverges_says_so_and_keeps_no_such_checkpoint(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(
        "torch.nn.functional.cross_entropy", lambda scores, *_, **__: scores.sum() * torch.nan
    )

    with pytest.raises(SpikingError, match=r"diverged in step 1: its loss is no number"):
        _trained(sweeps(32, seed=1), tmp_path / "a.checkpoint")

    assert not (tmp_path / "a.checkpoint").exists()
