# SPDX-License-Identifier: Apache-2.0
"""Experiment files of spiking networks: what they say, and what is wrong with them."""

from dataclasses import replace
from pathlib import Path

import pytest

from host.errors import ExperimentError
from host.experiment_table import SPIKING, kind_of
from host.spiking import recordings
from host.spiking.experiment import SpikingExperiment
from host.spiking.trial import Source, at_ports, expand
from snn.adaptation.methods import Method
from tests.host.spiking.spoken import EXPERIMENT

SOURCE = Source(
    path=Path("spoken"),
    cache=Path("cache"),
    data_hash="d" * 64,
    boards={"native": "a" * 64, "microbit": "b" * 64},
)
FILE = "tones.toml"
DEVICES = "[deployment]\n"
ON_NATIVE = EXPERIMENT + DEVICES + 'boards = ["native"]\n'


def _read(text: str) -> SpikingExperiment:
    return SpikingExperiment.parse(text, file="tones.toml")


def test_time_steps_are_whole_microseconds() -> None:
    read = _read(EXPERIMENT.replace("[4.0, 8.0]", "[0.25, 8.0]"))

    assert read.run_dt_us == (250, 8000)
    assert read.methods == (Method.INTEGRAL, Method.TAU)


def test_every_combination_is_one_trial_with_a_name_of_its_own() -> None:
    text = EXPERIMENT.replace(
        "seeds = [1, 2]",
        'seeds = [1, 2]\nneurons = ["lif", "adlif"]\nrecurrent = [false, true]',
    ).replace("[8.0]", "[4.0, 8.0]")

    trials = expand(_read(text), SOURCE, file=FILE)

    assert len(trials) == len({trial.trial_id for trial in trials}) == 16
    assert [trial.cell.seed for trial in trials[:3]] == [1, 2, 1]
    assert {trial.training.dt_us for trial in trials} == {4000, 8000}
    assert {trial.training.hidden for trial in trials} == {(8,)}


def test_each_group_that_is_held_out_has_trials_of_its_own() -> None:
    trials = expand(
        _read(EXPERIMENT.replace('path = "spoken"', 'path = "spoken"\nheld_out = ["ann", "bob"]')),
        SOURCE,
        file=FILE,
    )

    assert [trial.cell.held_out for trial in trials] == ["ann", "ann", "bob", "bob"]


def test_other_recordings_make_other_trials() -> None:
    other = Source(path=SOURCE.path, cache=SOURCE.cache, data_hash="e" * 64)
    experiment = _read(EXPERIMENT)

    first, second = expand(experiment, SOURCE, file=FILE), expand(experiment, other, file=FILE)

    assert not {one.trial_id for one in first} & {one.trial_id for one in second}


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ('set = "fsdd"', 'set = "mnist"', r"tones\.toml: data\.set: no data set 'mnist'; there"),
        ("seeds = [1, 2]", "seeds = [1, 1]", r"seeds: 1 stands there twice"),
        ("seeds = [1, 2]", 'neurons = ["izh"]', r"neurons: no neuron 'izh'; there are: lif, adlif"),
        ("[4.0, 8.0]", "[0.0001]", r"run_dt_ms: 0\.0001 ms is no whole number of microseconds"),
        ("[4.0, 8.0]", "[]", r"run_dt_ms: this list is empty"),
        ("[4.0, 8.0]", "[-4.0]", r"run_dt_ms\.0: Input should be greater than 0"),
        ('"tau"]', '"zoh"]', r"methods\.1: Input should be 'none', .* 'integral'"),
        ("num_epochs = 3", "epochs = 3", r"training\.epochs: there is no such key; there are: hid"),
        ('path = "spoken"', "", r"data\.path: this key is required"),
        ('set = "fsdd"', 'set = "iq-modulation"', r"data\.path: iq-modulation is generated, not r"),
        ("[training]", "[training", r"tones\.toml: this is no TOML"),
        ("[training]", DEVICES + "weight_bits = [5]\n[training]", r"weight_bits\.0: Input should"),
        ("[training]", DEVICES + "bits = [8]\n[training]", r"deployment\.bits: there is no such"),
    ],
)
def test_mistakes_are_named_with_their_place(old: str, new: str, message: str) -> None:
    assert old in EXPERIMENT
    with pytest.raises(ExperimentError, match=message):
        _read(EXPERIMENT.replace(old, new))


def test_the_place_of_the_data_may_hold_variables(monkeypatch: pytest.MonkeyPatch) -> None:
    read = _read(EXPERIMENT.replace('"spoken"', '"$SOMEWHERE_ELSE/spoken"'))
    monkeypatch.delenv("SOMEWHERE_ELSE", raising=False)

    with pytest.raises(ExperimentError, match=r"\$SOMEWHERE_ELSE/spoken: this variable of the"):
        read.data_path(folder=Path("/here"), file="tones.toml")
    monkeypatch.setenv("SOMEWHERE_ELSE", "/there")
    assert read.data_path(folder=Path("/here"), file="") == Path("/there/spoken")


