# SPDX-License-Identifier: Apache-2.0
"""One's own weights in an experiment: named by file, found before the first trial, hashed."""

from collections.abc import Callable
from pathlib import Path

import pytest

from host.errors import ExperimentError
from host.experiment import Experiment
from host.trial import Trial, expand
from receivers.neural.weights_file import read
from tests.host.fake_campaign import SCENARIO, catalog, experiment
from tests.receivers.untrained import save_untrained


@pytest.fixture
def file(tmp_path: Path) -> Path:
    (tmp_path / "quiet.toml").write_text(SCENARIO)
    save_untrained(tmp_path / "tuned" / "mine.npz", num_rx_ant=1)
    return tmp_path / "fake.toml"


def expanded(file: Path, *receivers: str) -> tuple[Trial, ...]:
    changed = experiment(1).model_dump() | {"receivers": receivers}
    return expand(Experiment.model_validate(changed), file=file, catalog=catalog(file.parent))


def complaint_of(file: Path, *receivers: str) -> str:
    with pytest.raises(ExperimentError) as caught:
        expanded(file, *receivers)
    assert "\n" not in str(caught.value)
    return str(caught.value)


def test_a_file_of_weights_is_a_receiver_by_its_stem_on_every_device(file: Path) -> None:
    trials = expanded(file, "ls", "tuned/mine.npz")

    own = [trial for trial in trials if trial.network]
    assert {trial.cell.receiver for trial in own} == {"mine"}
    assert {trial.cell.device for trial in own} == {"host", "emulated"}
    assert {trial.network.path for trial in own if trial.network} == {
        file.parent / "tuned" / "mine.npz"
    }


def test_the_content_of_the_weights_names_the_trial_and_their_folder_does_not(file: Path) -> None:
    path, moved = file.parent / "tuned" / "mine.npz", file.parent / "mine.npz"
    before = expanded(file, "tuned/mine.npz")
    path.rename(moved)
    elsewhere = expanded(file, "mine.npz")
    save_untrained(moved, num_rx_ant=1, seed=2)
    after = expanded(file, "mine.npz")

    assert [t.trial_id for t in elsewhere] == [t.trial_id for t in before]
    assert [t.experiment_hash for t in elsewhere] == [t.experiment_hash for t in before]
    assert not {t.trial_id for t in after} & {t.trial_id for t in before}
    assert {t.weights_hash for t in after} == {read(moved).sha256}


def test_two_files_of_one_name_are_refused(file: Path) -> None:
    save_untrained(file.parent / "mine.npz", num_rx_ant=1)

    line = complaint_of(file, "tuned/mine.npz", "mine.npz")

    assert line == (
        f"{file}: receivers.1: mine.npz: another receiver is called 'mine' already; rename the file"
    )


def test_a_file_that_is_called_like_a_receiver_is_refused(file: Path) -> None:
    save_untrained(file.parent / "ls.npz", num_rx_ant=1)

    assert "another receiver is called 'ls' already" in complaint_of(file, "ls.npz")


@pytest.mark.parametrize(
    ("damage", "complaint"),
    [
        pytest.param(lambda p: p.unlink(), "no such file. Train it", id="missing"),
        pytest.param(lambda p: p.write_text("words"), "not a weights file", id="text"),
        pytest.param(lambda p: p.write_bytes(p.read_bytes()[:999]), "not a weights", id="cut"),
        pytest.param(
            lambda p: save_untrained(p, num_rx_ant=4),
            "mine cannot work in scenario quiet: its weights are for "
            "(receive antennas, users, bits per symbol) = (4, 1, 2), the scenario has (1, 1, 2)",
            id="other antennas",
        ),
    ],
)
def test_weights_that_cannot_run_are_found_before_the_first_trial(
    file: Path, damage: Callable[[Path], object], complaint: str
) -> None:
    damage(file.parent / "tuned" / "mine.npz")

    line = complaint_of(file, "ls", "tuned/mine.npz")

    assert line.startswith(f"{file}: receivers.1: ")
    assert complaint in line
