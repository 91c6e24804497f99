# SPDX-License-Identifier: Apache-2.0
"""Learned detectors by name: how each comes from the pilots of one block and its first weights."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace

import torch

from channels.randomness import generator
from receivers.errors import UnknownDetectorError, UnsuitedProblemError
from receivers.mimo import catalog
from receivers.mimo.deep.channel_fit import Fitted, fit, is_of_one_channel
from receivers.mimo.deep.deep_sic import DeepSic, Inputs, Iterations, train_in_sequence
from receivers.mimo.deep.gnn_sic import GnnSic
from receivers.mimo.deep.lora_unfolded import LoraUnfolded
from receivers.mimo.deep.network import Deep, DeepNetwork
from receivers.mimo.deep.trained import fresh_copy
from receivers.mimo.deep.training import TrainingSettings, train
from receivers.mimo.detector import Detector
from sim.mimo.problem import Block
from sim.modulation import Modulation

BATCH_SIZE = 100
TUNING_RATE = 1e-3  # of weights that were trained beforehand


@dataclass(frozen=True, slots=True, kw_only=True)
class LearningSettings:
    """What every way of learning is told.

    Parameters
    ----------
    num_iterations : int
        Of the network, where it is a new one; those trained beforehand keep theirs.
    seed : int
        Of first weights, order and turns.
    is_channel_real : bool
        What is known of the channel beforehand: BPSK then stays on one axis, which is all that
        detectors that are told no channel look at.
    """

    num_iterations: int = 5
    seed: int = 1
    is_channel_real: bool = False


def names() -> tuple[str, ...]:
    """Return the names of all detectors that learn."""
    return tuple(sorted(METHODS))


def learn(name: str, pilots: Block, settings: LearningSettings) -> Detector:
    """Return the detector that has learned from pilots, and from nothing else.

    Raises
    ------
    UnknownDetectorError
        No detector that learns has this name; the message lists the legal ones.
    UnsuitedProblemError
        There are no pilots, or it learns on from weights that are not there for this modulation.
    """
    if name not in METHODS:
        raise UnknownDetectorError(name=name, legal=names())
    if not pilots.problem.num_elements:
        raise UnsuitedProblemError(detector=name, problem="there are no pilots to learn from")
    return METHODS[name](pilots, settings)


def batches(pilots: Block, *, seed: int) -> Callable[[int], Block]:
    """Return the batch of each step: all pilots where they are few, else some drawn at random."""
    size = pilots.problem.num_elements

    def batch(step: int) -> Block:
        if size <= BATCH_SIZE:
            return pilots
        rng = generator(seed=seed, stream="pilot-batches", index=step)
        return pilots.chosen(torch.from_numpy(rng.choice(size, BATCH_SIZE, replace=False)))

    return batch


def _deep_sic(pilots: Block, settings: LearningSettings) -> Detector:
    network = _new_deep_sic(pilots, settings, Iterations.OWN)
    train_in_sequence(network, pilots)
    return Deep(network)


def _deep_sic_shared(pilots: Block, settings: LearningSettings) -> Detector:
    network = _new_deep_sic(pilots, settings, Iterations.SHARED)
    steps = TrainingSettings(has_turns=False, seed=settings.seed)
    train(network, lambda _: pilots, steps)
    return Deep(network)


def _new_deep_sic(pilots: Block, settings: LearningSettings, iterations: Iterations) -> DeepSic:
    problem = pilots.problem
    is_real = problem.modulation is Modulation.BPSK and settings.is_channel_real
    return DeepSic(
        problem.shape,
        num_iterations=settings.num_iterations,
        inputs=Inputs.IN_PHASE if is_real else Inputs.BOTH_AXES,
        iterations=iterations,
        seed=settings.seed,
    )


def _gnn_sic(pilots: Block, settings: LearningSettings) -> Detector:
    network = GnnSic(
        pilots.problem.modulation, num_iterations=settings.num_iterations, seed=settings.seed
    )
    return _with_fit(Deep(network), pilots, lambda told: _train(network, told, settings))


def _tuned(kind: str) -> "Method":
    """Return how a detector that was trained beforehand learns on: what is its unit of update."""

    def build(pilots: Block, settings: LearningSettings) -> Detector:
        network = fresh_copy(kind, pilots.problem.modulation)
        taught = network.of_stages if isinstance(network, LoraUnfolded) else None
        steps = TrainingSettings(learning_rate=TUNING_RATE, seed=settings.seed)

        def teach(told: Block) -> None:
            train(network, batches(told, seed=settings.seed), steps, taught=taught)

        return _with_fit(Deep(network), pilots, teach)

    return build


def _train(network: DeepNetwork, pilots: Block, settings: LearningSettings) -> None:
    train(network, batches(pilots, seed=settings.seed), TrainingSettings(seed=settings.seed))


def _classical(name: str) -> "Method":
    def build(pilots: Block, settings: LearningSettings) -> Detector:
        del settings
        return _with_fit(catalog.build(name), pilots, lambda told: None)

    return build


def _with_fit(detector: Detector, pilots: Block, teach: Callable[[Block], None]) -> Detector:
    """Teach a detector that is told the channel, with the fitted one where there is but one."""
    if not is_of_one_channel(pilots.problem):
        teach(pilots)
        return detector
    channel = fit(pilots)
    teach(replace(pilots, problem=channel.told(pilots.problem)))
    return Fitted(detector, channel)


Method = Callable[[Block, LearningSettings], Detector]

METHODS: Mapping[str, Method] = {
    "deep-sic": _deep_sic,
    "deep-sic-shared": _deep_sic_shared,
    "gnn-sic": _gnn_sic,
    "gnn-sic-tuned": _tuned("gnn-sic"),
    "filtered-unfolded": _tuned("filtered-unfolded"),
    "lora-unfolded": _tuned("lora-unfolded"),
    "oamp-net": _tuned("oamp-net"),
    "fitted-lmmse": _classical("lmmse"),
    "fitted-mmse-sic": _classical("mmse-sic"),
    "fitted-map": _classical("map"),
}
