# SPDX-License-Identifier: Apache-2.0
"""Detectors of several users in the loop: on the twin, on a board, and learning on both."""

from pathlib import Path

import pytest

from channels.scenario import load
from host.experiment import Experiment, to_toml
from host.measurement import measure
from host.record import Record
from receivers import catalog
from receivers.joined import joined, shape_of
from receivers.mimo.deep.trained import fresh_copy
from receivers.mimo.integer.deployment import Workshop
from tests.host.built_firmware import built
from tests.host.joined_campaign import EXPERIMENT, LEARNERS, ON_DEVICES, SCENARIO, trials
from tests.host.learning_campaign import ignore, interrupted, whole


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


@pytest.mark.parametrize("receiver", LEARNERS)
def test_an_interrupted_learner_on_a_board_goes_on_where_it_was(
    tmp_path: Path, records: dict[tuple[str, str], Record], receiver: str
) -> None:
    found = trials(tmp_path)
    trial = next(t for t in found if (t.cell.receiver, t.cell.device) == (receiver, "native"))
    assert trial.unfinished is not None
    trial.unfinished.parent.mkdir()

    interrupted(trial, at=56)
    resumed = measure(trial, ignore)

    assert resumed.run.num_sittings == 2
    assert resumed.without_run() == records[receiver, "native"].without_run()


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


def test_a_slot_of_many_elements_is_one_slot(tmp_path: Path) -> None:
    """More than a host detects at a time, and no whole number of batches in these."""
    scenario = SCENARIO.replace("num_subcarriers = 16", "num_subcarriers = 416")
    text = """
name = "users"
scenarios = ["users.toml"]
receivers = ["ls-linear+lmmse"]
devices = ["native"]
metrics = ["ber"]
coded = false
stop = { min_slots = 8, max_slots = 8, block_size = 8 }
"""
    built("native")
    (trial,) = trials(tmp_path, text=text, scenario=scenario)

    record = whole(trial)

    assert record.hardware is not None
    assert record.hardware.agreement is not None
    assert record.hardware.agreement.num_slots == 8


def test_a_learner_that_has_not_learned_is_its_frozen_network_beyond_the_snr_that_it_knows(
    tmp_path: Path,
) -> None:
    text = """
name = "users"
scenarios = ["users.toml"]
receivers = ["ls-linear+gnn-sic"]
metrics = ["ber"]
coded = false
snr = [50.0]
learners.idle = { receiver = "ls-linear+gnn-sic", minibatch_slots = 256 }
stop = { min_slots = 16, max_slots = 16, block_size = 16 }
"""

    frozen, idle = (whole(trial) for trial in trials(tmp_path, text=text))

    assert frozen.provenance.merkle_root == idle.provenance.merkle_root
