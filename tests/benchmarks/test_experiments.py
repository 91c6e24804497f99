# SPDX-License-Identifier: Apache-2.0
"""The shipped experiments: each makes sense, and the smallest runs on every kind of device."""

from pathlib import Path

import pytest

from host.campaign import RECORDS
from host.catalog import Catalog, installed_catalog
from host.cli.app import execute
from host.detection.experiment import DetectionExperiment
from host.detection.trial import expand as detection_trials
from host.experiment import Experiment
from host.journal import read_records
from host.report.detection.resampling import FEWEST_CLUSTERS
from host.spiking.experiment import SpikingExperiment
from host.spiking.trial import Source
from host.spiking.trial import expand as spiking_trials
from host.trial import expand
from receivers.neural.sizes import SIZES
from tests.host.built_firmware import built

FOLDER = Path(__file__).parents[2] / "benchmarks" / "experiments"


@pytest.fixture(scope="module")
def complete() -> Catalog:
    """Return the catalog as if the weights of every size were there."""
    installed = installed_catalog()
    weights = dict.fromkeys((f"neural-{size}" for size in SIZES), installed.networks["neural-s"])
    return Catalog(
        receivers=tuple({*installed.receivers, *weights}),
        networks={**weights, **installed.networks},
        boards=installed.boards,
    )


SPIKING = sorted(FOLDER.glob("spiking-*.toml"))
DETECTION = sorted(FOLDER.glob("detection-*.toml"))
OF_LINKS = sorted(set(FOLDER.glob("*.toml")) - set(SPIKING) - set(DETECTION))
NUM_TRIALS = {
    "detection-published": 9 * 5,
    "detection-pilots": 2 + 4 * 8,
    "detection-conditions": 6 * 8,
    "detection-one-bit": 6 * 5,
    "detection-iterations": 3 + 3 * 8,
}


@pytest.mark.parametrize("file", OF_LINKS, ids=lambda file: file.stem)
def test_a_shipped_experiment_is_called_like_its_file_and_has_trials(
    file: Path, complete: Catalog
) -> None:
    experiment = Experiment.load(file)

    assert experiment.name == file.stem
    assert experiment.title
    assert expand(experiment, file=file, catalog=complete)


@pytest.mark.parametrize("file", DETECTION, ids=lambda file: file.stem)
def test_a_shipped_experiment_of_detectors_has_trials_and_blocks_enough(file: Path) -> None:
    experiment = DetectionExperiment.parse(file.read_text(), file=str(file))

    assert experiment.name == file.stem
    assert experiment.title
    assert len(detection_trials(experiment, file=file)) == NUM_TRIALS[file.stem]
    assert len(experiment.block_indices) >= FEWEST_CLUSTERS


@pytest.mark.parametrize("file", SPIKING, ids=lambda file: file.stem)
def test_a_shipped_spiking_experiment_is_called_like_its_file_and_has_trials(file: Path) -> None:
    experiment = SpikingExperiment.parse(file.read_text(), file=str(file))
    source = Source(
        path=Path("digits"),
        cache=Path("cache"),
        data_hash="d" * 64,
        boards=installed_catalog().boards,
    )

    assert experiment.name == file.stem
    assert experiment.title
    assert spiking_trials(experiment, source, file=str(file))


@pytest.mark.slow
def test_smoke_runs_on_every_kind_of_device_and_the_board_agrees_with_its_twin(
    tmp_path: Path,
) -> None:
    built("native")
    smoke = str(FOLDER / "smoke.toml")

    assert execute(["run", smoke, "--workers", "1", "--out", str(tmp_path)]) == 0

    records = list(read_records(tmp_path / RECORDS))
    assert {record.cell.device for record in records} == {"host", "twin", "native"}
    roots = {
        record.cell.device: record.provenance.merkle_root
        for record in records
        if record.cell.receiver == "neural-s" and record.cell.snr_db == 0.0
    }
    assert roots["native"] == roots["twin"] != roots["host"]
