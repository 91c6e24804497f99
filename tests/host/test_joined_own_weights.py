# SPDX-License-Identifier: Apache-2.0
"""Detectors of one's own in experiments: by their file, and by what is in it."""

import shutil
from pathlib import Path

import pytest

from host.experiment import Experiment, anchored
from host.learners import DetectorLearnerTable
from host.record import Record
from receivers.errors import WeightsError
from receivers.mimo.deep.weights_file import shipped
from tests.host.joined_campaign import EXPERIMENT, trials
from tests.host.learning_campaign import whole


def _records(folder: Path, *, weights: str) -> dict[tuple[str, str], Record]:
    (folder / "tuned").mkdir()
    shutil.copy(shipped("gnn-sic")["qpsk"], folder / "tuned" / "mine.npz")
    text = EXPERIMENT.replace("gnn-sic", weights).replace(', "native"', "")
    wanted = ("ls-linear+gnn-sic", "ls-linear+mine", "keen")
    done = (whole(t) for t in trials(folder, text=text) if t.cell.receiver in wanted)
    return {(record.cell.receiver, record.cell.device): record for record in done}


@pytest.fixture(scope="module")
def records(tmp_path_factory: pytest.TempPathFactory) -> dict[tuple[str, str], Record]:
    """Return the records with the weights that ship."""
    return _records(tmp_path_factory.mktemp("users"), weights="gnn-sic")


@pytest.fixture(scope="module")
def of_ones_own(tmp_path_factory: pytest.TempPathFactory) -> dict[tuple[str, str], Record]:
    """Return the records with a copy of these weights in their place."""
    return _records(tmp_path_factory.mktemp("own"), weights="tuned/mine.npz")


@pytest.mark.parametrize("device", ["host", "twin"])
def test_weights_of_ones_own_are_a_receiver_by_their_stem(
    records: dict[tuple[str, str], Record],
    of_ones_own: dict[tuple[str, str], Record],
    device: str,
) -> None:
    found, expected = of_ones_own["ls-linear+mine", device], records["ls-linear+gnn-sic", device]

    assert found.provenance.merkle_root == expected.provenance.merkle_root
    assert found.provenance.weights_hash == expected.provenance.weights_hash


def test_weights_of_ones_own_learn(
    records: dict[tuple[str, str], Record], of_ones_own: dict[tuple[str, str], Record]
) -> None:
    found, expected = of_ones_own["keen", "twin"], records["keen", "twin"]

    assert found.provenance.merkle_root == expected.provenance.merkle_root
    assert isinstance(found.cell.learner, DetectorLearnerTable)
    assert found.cell.learner.receiver == "ls-linear+mine"


def test_paths_of_weights_are_kept_absolute() -> None:
    text = EXPERIMENT.replace("gnn-sic", "mine.npz")

    kept = Experiment.parse(anchored(text, folder=Path("/far"), file="users.toml"), file="")

    assert kept.receivers[0] == "ls-linear+/far/mine.npz"
    learner = kept.learners["keen"]
    assert isinstance(learner, DetectorLearnerTable)
    assert learner.receiver == "ls-linear+/far/mine.npz"


def _copied(folder: Path, kind: str) -> None:
    folder.mkdir(exist_ok=True)
    shutil.copy(shipped(kind)["qpsk"], folder / "mine.npz")


@pytest.mark.parametrize("receiver", ["ls-linear+mine", "keen"])
@pytest.mark.parametrize("device", ["host", "twin"])
def test_weights_that_change_before_their_trial_are_refused(
    tmp_path: Path, receiver: str, device: str
) -> None:
    _copied(tmp_path, "gnn-sic")
    found = trials(tmp_path, text=EXPERIMENT.replace("gnn-sic", "mine.npz"))
    trial = next(t for t in found if (t.cell.receiver, t.cell.device) == (receiver, device))
    _copied(tmp_path, "oamp-net")

    with pytest.raises(WeightsError, match="the file has changed since the run began"):
        whole(trial)


def test_an_experiment_is_known_by_the_content_of_weights_and_not_by_their_place(
    tmp_path: Path,
) -> None:
    text = EXPERIMENT.replace("gnn-sic", "mine.npz").replace(', "twin", "native"', "")
    here, there, other = (tmp_path / name for name in ("here", "there", "other"))
    _copied(here, "gnn-sic")
    _copied(there, "gnn-sic")
    _copied(other, "oamp-net")
    moved = anchored(text, folder=here, file="users.toml").replace(
        str(here / "users.toml"), "users.toml"
    )

    (first, *_), (second, *_), (third, *_) = (
        trials(here, text=text),
        trials(there, text=moved),
        trials(other, text=text),
    )

    assert first.experiment_hash == second.experiment_hash
    assert first.experiment_hash != third.experiment_hash
