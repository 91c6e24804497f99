# SPDX-License-Identifier: Apache-2.0
"""Detectors of several users in the loop: on the twin, on a board, and learning on both."""

import json
import shutil
from dataclasses import replace
from pathlib import Path

import pytest

from channels.scenario import load
from host.catalog import installed_catalog
from host.errors import ExperimentError
from host.experiment import Experiment, anchored, to_toml
from host.learners import DetectorLearnerTable
from host.measurement import measure
from host.record import Record
from host.trial import Trial, expand
from receivers import catalog
from receivers.joined import joined, shape_of
from receivers.mimo.deep.trained import fresh_copy
from receivers.mimo.deep.weights_file import shipped
from receivers.mimo.integer.deployment import Workshop
from tests.host.built_firmware import built
from tests.host.learning_campaign import ignore, interrupted, whole

SCENARIO = """
schema = 1
title = "two users whose learning pilots overlap"
grid = { num_symbols = 14, num_subcarriers = 16 }
antennas = { num_rx_ant = 4, num_tx = 2 }
channel = { kind = "rayleigh", slots_per_drop = 1 }
snr = { kind = "snr_db", values = [8.0] }
impairments = { tx_iq_gain_db = 4.0, tx_iq_phase_rad = 0.4 }  # what a detector can learn

[link]
num_bits_per_symbol = 2

[link.dmrs]
kind = "additional"
symbols = [2, 11]
num_learning = 32
sharing = "cover-code"
learning_sharing = "overlapping"
"""

EXPERIMENT = """
name = "users"
scenarios = ["users.toml"]
receivers = [
    "ls-linear+gnn-sic", "ls-linear+lmmse", "ls-linear+lora-unfolded", "ls-linear+k-best",
]
devices = ["host", "twin", "native"]
metrics = ["ber"]
coded = false
[learners.keen]
receiver = "ls-linear+gnn-sic"
minibatch_slots = 8
num_steps = 4
[learners.channel]
receiver = "ls-linear+lora-unfolded"
trained = "channel-factors"
learning_rate = 0.01
minibatch_slots = 8
num_steps = 4
[stop]
min_slots = 96
max_slots = 96
block_size = 16
"""

ON_DEVICES = ("ls-linear+gnn-sic", "ls-linear+lmmse", "ls-linear+lora-unfolded")
LEARNERS = ("keen", "channel")


def trials(folder: Path, *, text: str = EXPERIMENT, scenario: str = SCENARIO) -> tuple[Trial, ...]:
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "users.toml").write_text(scenario)
    file = folder / "users-experiment.toml"
    file.write_text(text)
    expanded = expand(Experiment.load(file), file=file, catalog=installed_catalog())
    return tuple(replace(t, unfinished=folder / "unfinished" / t.trial_id) for t in expanded)


@pytest.fixture(scope="module")
def records(tmp_path_factory: pytest.TempPathFactory) -> dict[tuple[str, str], Record]:
    """Return the records of the experiment by receiver and device."""
    built("native")
    folder: Path = tmp_path_factory.mktemp("users")
    done = (whole(trial) for trial in trials(folder))
    return {(record.cell.receiver, record.cell.device): record for record in done}


def _errors(record: Record) -> int:
    errors = record.metrics["ber"].errors  # type: ignore[index]  # its values are texts
    assert errors is not None
    return errors


def test_detectors_that_devices_have_run_there_and_others_do_not(
    records: dict[tuple[str, str], Record],
) -> None:
    everywhere = {
        (receiver, device)
        for receiver in (*ON_DEVICES, *LEARNERS)
        for device in ("host", "twin", "native")
    }
    assert set(records) == everywhere | {("ls-linear+k-best", "host")}


