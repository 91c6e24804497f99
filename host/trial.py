# SPDX-License-Identifier: Apache-2.0
"""The trial: one point of an experiment, named by the hash of all that its result depends on.

    trial_id = SHA-256 of (cell, content of the scenario, version of the code that runs, weights,
                           file and firmware of the board, versions of the libraries)

The name of the experiment, the batch size and the number of workers are no part of it: they do not
change the result. The code is hashed as source files, so an unrelated commit leaves results valid.
"""

import hashlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import product
from pathlib import Path

from pydantic import JsonValue

from channels import scenario as scenarios
from channels.errors import ScenarioError
from channels.scenario import Scenario
from channels.scenario_tables import DmrsTable
from host import named, provenance, sources
from host.catalog import Catalog
from host.errors import ExperimentError
from host.experiment import HOST, TWIN, Experiment, is_scenario_file
from host.learners import ProbePlan
from host.named import Named
from host.networks import Network
from host.record import Cell
from receivers.joined import Joined


@dataclass(frozen=True, slots=True, kw_only=True)
class Trial:
    """One trial; small, and able to travel to another process or machine.

    `resources` says what it needs while it runs, by name and number: {"cpu": 1, "board:...": 1}.
    `port` is where the board's firmware already runs, and `unfinished` the file that keeps the
    trial's state while it runs; neither is part of the trial's name. `probed` are the scenarios of
    the cell's probe. `joined` is the receiver where it is an estimate and a detector, and
    `detector_hash` the hash of that one's weights.
    """

    trial_id: str
    cell: Cell
    scenario: Scenario
    scenario_hash: str
    code_version: str
    network: Network | None
    experiment: str
    experiment_hash: str
    joined: Joined | None = None
    detector_hash: str | None = None
    port: str | None = None
    probed: tuple[Scenario, ...] = ()
    unfinished: Path | None = None

    @property
    def weights_hash(self) -> str | None:
        """Return the hash of the network's weights; None for receivers that have none."""
        return self.network.sha256 if self.network else self.detector_hash

    @property
    def on_board(self) -> bool:
        """Return whether the trial needs a board, emulated or real."""
        return self.cell.device not in {HOST, TWIN}

    @property
    def resources(self) -> Mapping[str, int]:
        """Return what the trial needs while it runs."""
        return {"cpu": 1} | ({f"board:{self.cell.device}": 1} if self.on_board else {})

    def kept_in(self, folder: Path) -> "Trial":
        """Return the same trial, which keeps its state in `folder` while it runs."""
        return replace(self, unfinished=folder / f"{self.trial_id}.state")


def expand(experiment: Experiment, *, file: Path, catalog: Catalog) -> tuple[Trial, ...]:
    """Return the trials of an experiment in their canonical order.

    The order is that of the lists in the file: scenarios, receivers, devices, SNR, seeds; the last
    one runs fastest. Receivers that devices cannot run do so on the host only.

    Parameters
    ----------
    experiment : Experiment
    file : Path
        Where the experiment stands; relative paths of scenarios and weights start at its folder.
    catalog : Catalog

    Raises
    ------
    ExperimentError
        A receiver or device does not exist (the legal names are listed), weights are missing,
        damaged or for another link, or no trial is left.
    ChannelError
        A scenario does not exist or is malformed.
    """
    _check_devices(experiment, file=file, catalog=catalog)
    loaded = [_load_scenario(name, beside=file.parent) for name in experiment.scenarios]
    probed = _probed(experiment, beside=file.parent)
    found = named.find(experiment, file=file, catalog=catalog)
    named.check_fit(found, loaded, file=file)
    named.check_probe(found, probed, loaded, file=file)
    _check_board_snr(experiment, loaded, file=file)
    digest = _experiment_hash(experiment, (*loaded, *probed), found)
    plan = _probe_plan(experiment, probed)
    trials = tuple(
        _trial(cell, scenario, catalog, receiver=receiver, origin=(experiment.name, digest))
        for scenario in loaded
        for receiver, cell in _cells(experiment, scenario, found, catalog, plan=plan)
    )
    trials = tuple(replace(t, probed=probed) if t.cell.probe else t for t in trials)
    named.check_devices(found, experiment.devices, loaded, file=file, catalog=catalog)
    return trials


def at_ports(trials: Sequence[Trial], ports: Mapping[str, str]) -> tuple[Trial, ...]:
    """Return the trials with the ports of their boards, by the board's name."""
    return tuple(replace(trial, port=ports.get(trial.cell.device)) for trial in trials)


def _check_devices(experiment: Experiment, *, file: Path, catalog: Catalog) -> None:
    for i, name in enumerate(experiment.devices):
        if name not in catalog.devices:
            problem = f"no device called {name!r}; there are: {', '.join(catalog.devices)}"
            raise ExperimentError(file=str(file), key=f"devices.{i}", problem=problem)


