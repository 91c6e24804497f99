# SPDX-License-Identifier: Apache-2.0
"""Whatever does the receiving in a trial: a receiver on this machine, the twin, or a board."""

from collections.abc import Callable, Generator
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Protocol, cast

from torch import Tensor

from boards import catalog as boards
from boards.graph import Graph
from channels.scenario import Scenario
from host import joined_detector
from host.deployment import Deployment, deploy
from host.expense import Expense
from host.experiment import HOST, TWIN
from host.interruption import postponed
from host.launcher import open_device
from host.learners import DetectorLearnerTable
from host.learning import CostlyServing, OnLearner, ServingHere, learning_receiver
from host.learning_devices import open_serving
from host.learning_head import (
    BoardExecutor,
    LearningOnDevice,
    TwinExecutor,
    head_settings,
)
from host.networks import Network
from host.on_device import open_deployed
from host.probing import Prober
from host.record import Cost
from host.trial import Trial
from host.versions import NetworkVersions
from receivers import catalog
from receivers.joined import Joined
from receivers.learning.settings import LearnerSettings
from receivers.neural.deployment import Requantizer
from receivers.neural.network import macs_per_element
from receivers.neural.weights import load
from receivers.receiver import GenieReceiver, Receiver
from receivers.state import Kept, Stateful
from sim.slot import Slot


class Detector(Stateful, Protocol):
    """Turns slots into LLRs, and knows what that cost."""

    def detect(self, slot: Slot) -> Tensor:
        """Return float32 [num_slots, num_tx, num_bits]; positive = bit 1."""
        ...

    def expense(self) -> Expense:
        """Return what the slots so far cost."""
        ...


class OnHost(Kept):
    """A receiver in floating point on this machine; satisfies `Detector`."""

    fixed = ("_detect", "_cost")

    def __init__(self, receiver: Receiver | GenieReceiver, *, cost: Cost | None = None) -> None:
        self._detect = _told_the_truth(receiver) or _seeing_only(cast(Receiver, receiver))
        self._cost = cost

    def detect(self, slot: Slot) -> Tensor:
        """Return the receiver's LLRs; a genie is told the truth."""
        return self._detect(slot)

    def expense(self) -> Expense:
        """Return the work of a network; what this machine spends on it is no figure of merit."""
        return Expense(cost=self._cost)


def _told_the_truth(receiver: Receiver | GenieReceiver) -> Callable[[Slot], Tensor] | None:
    if not hasattr(receiver, "detect_with_truth"):
        return None
    genie = cast(GenieReceiver, receiver)
    return lambda slot: genie.detect_with_truth(slot.observation, slot.truth)


def _seeing_only(receiver: Receiver) -> Callable[[Slot], Tensor]:
    return lambda slot: receiver.detect(slot.observation)


@contextmanager
def open_detector(trial: Trial) -> Generator[Detector]:
    """Build and open what a trial receives with; closed at the end of the block."""
    parts = trial.joined
    if parts is not None and (trial.cell.learner is not None or trial.cell.device != HOST):
        with _open_joined(trial, parts) as detector:
            yield detector
        return
    recipe = _Recipe.of(trial)
    if trial.cell.learner is not None:
        with _open_learner(trial, recipe) as learner:
            yield learner
        return
    if trial.cell.device == HOST:
        yield OnHost(_receiver(recipe), cost=_work(recipe))
        return
    deployed = _deployment(recipe).network
    with open_deployed(trial.cell.device, deployed, port=trial.port) as detector:
        yield detector


@contextmanager
def _open_joined(trial: Trial, parts: Joined) -> Generator[Detector]:
    if isinstance(trial.cell.learner, DetectorLearnerTable):
        with joined_detector.open_learner(trial, parts, trial.cell.learner) as learner:
            yield learner
        return
    with joined_detector.open_on_device(trial, parts) as detector:
        yield detector