@pytest.mark.parametrize("receiver", [*ON_DEVICES, *LEARNERS])
def test_a_board_is_its_twin_at_every_slot(
    records: dict[tuple[str, str], Record], receiver: str
) -> None:
    twin, board = (records[receiver, device] for device in ("twin", "native"))

    assert board.hardware is not None
    agreement = board.hardware.agreement
    assert agreement is not None
    assert agreement.num_slots == 96
    num_data_elements = 14 * 16 - 2 * 16 - 32
    assert agreement.num_values == 96 * num_data_elements * 2 * 2
    assert agreement.num_unequal == 0
    if receiver not in LEARNERS:  # whose patches arrive later on a board
        assert board.provenance.merkle_root == twin.provenance.merkle_root


@pytest.mark.parametrize("receiver", ON_DEVICES)
def test_integers_err_about_as_often_as_floats(
    records: dict[tuple[str, str], Record], receiver: str
) -> None:
    floats, integers = (_errors(records[receiver, device]) for device in ("host", "twin"))

    assert floats > 100
    assert integers == pytest.approx(floats, rel=0.1)


def test_a_slot_costs_all_its_runs(records: dict[tuple[str, str], Record]) -> None:
    """160 data elements are eight runs of twenty."""
    board = records["ls-linear+lmmse", "native"]

    assert board.cost is not None
    element_bytes, llr_bytes = 4 * 4 * (1 + 2) + 4, 2 * 2
    assert board.cost.link_bytes_per_slot == 160 * (element_bytes + llr_bytes)
    macs = 4 * 4 * 2 * (2 + 3) // 2
    assert board.cost.macs_per_slot == 160 * macs
    (operator,) = board.cost.operators
    assert operator.name == "detector"
    assert operator.macs == 160 * macs


def test_what_is_learned_travels_as_patches(records: dict[tuple[str, str], Record]) -> None:
    on_host, twin, board = (
        records["keen", device].learning for device in ("host", "twin", "native")
    )
    assert on_host is not None
    assert twin is not None
    assert board is not None

    assert on_host.num_updates >= 3
    assert on_host.update_bytes is None
    assert twin.update_bytes is not None
    assert len(twin.update_bytes) == twin.num_updates == on_host.num_updates
    assert all(0 < size < 4096 for size in twin.update_bytes)
    assert board.model_copy(update={"update_slots": None}) == twin


def test_factors_of_a_channel_are_a_small_patch(
    tmp_path: Path, records: dict[tuple[str, str], Record]
) -> None:
    twin, board = (records["channel", device].learning for device in ("twin", "native"))
    parts = joined("ls-linear+lora-unfolded")
    assert parts is not None
    (tmp_path / "users.toml").write_text(SCENARIO)
    scenario = load(tmp_path / "users.toml")
    workshop = Workshop(parts.detector, scenario, catalog.estimator(parts, scenario))
    network = fresh_copy(parts.detector, shape_of(scenario).modulation)
    image_bytes = len(workshop.deployed(network).image.data)

    assert twin is not None
    assert board is not None
    assert twin.update_bytes is not None
    assert twin.update_bytes == board.update_bytes
    assert len(twin.update_bytes) >= 3
    assert 10 * max(twin.update_bytes) < image_bytes


def test_an_interrupted_learner_on_a_board_goes_on_where_it_was(
    tmp_path: Path, records: dict[tuple[str, str], Record]
) -> None:
    found = trials(tmp_path)
    trial = next(t for t in found if (t.cell.receiver, t.cell.device) == ("keen", "native"))
    assert trial.unfinished is not None
    trial.unfinished.parent.mkdir()

    interrupted(trial, at=40)
    resumed = measure(trial, ignore)

    assert resumed.run.num_sittings == 2
    assert resumed.without_run() == records["keen", "native"].without_run()


def test_a_record_of_a_detector_that_learns_reads_back(
    records: dict[tuple[str, str], Record],
) -> None:
    record = records["keen", "twin"]

    assert Record.model_validate_json(record.model_dump_json()) == record
    assert record.provenance.weights_hash == (
        records["ls-linear+gnn-sic", "host"].provenance.weights_hash
    )