def test_a_relative_path_of_the_data_is_kept_as_an_absolute_one(tmp_path: Path) -> None:
    read = _read(EXPERIMENT)

    kept = _read(read.anchored(EXPERIMENT, folder=tmp_path))

    assert kept.data.path == str(tmp_path / "spoken")
    assert kept.model_copy(update={"data": read.data}) == read


def test_a_set_that_is_generated_has_no_path() -> None:
    text = EXPERIMENT.replace('set = "fsdd"\npath = "spoken"', 'set = "iq-modulation"')

    read = _read(text)

    assert read.anchored(text, folder=Path("/here")) == text
    assert {trial.training.time_scale for trial in expand(read, SOURCE, file=FILE)} == {1e-3}
    found = recordings.load(read.data, read.data_path(folder=Path("/here"), file=""), cache=Path())
    assert [len(one) for one in found if one is not None] == [1800, 600]


@pytest.mark.parametrize("path", ["fsdd", "train"])
def test_a_path_that_is_also_another_value_is_kept_alone(tmp_path: Path, path: str) -> None:
    text = EXPERIMENT.replace('path = "spoken"', f'path = "{path}"\ntrain = "train"')
    read = _read(text)

    kept = _read(read.anchored(text, folder=tmp_path))

    assert kept.data.path == str(tmp_path / path)
    assert (kept.data.set, kept.data.train) == ("fsdd", "train")


@pytest.mark.parametrize(
    ("groups", "message"),
    [('["ann", "ann"]', "ann stands there twice"), ('[""]', "at least 1 character")],
)
def test_groups_are_named_once_and_not_empty(groups: str, message: str) -> None:
    text = EXPERIMENT.replace('path = "spoken"', f'path = "spoken"\nheld_out = {groups}')

    with pytest.raises(ExperimentError, match=message):
        _read(text)


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("num_epochs = 3", "num_epochs = 4"),
        ("[4.0, 8.0]", "[2.0, 8.0]"),
        ('"integral", "tau"', '"integral"'),
        ('path = "spoken"', 'path = "spoken"\ntest = "all"'),
    ],
)
def test_whatever_changes_a_result_changes_the_names_of_trials(old: str, new: str) -> None:
    assert old in EXPERIMENT
    first, second = (
        expand(_read(EXPERIMENT), SOURCE, file=FILE),
        expand(_read(EXPERIMENT.replace(old, new)), SOURCE, file=FILE),
    )

    assert not {one.trial_id for one in first} & {one.trial_id for one in second}


@pytest.mark.parametrize(
    "text",
    [EXPERIMENT, ON_NATIVE.replace("native", "microbit"), ON_NATIVE + "num_recordings = 7\n"],
)
def test_devices_are_part_of_a_trials_name(text: str) -> None:
    (first, *_), (second, *_) = (
        expand(_read(ON_NATIVE), SOURCE, file=FILE),
        expand(_read(text), SOURCE, file=FILE),
    )

    assert first.trial_id != second.trial_id


def test_a_board_that_does_not_exist_is_named_with_those_that_do() -> None:
    read = _read(ON_NATIVE.replace('"native"', '"native", "m4"'))

    with pytest.raises(ExperimentError, match=r"tones\.toml: deployment\.boards\.1: no board call"):
        expand(read, SOURCE, file=FILE)


def test_a_board_that_changed_makes_another_trial_and_its_port_does_not() -> None:
    changed = replace(SOURCE, boards={**SOURCE.boards, "native": "c" * 64})
    trials = expand(_read(ON_NATIVE), SOURCE, file=FILE)

    (other, *_) = expand(_read(ON_NATIVE), changed, file=FILE)
    (moved, *_) = at_ports(trials, {"native": "/dev/ttyACM0"})

    assert trials[0].trial_id == moved.trial_id != other.trial_id
    assert moved.ports == {"native": "/dev/ttyACM0"}
    assert moved.resources == {"cpu": 1, "board:native": 1}


def test_experiments_of_links_are_not_taken_for_spiking_ones() -> None:
    assert kind_of(EXPERIMENT, file=FILE) == SPIKING
    assert kind_of('name = "demo"', file=FILE) == ""
    assert kind_of("no TOML [", file=FILE) == ""


def test_a_kind_that_is_not_known_is_told_with_those_that_are() -> None:
    with pytest.raises(ExperimentError, match=r"kind: no kind 'x'; there are: detection, spiking"):
        kind_of('kind = "x"', file=FILE)
