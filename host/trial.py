# SPDX-License-Identifier: Apache-2.0
"""The trial: one point of an experiment, named by the hash of all that its result depends on.

    trial_id = SHA-256 of (cell, content of the scenario, version of the code that runs, weights,
                           file and firmware of the board, versions of the libraries)

The name of the experiment, the batch size and the number of workers are no part of it: they do not
change the result. The code is hashed as source files, so an unrelated commit leaves results valid.
"""

import hashlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import product
from pathlib import Path

from pydantic import JsonValue

from channels import scenario as scenarios
from channels.errors import ScenarioError
from channels.scenario import Scenario
from host import provenance
from host.catalog import Catalog
from host.errors import ExperimentError
from host.experiment import HOST, TWIN, Experiment
from host.record import Cell

_MEASURING = (
    "channels",
    "sim",
    "receivers",
    "host/course.py",
    "host/detector.py",
    "host/expense.py",
    "host/measurement.py",
    "host/merkle.py",
    "host/stopping.py",
    "host/tally.py",
)
_DEPLOYED = (*_MEASURING, "boards", "firmware", "host/deployment.py", "host/on_device.py")
_ON_BOARD = (
    *_DEPLOYED,
    "host/board_cost.py",
    "host/board_receiver.py",
    "host/conversation.py",
    "host/device.py",
    "host/device_info.py",
    "host/framing.py",
    "host/launcher.py",
    "host/link_gauge.py",
    "host/link_statistics.py",
    "host/links",
    "host/raw.py",
    "host/session.py",
    "host/wire.py",
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Trial:
    """One trial; small, and able to travel to another process or machine.

    `resources` says what it needs while it runs, by name and number: {"cpu": 1, "board:...": 1}.
    """

    trial_id: str
    cell: Cell
    scenario: Scenario
    scenario_hash: str
    code_version: str
    weights_hash: str | None
    experiment: str
    experiment_hash: str

    @property
    def on_board(self) -> bool:
        """Return whether the trial needs a board, emulated or real."""
        return self.cell.device not in {HOST, TWIN}

    @property
    def resources(self) -> Mapping[str, int]:
        """Return what the trial needs while it runs."""
        return {"cpu": 1} | ({f"board:{self.cell.device}": 1} if self.on_board else {})


def expand(experiment: Experiment, *, file: Path, catalog: Catalog) -> tuple[Trial, ...]:
    """Return the trials of an experiment in their canonical order.

    The order is that of the lists in the file: scenarios, receivers, devices, SNR, seeds; the last
    one runs fastest. Receivers that are no networks run on the host only.

    Parameters
    ----------
    experiment : Experiment
    file : Path
        Where the experiment stands; relative paths of scenarios start at its folder.
    catalog : Catalog

    Raises
    ------
    ExperimentError
        A receiver or device does not exist (the legal names are listed), or no trial is left.
    ChannelError
        A scenario does not exist or is malformed.
    """
    _check_names(experiment, file=file, catalog=catalog)
    loaded = [_load_scenario(name, beside=file.parent) for name in experiment.scenarios]
    _check_board_snr(experiment, loaded, file=file)
    digest = provenance.hash_of(
        [experiment.model_dump(mode="json", exclude={"title"}), [content_hash(s) for s in loaded]]
    )
    trials = tuple(
        _trial(cell, scenario, catalog, experiment=experiment.name, experiment_hash=digest)
        for scenario in loaded
        for cell in _cells(experiment, scenario, catalog)
    )
    if not trials:
        raise ExperimentError(
            file=str(file),
            key="devices",
            problem="no trial is left: these receivers run on the host only; add "
            f'"{HOST}" to devices, or a network to receivers ({", ".join(catalog.networks)})',
        )
    return trials


def _check_names(experiment: Experiment, *, file: Path, catalog: Catalog) -> None:
    tables = (
        ("receivers", "receiver", experiment.receivers, catalog.receivers),
        ("devices", "device", experiment.devices, catalog.devices),
    )
    for key, kind, names, legal in tables:
        for i, name in enumerate(names):
            if name not in legal:
                problem = f"no {kind} called {name!r}; there are: {', '.join(legal)}"
                raise ExperimentError(file=str(file), key=f"{key}.{i}", problem=problem)


def _check_board_snr(experiment: Experiment, loaded: list[Scenario], *, file: Path) -> None:
    grid = sorted({snr for scenario in loaded for snr in experiment.snr or scenario.snr.values})
    for i, snr_db in enumerate(experiment.board_snr or ()):
        if snr_db not in grid:
            problem = f"{snr_db} dB is not in the grid; there are: {', '.join(map(str, grid))}"
            raise ExperimentError(file=str(file), key=f"board_snr.{i}", problem=problem)


def _load_scenario(name: str, *, beside: Path) -> Scenario:
    is_path = name.endswith(".toml") and not Path(name).is_absolute()
    return scenarios.load(beside / name if is_path else name)


def _cells(experiment: Experiment, scenario: Scenario, catalog: Catalog) -> Iterator[Cell]:
    grid = experiment.snr or scenario.snr.values
    axes = product(experiment.receivers, experiment.devices, grid, experiment.seeds)
    for receiver, device, snr_db, seed in axes:
        if device != HOST and receiver not in catalog.networks:
            continue
        stop = experiment.stop
        if device in catalog.boards:
            if snr_db not in (experiment.board_snr or grid):
                continue
            stop = stop.capped(experiment.board_slots or stop.max_slots)
        yield Cell(
            scenario=scenario.name,
            receiver=receiver,
            device=device,
            snr_db=snr_db,
            snr_kind=scenario.snr.kind,
            seed=seed,
            coded=experiment.coded,
            metrics=experiment.metrics,
            stop=stop,
        )


def _trial(
    cell: Cell, scenario: Scenario, catalog: Catalog, *, experiment: str, experiment_hash: str
) -> Trial:
    content = content_hash(scenario)
    code = provenance.code_version(places(cell.device))
    weights = catalog.networks.get(cell.receiver)
    board = catalog.boards.get(cell.device)
    versions = dict(provenance.versions())
    identity: list[JsonValue] = [cell.model_dump(mode="json"), content, code, weights, board]
    identity.append({name: version for name, version in versions.items() if name != "airloop"})
    return Trial(
        trial_id=provenance.hash_of(identity),
        cell=cell,
        scenario=scenario,
        scenario_hash=content,
        code_version=code,
        weights_hash=weights,
        experiment=experiment,
        experiment_hash=experiment_hash,
    )


def places(device: str) -> tuple[str, ...]:
    """Return the sources whose hash is the code version of trials on this device."""
    return {HOST: _MEASURING, TWIN: _DEPLOYED}.get(device, _ON_BOARD)


def content_hash(scenario: Scenario) -> str:
    """Return the hash of what a scenario says; a recording counts by its bytes, not its place."""
    content = scenario.model_dump(mode="json", exclude={"title"})
    recording = scenario.channel.recording
    if recording is not None:
        content["channel"]["recording"] = _recording_hash(Path(recording), scenario)
    return provenance.hash_of(content)


def _recording_hash(recording: Path, scenario: Scenario) -> str:
    try:
        return hashlib.sha256(recording.read_bytes()).hexdigest()
    except OSError as error:
        problem = f"{recording} cannot be read ({error.strerror}); check the path"
        raise ScenarioError(file=scenario.name, key="channel.recording", problem=problem) from None