@contextmanager
def _open_learner(trial: Trial, recipe: "_Recipe") -> Generator[Detector]:
    cell, network = trial.cell, recipe.network
    if network is None or not isinstance(cell.learner, LearnerSettings):
        raise ValueError(f"{cell.receiver} is no network that learns")
    weights = load(network.path, sha256=network.sha256)
    if cell.learner.design == "on-device":
        with _open_head_executor(trial, recipe) as (graph, executor):
            yield LearningOnDevice(graph, executor, cell.learner)
        return
    prober = Prober(cell.probe, trial.probed, snr_db=cell.snr_db) if cell.probe else None
    with _open_serving(trial, recipe) as serving:
        receiver = learning_receiver(weights.network, cell.learner, serving)
        yield OnLearner(receiver, serving=serving, prober=prober)


@contextmanager
def _open_head_executor(
    trial: Trial, recipe: "_Recipe"
) -> Generator[tuple[Graph, TwinExecutor | BoardExecutor]]:
    deployment = _deployment(recipe)
    graph, compiled = deployment.graph, deployment.image
    settings = head_settings(graph, recipe.scenario)
    if trial.cell.device == TWIN:
        yield graph, TwinExecutor(compiled, settings)
        return
    board = boards.load(trial.cell.device)
    with open_device(board, port=trial.port) as device:
        yield graph, BoardExecutor(board, device, graph, compiled, settings)


@contextmanager
def _open_serving(trial: Trial, recipe: "_Recipe") -> Generator[CostlyServing]:
    if recipe.network is None:
        raise ValueError(f"{recipe.receiver} is no network; only networks learn")
    weights = load(recipe.network.path, sha256=recipe.network.sha256)
    if trial.cell.device == HOST:
        yield ServingHere(weights.network, cost=_work(recipe))
        return
    with postponed():
        versions = NetworkVersions(weights, Requantizer(weights, recipe.scenario))
    with open_serving(trial.cell.device, versions, port=trial.port) as serving:
        yield serving


@dataclass(frozen=True, slots=True, kw_only=True)
class _Recipe:
    """What a receiver is built from; equal recipes give equal receivers."""

    receiver: str
    scenario_hash: str
    weights_hash: str | None
    scenario: Scenario = field(compare=False)
    network: Network | None = field(compare=False)
    joined: Joined | None

    @classmethod
    def of(cls, trial: Trial) -> "_Recipe":
        return cls(
            receiver=trial.cell.receiver,
            scenario_hash=trial.scenario_hash,
            weights_hash=trial.weights_hash,
            scenario=trial.scenario,
            network=trial.network,
            joined=trial.joined,
        )


@lru_cache(maxsize=8)
def _receiver(recipe: _Recipe) -> Receiver | GenieReceiver:
    """Build a receiver once for all the trials of a process: some measure the channel first."""
    network = recipe.network
    if recipe.joined is not None:
        return catalog.build_joined(recipe.joined, recipe.scenario)
    if network is None:
        return catalog.build(recipe.receiver, recipe.scenario)
    return catalog.build_network(
        network.path, recipe.scenario, receiver=recipe.receiver, sha256=network.sha256
    )


@lru_cache(maxsize=8)
def _work(recipe: _Recipe) -> Cost | None:
    """Count the multiply-accumulates of a network; None for receivers that are none."""
    if recipe.network is None:
        return None
    weights = load(recipe.network.path, sha256=recipe.network.sha256)
    num_elements = recipe.scenario.grid.num_resource_elements
    return Cost(macs_per_slot=macs_per_element(weights.network) * num_elements)


@lru_cache(maxsize=8)
def _deployment(recipe: _Recipe) -> Deployment:
    """Compile a network once for all the trials of a process."""
    if recipe.network is None:
        raise ValueError(f"{recipe.receiver} is no network; only networks run on devices")
    with postponed():
        return deploy(recipe.network, recipe.scenario)
