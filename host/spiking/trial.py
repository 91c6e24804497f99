# SPDX-License-Identifier: Apache-2.0
"""The trial of spiking experiments: one network, named by the hash of all that it depends on.

trial_id = SHA-256 of (cell, training, time steps and methods to run at, devices and hashes of
                       boards, hash of the recordings, version of the code, versions of the
                       libraries)
"""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from itertools import product
from pathlib import Path

from pydantic import JsonValue

from host import provenance, sources
from host.errors import ExperimentError
from host.spiking.experiment import Data, Deployment, SpikingExperiment
from host.spiking.record import SpikingCell
from snn.adaptation.methods import Method
from snn.training.settings import TrainingSettings
from snn.training.suiting import suited


@dataclass(frozen=True, slots=True, kw_only=True)
class SpikingTrial:
    """One trial; small, and able to travel to another process.

    Parameters
    ----------
    trial_id : str
    cell : SpikingCell
    training : TrainingSettings
    run_dt_us : tuple of int [us]
    methods : tuple of Method
    data : Data
    data_path, cache : Path
        Where the recordings are, and the folder that keeps encoded sound.
    data_hash : str
        Of the recordings when the trial was named.
    experiment : str
    deployment : Deployment or None
        Where the network runs in integers.
    ports : mapping of str to str
        Where boards are that already run, by their name; no part of the trial's name.
    unfinished : Path or None
        The checkpoint of the training, no part of the trial's name.
    """

    trial_id: str
    cell: SpikingCell
    training: TrainingSettings
    run_dt_us: tuple[int, ...]
    methods: tuple[Method, ...]
    data: Data
    data_path: Path
    cache: Path
    data_hash: str
    experiment: str
    deployment: Deployment | None = None
    ports: Mapping[str, str] = field(default_factory=dict[str, str])
    unfinished: Path | None = None

    @property
    def boards(self) -> tuple[str, ...]:
        """Return the boards that the network runs on."""
        return self.deployment.boards if self.deployment else ()

    @property
    def resources(self) -> Mapping[str, int]:
        """Return what the trial needs while it runs."""
        return {"cpu": 1} | {f"board:{name}": 1 for name in self.boards}

    def kept_in(self, folder: Path) -> "SpikingTrial":
        """Return the same trial, which keeps its state in `folder` while it runs."""
        return replace(self, unfinished=folder / f"{self.trial_id}.state")


@dataclass(frozen=True, slots=True, kw_only=True)
class Source:
    """What an experiment begins with.

    Parameters
    ----------
    path, cache : Path
        Where the recordings are, and the folder that keeps encoded sound.
    data_hash : str
        Of the recordings.
    boards : mapping of str to str
        The boards there are, with the hash of each.
    """

    path: Path
    cache: Path
    data_hash: str
    boards: Mapping[str, str] = field(default_factory=dict[str, str])


def expand(experiment: SpikingExperiment, source: Source, *, file: str) -> tuple[SpikingTrial, ...]:
    """Return the trials of an experiment in the order of its lists, seeds running fastest.

    Raises ExperimentError with `file` if there is no board of a name.
    """
    for i, name in enumerate(experiment.deployment.boards if experiment.deployment else ()):
        if name not in source.boards:
            problem = f"no board called {name!r}; there are: {', '.join(source.boards)}"
            raise ExperimentError(file=file, key=f"deployment.boards.{i}", problem=problem)
    cells = product(
        experiment.data.held_out or ("",),
        experiment.neurons,
        experiment.recurrent,
        experiment.train_dt_us,
        experiment.seeds,
    )
    return tuple(
        _trial(
            experiment,
            source,
            SpikingCell(
                data=experiment.data.set,
                held_out=held_out,
                neuron=neuron,
                is_recurrent=is_recurrent,
                train_dt_us=dt_us,
                seed=seed,
            ),
        )
        for held_out, neuron, is_recurrent, dt_us, seed in cells
    )


def at_ports(trials: Sequence[SpikingTrial], ports: Mapping[str, str]) -> tuple[SpikingTrial, ...]:
    """Return the trials with the ports of their boards, by the board's name."""
    return tuple(replace(trial, ports=ports) for trial in trials)


def code_version(deployment: Deployment | None) -> str:
    """Return one hash over the sources that trials depend on."""
    return provenance.code_version(sources.spiking_files(deployed=deployment is not None))


def _trial(experiment: SpikingExperiment, source: Source, cell: SpikingCell) -> SpikingTrial:
    training = _training(experiment, cell)
    named: dict[str, JsonValue] = {
        "cell": cell.model_dump(mode="json"),
        "training": _plain(training),
        "run_dt_us": list(experiment.run_dt_us),
        "methods": [str(method) for method in experiment.methods],
        "splits": [experiment.data.train, experiment.data.test],
        "data": source.data_hash,
        "code": code_version(experiment.deployment),
        "versions": dict(provenance.versions()),
    }
    if experiment.deployment is not None:
        named["deployment"] = experiment.deployment.model_dump(mode="json")
        named["boards"] = {name: source.boards[name] for name in experiment.deployment.boards}
    return SpikingTrial(
        trial_id=provenance.hash_of(named),
        cell=cell,
        training=training,
        run_dt_us=experiment.run_dt_us,
        methods=experiment.methods,
        data=experiment.data,
        data_path=source.path,
        cache=source.cache,
        data_hash=source.data_hash,
        experiment=experiment.name,
        deployment=experiment.deployment,
    )


def _training(experiment: SpikingExperiment, cell: SpikingCell) -> TrainingSettings:
    told = experiment.training.model_dump(exclude={"time_scale"})
    settings = TrainingSettings(
        dt_us=cell.train_dt_us,
        neuron=cell.neuron,
        is_recurrent=cell.is_recurrent,
        seed=cell.seed,
        **told,
    )
    time_scale = experiment.training.time_scale
    return suited(settings, experiment.data.set, time_scale=time_scale)


def _plain(training: TrainingSettings) -> JsonValue:
    content = asdict(training)
    return {**content, "hidden": list(training.hidden)}