def test_an_experiment_with_a_detector_that_learns_is_written_as_it_reads() -> None:
    experiment = Experiment.parse(EXPERIMENT, file="users.toml")

    assert Experiment.parse(to_toml(experiment), file="users.toml") == experiment


@pytest.mark.parametrize(
    ("table", "problem"),
    [
        (
            'receiver = "ls-linear+k-best"',
            "is no detector that learns; there are: ls-linear+filtered",
        ),
        ('receiver = "perfect-csi+gnn-sic"', "is no detector that learns"),
        ('receiver = "neural-s"', "is no detector that learns"),
        (
            'receiver = "lmmse+gnn-sic"\ntrained = "channel-factors"',
            "gnn-sic has no channel factors",
        ),
        ('receiver = "lmmse+gnn-sic"\ngate = "open"', "learners.keen.gate: there is no such key"),
    ],
)
def test_a_mistake_in_the_table_is_told_in_words(tmp_path: Path, table: str, problem: str) -> None:
    text = f'name = "users"\nscenarios = ["users.toml"]\n[learners.keen]\n{table}\n'

    with pytest.raises(ExperimentError) as caught:
        trials(tmp_path, text=text)

    assert problem in str(caught.value)
    assert "learners.keen" in str(caught.value)


@pytest.mark.parametrize(
    ("old", "new", "problem"),
    [
        ('"overlapping"', '"comb"', 'set link.dmrs.learning_sharing = "overlapping"'),
        ('"additional"', '"standard"', 'its link.dmrs.kind is "standard"'),
        ("num_bits_per_symbol = 2", "num_bits_per_symbol = 6", "has no weights for 64qam"),
    ],
)
def test_a_scenario_that_cannot_teach_it_is_refused(
    tmp_path: Path, old: str, new: str, problem: str
) -> None:
    scenario = SCENARIO.replace(old, new)
    if "standard" in new:
        scenario = scenario.replace("num_learning = 32\n", "").replace(
            'learning_sharing = "overlapping"\n', ""
        )
    text = json.dumps("ls-linear+gnn-sic")
    text = f'name = "users"\nscenarios = ["users.toml"]\n[learners.keen]\nreceiver = {text}\n'

    with pytest.raises(ExperimentError) as caught:
        trials(tmp_path, text=text, scenario=scenario)

    assert problem in str(caught.value)


@pytest.fixture(scope="module")
def of_ones_own(tmp_path_factory: pytest.TempPathFactory) -> dict[tuple[str, str], Record]:
    """Return the records with a copy of shipped weights in place of these."""
    folder = tmp_path_factory.mktemp("own")
    (folder / "tuned").mkdir()
    shutil.copy(shipped("gnn-sic")["qpsk"], folder / "tuned" / "mine.npz")
    text = EXPERIMENT.replace("gnn-sic", "tuned/mine.npz").replace(', "native"', "")
    done = (whole(trial) for trial in trials(folder, text=text))
    return {(record.cell.receiver, record.cell.device): record for record in done}


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


@pytest.mark.parametrize(
    ("name", "problem"),
    [
        ("ls-linear+nowhere.npz", "nowhere.npz: "),
        ("ls-linear+gnn-sic.npz", "another receiver is called 'ls-linear+gnn-sic' already"),
    ],
)
def test_a_file_that_is_no_detector_is_refused(tmp_path: Path, name: str, problem: str) -> None:
    shutil.copy(shipped("gnn-sic")["qpsk"], tmp_path / "gnn-sic.npz")
    text = f'name = "users"\nscenarios = ["users.toml"]\nreceivers = ["{name}"]\n'

    with pytest.raises(ExperimentError) as caught:
        trials(tmp_path, text=text)

    assert "receivers.0" in str(caught.value)
    assert problem in str(caught.value)
