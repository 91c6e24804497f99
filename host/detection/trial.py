# SPDX-License-Identifier: Apache-2.0
"""The trial of detection experiments, named by the hash of all that its result depends on.

trial_id = SHA-256 of (cell, content of the scenario, version of the code, versions of libraries)

Detectors that do not learn know no pilots or iterations and have one trial for all of these.
"""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from itertools import product
from pathlib import Path

from pydantic import JsonValue

from channels import scenario as scenarios
from channels.scenario import Scenario
from host import provenance, sources
from host.detection.conditions import ScenarioSource
from host.detection.experiment import DetectionExperiment, classical_part, iterates, learns
from host.detection.record import DetectionCell
from host.errors import ExperimentError
from host.experiment import is_scenario_file
from host.trial import content_hash
from receivers.mimo import catalog
from sim.mimo.problem import Shape


@dataclass(frozen=True, slots=True, kw_only=True)
class DetectionTrial:
    """One trial; small, and able to travel to another process.

    Parameters
    ----------
    trial_id : str
    cell : DetectionCell
    scenario : Scenario or None
        Where channels come from, if it is one.
    experiment, anchor : str
        What the record says of the experiment; no part of the trial's name.
    unfinished : Path or None
        The file that keeps what is counted so far; no part of the trial's name.
    """

    trial_id: str
    cell: DetectionCell
    scenario: Scenario | None
    experiment: str
    anchor: str
    unfinished: Path | None = None

    @property
    def resources(self) -> Mapping[str, int]:
        """Return what the trial needs while it runs."""
        return {"cpu": 1}

    @property
    def scenario_hash(self) -> str | None:
        """Return the hash of the scenario's content; None without one."""
        return content_hash(self.scenario) if self.scenario else None

    def kept_in(self, folder: Path) -> "DetectionTrial":
        """Return the same trial, which keeps its state in `folder` while it runs."""
        return replace(self, unfinished=folder / f"{self.trial_id}.state")


def expand(experiment: DetectionExperiment, *, file: Path) -> tuple[DetectionTrial, ...]:
    """Return the trials of an experiment, detectors in the order of the file, seeds fastest.

    Raises
    ------
    ExperimentError
        A detector cannot solve problems of a size that the experiment asks for.
    ChannelError
        There is no such scenario, or it is malformed.
    """
    scenario = _scenario(experiment, beside=file.parent)
    sizes = _sizes(experiment, scenario)
    _check_detectors(experiment, sizes, file=str(file))
    return tuple(_trial(cell, scenario, experiment) for cell in _cells(experiment, sizes=sizes))


def anchored(experiment: DetectionExperiment, text: str, *, folder: Path, file: str) -> str:
    """Return the text of an experiment with the path of a scenario made absolute.

    Raises
    ------
    ExperimentError
        The path is written in a way that only a parser understands.
    """
    source = experiment.source
    if not isinstance(source, ScenarioSource) or not is_scenario_file(source.name):
        return text
    path = str((folder / source.name).resolve())
    kept = text
    for quote in "\"'":
        kept = kept.replace(f"{quote}{source.name}{quote}", json.dumps(path, ensure_ascii=False))
    wanted = experiment.model_copy(update={"source": source.model_copy(update={"name": path})})
    if DetectionExperiment.parse(kept, file=file) != wanted:
        problem = f"{source.name}: write this path plainly, name = {json.dumps(source.name)}"
        raise ExperimentError(file=file, key="source.name", problem=problem)
    return kept


def code_version() -> str:
    """Return one hash over the sources that trials depend on, and the weights that ship."""
    return sources.detection_version()


def _scenario(experiment: DetectionExperiment, *, beside: Path) -> Scenario | None:
    source = experiment.source
    if not isinstance(source, ScenarioSource):
        return None
    name = source.name
    return scenarios.load(beside / name if is_scenario_file(name) else name)


def _sizes(
    experiment: DetectionExperiment, scenario: Scenario | None
) -> tuple[tuple[int, int], ...]:
    """Return the pairs of antennas and users."""
    if scenario is not None:
        return ((scenario.antennas.num_rx_ant, scenario.antennas.num_tx),)
    if not experiment.num_rx_ant:
        return tuple((num_tx, num_tx) for num_tx in experiment.num_tx)
    return tuple(product(experiment.num_rx_ant, experiment.num_tx))


def _check_detectors(
    experiment: DetectionExperiment, sizes: tuple[tuple[int, int], ...], *, file: str
) -> None:
    named = {f"detectors.{i}": name for i, name in enumerate(experiment.detectors)}
    if experiment.anchor not in experiment.detectors:
        named["anchor"] = experiment.anchor
    for key, name in named.items():
        part = classical_part(name)
        for num_rx_ant, num_tx in sizes if part else ():
            shape = Shape(num_rx_ant=num_rx_ant, num_tx=num_tx, modulation=experiment.modulation)
            obstacle = catalog.build(part).obstacle(shape) if part else ""
            if obstacle:
                raise ExperimentError(file=file, key=key, problem=f"{name}: {obstacle}")


def _cells(
    experiment: DetectionExperiment, *, sizes: tuple[tuple[int, int], ...]
) -> Iterator[DetectionCell]:
    for name in experiment.all_detectors:
        axes = product(
            sizes,
            experiment.distortion,
            experiment.csi_error_variance,
            experiment.snr_db,
            experiment.num_pilots if learns(name) else (None,),
            experiment.num_iterations if iterates(name) else (None,),
            experiment.seeds,
        )
        for (num_rx_ant, num_tx), distortion, variance, snr_db, pilots, iterations, seed in axes:
            yield DetectionCell(
                detector=name,
                source=experiment.source,
                distortion=distortion,
                modulation=experiment.modulation,
                num_rx_ant=num_rx_ant,
                num_tx=num_tx,
                snr_db=snr_db,
                csi_error_variance=variance,
                num_pilots=pilots,
                num_iterations=iterations,
                pilot_part=max(experiment.num_pilots),
                num_data=experiment.num_data,
                blocks=experiment.block_indices,
                seed=seed,
            )


def _trial(
    cell: DetectionCell, scenario: Scenario | None, experiment: DetectionExperiment
) -> DetectionTrial:
    content: dict[str, JsonValue] = cell.model_dump(mode="json")
    if scenario is not None:  # counts by its content, not by its place
        content["source"] = content_hash(scenario)
    versions = {k: v for k, v in provenance.versions().items() if k != "airloop"}
    identity: list[JsonValue] = [content, code_version(), {**versions}]
    return DetectionTrial(
        trial_id=provenance.hash_of(identity),
        cell=cell,
        scenario=scenario,
        experiment=experiment.name,
        anchor=experiment.anchor,
    )