def _check_board_snr(experiment: Experiment, loaded: Sequence[Scenario], *, file: Path) -> None:
    grid = sorted({snr for scenario in loaded for snr in experiment.snr or scenario.snr.values})
    for i, snr_db in enumerate(experiment.board_snr or ()):
        if snr_db not in grid:
            problem = f"{snr_db} dB is not in the grid; there are: {', '.join(map(str, grid))}"
            raise ExperimentError(file=str(file), key=f"board_snr.{i}", problem=problem)


def _load_scenario(name: str, *, beside: Path) -> Scenario:
    return scenarios.load(beside / name if is_scenario_file(name) else name)


def _probed(experiment: Experiment, *, beside: Path) -> tuple[Scenario, ...]:
    names = experiment.probe.scenarios if experiment.probe else ()
    return tuple(_load_scenario(name, beside=beside) for name in names)


def _probe_plan(experiment: Experiment, probed: Sequence[Scenario]) -> ProbePlan | None:
    if experiment.probe is None:
        return None
    return ProbePlan(
        scenarios=tuple(scenario.name for scenario in probed),
        scenario_hashes=tuple(content_hash(scenario) for scenario in probed),
        every_slots=experiment.probe.every_slots,
        num_slots=experiment.probe.num_slots,
    )


def _experiment_hash(
    experiment: Experiment, loaded: Sequence[Scenario], found: Sequence[Named]
) -> str:
    """Hash what an experiment says; its files count by name and content, not by their place."""
    left_out = {"title": True, "scenarios": True, "receivers": True}
    content = experiment.model_dump(
        mode="json",
        exclude={
            **left_out,
            "learners": {"__all__": {"network", "receiver"}},
            "probe": {"scenarios"},
        },
    )
    scenario_files: list[JsonValue] = [[s.name, content_hash(s)] for s in loaded]
    weights: list[JsonValue] = [_told(receiver, loaded) for receiver in found]
    return provenance.hash_of([content, scenario_files, weights])


def _told(receiver: Named, loaded: Sequence[Scenario]) -> list[JsonValue]:
    """Return a receiver by its name and the content of its weights."""
    told: list[JsonValue] = [receiver.label, receiver.network.sha256 if receiver.network else None]
    if receiver.joined is not None:
        told.append(receiver.joined.name)
        told += [receiver.detector_hash(scenario) for scenario in loaded]
    return told


def _cells(
    experiment: Experiment,
    scenario: Scenario,
    found: Sequence[Named],
    catalog: Catalog,
    *,
    plan: ProbePlan | None,
) -> Iterator[tuple[Named, Cell]]:
    grid = experiment.snr or scenario.snr.values
    axes = product(found, experiment.devices, grid, experiment.seeds)
    for receiver, device, snr_db, seed in axes:
        if not (receiver.runs_on_host if device == HOST else receiver.runs_on_devices):
            continue
        stop = experiment.stop
        if device in catalog.boards:
            if snr_db not in (experiment.board_snr or grid):
                continue
            stop = stop.capped(experiment.board_slots or stop.max_slots)
        yield (
            receiver,
            Cell(
                scenario=scenario.name,
                receiver=receiver.label,
                device=device,
                snr_db=snr_db,
                snr_kind=scenario.snr.kind,
                seed=seed,
                coded=experiment.coded,
                metrics=experiment.metrics,
                stop=stop,
                learner=receiver.learner,
                probe=plan if receiver.can_be_probed else None,
            ),
        )


def _trial(
    cell: Cell, scenario: Scenario, catalog: Catalog, *, receiver: Named, origin: tuple[str, str]
) -> Trial:
    content = content_hash(scenario)
    code = sources.version(cell.device)
    detector_hash = receiver.detector_hash(scenario)
    weights = receiver.network.sha256 if receiver.network else detector_hash
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
        network=receiver.network,
        joined=receiver.joined,
        detector_hash=detector_hash,
        experiment=origin[0],
        experiment_hash=origin[1],
    )


_LATER_DMRS_KEYS = ("sharing", "learning_sharing")


def content_hash(scenario: Scenario) -> str:
    """Return the hash of what a scenario says; a recording counts by its bytes, not its place.

    Keys that scenarios did not have once count only where they are not at their defaults, so that
    records made before stay those of the same scenario.
    """
    content = scenario.model_dump(mode="json", exclude={"title"})
    for key in _LATER_DMRS_KEYS:
        if content["link"]["dmrs"][key] == DmrsTable.model_fields[key].default:
            del content["link"]["dmrs"][key]
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
