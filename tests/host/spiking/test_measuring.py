# SPDX-License-Identifier: Apache-2.0
"""Spiking trials: their records, and that interruptions leave no trace in them."""

from dataclasses import replace
from pathlib import Path

import pytest

from host.errors import HostError
from host.executor import Progress
from host.spiking import recordings
from host.spiking.experiment import SpikingExperiment
from host.spiking.measuring import measure
from host.spiking.record import SpikingRecord
from host.spiking.trial import Source, SpikingTrial, expand
from snn import network_file
from snn.adaptation.methods import Method
from snn.evaluation import evaluate
from tests.host.spiking.spoken import EXPERIMENT, write_experiment, write_spoken

HELD_OUT = EXPERIMENT.replace('path = "spoken"', 'path = "spoken"\nheld_out = ["ann", "bob"]')


def _trials(folder: Path, text: str = EXPERIMENT) -> tuple[SpikingTrial, ...]:
    file = write_experiment(folder, text)
    experiment = SpikingExperiment.parse(text, file=str(file))
    path, cache = experiment.data_path(folder=folder, file=str(file)), folder / "cache"
    found = recordings.digest(*recordings.load(experiment.data, path, cache=cache))
    source = Source(path=path, cache=cache, data_hash=found)
    trials = expand(experiment, source, file=str(file))
    return tuple(trial.kept_in(folder / "results" / "unfinished") for trial in trials)


def _ignore(progress: Progress) -> None:
    del progress


def test_a_record_holds_every_time_step_and_method_once(tmp_path: Path) -> None:
    record = measure(_trials(tmp_path)[0], _ignore)

    assert [(a.dt_us, a.method) for a in record.accuracies] == [
        (8000, Method.NONE),
        (4000, Method.INTEGRAL),
        (4000, Method.TAU),
    ]
    assert all(a.low <= a.share <= a.high for a in record.accuracies)
    assert (record.num_training_recordings, record.accuracies[0].num_recordings) == (12, 20)
    assert SpikingRecord.from_line(record.line(), place="here") == record


def test_the_network_is_kept_and_does_what_the_record_says(tmp_path: Path) -> None:
    trial = _trials(tmp_path)[0]
    record = measure(trial, _ignore)

    name = f"adlif-8ms-seed1-{trial.trial_id[:8]}.snn.npz"
    kept = network_file.load(tmp_path / "results" / "networks" / name)

    _, test = recordings.load(trial.data, trial.data_path, cache=trial.cache)
    assert test is not None
    assert evaluate(kept.network, test).num_right == record.accuracies[0].num_right
    assert kept.record["trial_id"] == trial.trial_id


def test_an_interrupted_trial_ends_with_the_record_of_a_whole_one(tmp_path: Path) -> None:
    text = EXPERIMENT.replace("num_epochs = 3", "num_epochs = 60").replace("[8]", "[4]")
    trial = _trials(tmp_path, text)[0]
    whole = measure(trial.kept_in(tmp_path / "whole" / "unfinished"), _ignore)

    def stop(progress: Progress) -> None:
        if progress.num_done == 33:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        measure(trial, stop)
    seen: list[Progress] = []
    again = measure(trial, seen.append)

    assert seen[0].num_done == 20
    assert again.without_run() == whole.without_run()


def test_a_held_out_speaker_is_all_that_judges(tmp_path: Path) -> None:
    text = HELD_OUT.replace('path = "spoken"', 'path = "spoken"\ntrain = "all"')

    ann, *_ = (measure(trial, _ignore) for trial in _trials(tmp_path, text)[:1])

    assert ann.cell.held_out == "ann"
    assert (ann.num_training_recordings, ann.accuracies[0].num_recordings) == (16, 16)


@pytest.mark.parametrize("text", [EXPERIMENT, HELD_OUT], ids=["split", "held out"])
def test_recordings_that_changed_meanwhile_are_refused(tmp_path: Path, text: str) -> None:
    trial = _trials(tmp_path, text)[0]
    write_spoken(tmp_path / "spoken", num_each=9)

    with pytest.raises(HostError, match="the recordings have changed since the run began"):
        measure(trial, _ignore)


def test_a_split_without_recordings_is_told_before_anything_is_trained(tmp_path: Path) -> None:
    trial = _trials(tmp_path)[0]
    for file in (tmp_path / "spoken").glob("*_[0-4].wav"):
        file.unlink()
    train, test = recordings.load(trial.data, trial.data_path, cache=trial.cache)
    assert test is not None
    assert len(test) == 0
    named = replace(trial, data_hash=recordings.digest(train, test))
    seen: list[Progress] = []

    with pytest.raises(HostError, match="split 'test' has no recordings to judge networks by"):
        measure(named, seen.append)

    assert seen == []
