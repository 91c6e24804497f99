# SPDX-License-Identifier: Apache-2.0
"""Receivers of several users in a trial, whose detector runs on a device, or learns, or both.

The host estimates the channel; what detects is a network that ships, or LMMSE.
"""

from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import lru_cache

from channels.scenario import Scenario
from host.detector_versions import DetectorVersions
from host.expense import Expense
from host.experiment import HOST
from host.interruption import postponed
from host.learners import DetectorLearnerTable
from host.learning import CostlyServing, OnLearner
from host.learning_devices import open_serving
from host.on_device import OnBoard, OnTwin, open_deployed
from host.probing import Prober
from host.trial import Trial
from receivers import catalog
from receivers.joined import Joined, require_fit, shape_of
from receivers.learning.adaptive import AdaptiveReceiver
from receivers.mimo.deep.network import DeepNetwork
from receivers.mimo.deep.online import DetectorLearner, ElementServing, ready_to_learn
from receivers.mimo.deep.trained import fresh_copy
from receivers.mimo.deep.weights import load
from receivers.mimo.element_wise import Estimator
from receivers.mimo.integer.deployment import DeployedDetector, Workshop


class ElementServingHere(ElementServing):
    """Floating point on this machine; satisfies `CostlyServing`."""

    travel = None

    def expense(self) -> Expense:
        """Return nothing: what this machine spends is no figure of merit."""
        return Expense()


@contextmanager
def open_on_device(trial: Trial, parts: Joined) -> Generator[OnTwin | OnBoard]:
    """Open a detector that runs on the twin or a board."""
    deployed = _deployed(_Recipe.of(trial, parts))
    with open_deployed(trial.cell.device, deployed, port=trial.port) as detector:
        yield detector


@contextmanager
def open_learner(
    trial: Trial, parts: Joined, settings: DetectorLearnerTable
) -> Generator[OnLearner]:
    """Open a detector that learns, on this machine or a device."""
    cell, recipe = trial.cell, _Recipe.of(trial, parts)
    network = ready_to_learn(_first_network(recipe), settings.trained)
    prober = Prober(cell.probe, trial.probed, snr_db=cell.snr_db) if cell.probe else None
    with _open_serving(trial, recipe, network) as serving:
        learner = DetectorLearner(network, _estimator(recipe), settings)
        yield OnLearner(
            AdaptiveReceiver(serving, learner, settings), serving=serving, prober=prober
        )


@contextmanager
def _open_serving(
    trial: Trial, recipe: "_Recipe", network: DeepNetwork
) -> Generator[CostlyServing]:
    if trial.cell.device == HOST:
        yield ElementServingHere(network, _estimator(recipe))
        return
    workshop = _workshop(recipe)
    with postponed():
        versions = DetectorVersions(network, workshop)
    with open_serving(trial.cell.device, versions, port=trial.port) as serving:
        yield serving


@dataclass(frozen=True, slots=True, kw_only=True)
class _Recipe:
    """What a detector is built from; equal recipes give equal ones."""

    parts: Joined
    weights_hash: str | None
    scenario_hash: str
    scenario: Scenario = field(compare=False)

    @classmethod
    def of(cls, trial: Trial, parts: Joined) -> "_Recipe":
        return cls(
            parts=parts,
            weights_hash=trial.weights_hash,
            scenario_hash=trial.scenario_hash,
            scenario=trial.scenario,
        )


def _first_network(recipe: _Recipe) -> DeepNetwork:
    if recipe.parts.file is not None:
        return load(recipe.parts.file, sha256=recipe.parts.sha256).network
    return fresh_copy(recipe.parts.detector, shape_of(recipe.scenario).modulation)


@lru_cache(maxsize=8)
def _estimator(recipe: _Recipe) -> Estimator:
    """Build an estimate once for all the trials of a process: some measure the channel first."""
    with postponed():
        return catalog.estimator(recipe.parts, recipe.scenario)


@lru_cache(maxsize=8)
def _workshop(recipe: _Recipe) -> Workshop:
    with postponed():
        return Workshop(recipe.parts.detector, recipe.scenario, _estimator(recipe))


@lru_cache(maxsize=8)
def _deployed(recipe: _Recipe) -> DeployedDetector:
    """Compile a detector once for all the trials of a process."""
    require_fit(recipe.parts, recipe.scenario)
    is_network = recipe.parts.learns
    return _workshop(recipe).deployed(_first_network(recipe) if is_network else None)
