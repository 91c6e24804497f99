# SPDX-License-Identifier: Apache-2.0
"""A detector that learns while it detects, from pilots on which the symbols of all users are known.

Every mini-batch judges before it teaches: its elements are new to the clone that learns and to the
weights in force. Where the clone is the better one on them, its weights are served; where it is
clearly worse, or has diverged, it goes back to those in force.
"""

import copy
import math
from dataclasses import replace
from typing import Any

import torch
from torch import Tensor
from torch.nn import functional as F

from channels.randomness import generator
from receivers.learning.events import History
from receivers.learning.update import Update, apply, changes
from receivers.mimo.deep.known_noise import within
from receivers.mimo.deep.lora_unfolded import CHANNEL_FACTORS, LoraUnfolded
from receivers.mimo.deep.network import DeepNetwork
from receivers.mimo.deep.online_settings import OnlineSettings, Taught
from receivers.mimo.deep.taught import taught
from receivers.mimo.deep.trained import bounded
from receivers.mimo.deep.training import loss_of
from receivers.mimo.deep.turning import turned
from receivers.mimo.element_wise import ElementWise, Estimator
from receivers.state import Kept, State
from sim.mimo.problem import Block, Problem, Sent
from sim.slot import Observation

WORSE = 3.0
"""Standard errors by which the clone must be behind before it is given up."""


class DetectorLearner(Kept):
    """Learns from observations alone; satisfies `Learner`.

    Parameters
    ----------
    network : DeepNetwork
        The one in force; copied.
    estimator : Estimator
        As the detector's own.
    settings : OnlineSettings

    Raises
    ------
    ValueError
        The network has no channel factors, which alone may change.
    """

    fixed = ("_estimator", "_settings", "_optimizer")

    def __init__(
        self, network: DeepNetwork, estimator: Estimator, settings: OnlineSettings
    ) -> None:
        self._estimator, self._settings = estimator, settings
        self._in_force = copy.deepcopy(network).eval()
        self._clone = copy.deepcopy(network).eval()
        self._optimizer = self._fresh_optimizer()
        self._elements: list[Tensor] = []
        self.history = History()

    @property
    def is_learning(self) -> bool:
        """Return True: every mini-batch teaches."""
        return True

    def observe(self, observation: Observation) -> Update | None:
        """Take one mini-batch; return new weights for the receiver, if there are any."""
        history = self.history
        history.num_slots += observation.num_slots
        history.num_minibatches += 1
        block = taught(observation, self._estimator)
        block = replace(block, problem=within(block.problem, self._in_force.max_snr_db))
        if not block.problem.num_elements:
            return None
        update = self._judged(block) if history.num_learned else None
        self._remember(block)
        self._learn(self._remembered(block))
        history.num_learned += 1
        return update

    def state(self) -> State:
        """Return what was learned, kept and counted, the optimizer's moments among it."""
        return {**Kept.state(self), "optimizer": _plain(self._optimizer.state_dict())}

    def restore(self, state: State) -> None:
        """Go on where another learner was."""
        Kept.restore(self, {name: kept for name, kept in state.items() if name != "optimizer"})
        self._optimizer.load_state_dict(state["optimizer"])

    def _fresh_optimizer(self) -> torch.optim.Adam:
        """Return Adam for what may change; nothing else keeps gradients."""
        wanted = CHANNEL_FACTORS if self._settings.trained == "channel-factors" else ("",)
        taught = []
        for name, parameter in self._clone.named_parameters():
            parameter.requires_grad_(name.endswith(wanted))
            taught += [parameter] if parameter.requires_grad else []
        if not taught:
            raise ValueError("the network has no channel factors; see `ready_to_learn`")
        return torch.optim.Adam(taught, lr=self._settings.learning_rate)

    def _judged(self, block: Block) -> Update | None:
        """Return the clone's weights where they are better on what neither has learned from."""
        gain = _losses(self._in_force, block) - _losses(self._clone, block)
        mean = float(gain.mean())
        if mean > 0.0:
            update = changes(self._clone, self._in_force, reason="learned")
            if update is not None:
                apply(update, self._in_force)
                self.history.num_updates += 1
            return update
        has_diverged = not math.isfinite(mean)
        if has_diverged or (len(gain) > 1 and mean < -WORSE * float(gain.std()) / len(gain) ** 0.5):
            self._clone.load_state_dict(self._in_force.state_dict())
            self.history.note("rolled back")
        if has_diverged:  # and so have the moments
            self._optimizer = self._fresh_optimizer()
        return None

    def _remember(self, block: Block) -> None:
        problem = block.problem
        new = [problem.y, problem.h, problem.noise_variance, block.sent.labels]
        pairs = zip(self._elements, new, strict=True) if self._elements else ((one,) for one in new)
        self._elements = [torch.cat(pair)[-self._settings.num_kept :] for pair in pairs]

    def _remembered(self, newest: Block) -> Block:
        y, h, noise_variance, labels = self._elements
        modulation = newest.problem.modulation
        return Block(
            problem=Problem(modulation=modulation, y=y, h=h, noise_variance=noise_variance),
            sent=Sent(labels=labels, bits=modulation.label_bits[labels], h=h),
        )

    @torch.enable_grad()
    def _learn(self, kept: Block) -> None:
        settings = self._settings
        rng = generator(
            seed=settings.seed, stream="detector-learner", index=self.history.num_minibatches
        )
        turns = torch.Generator().manual_seed(int(rng.integers(2**62)))
        for _ in range(settings.num_steps):
            chosen = torch.from_numpy(
                rng.integers(kept.problem.num_elements, size=settings.batch_size)
            )
            loss = loss_of(self._clone, turned(kept.chosen(chosen), rng=turns))
            self._optimizer.zero_grad()
            loss.backward()
            self._optimizer.step()
            self._clone.confine()


class ElementServing(Kept):
    """Detection element by element with weights that can be changed; satisfies `Serving`.

    Parameters
    ----------
    network : DeepNetwork
        Copied.
    estimator : Estimator
    """

    fixed = ("_estimator",)

    def __init__(self, network: DeepNetwork, estimator: Estimator) -> None:
        self._network = copy.deepcopy(network).requires_grad_(requires_grad=False)
        self._estimator = estimator

    def detect(self, observation: Observation) -> Tensor:
        """Return the LLRs, float32 [num_slots, num_tx, num_bits]."""
        return ElementWise(self._estimator, bounded(self._network)).detect(observation)

    def probe(self, observation: Observation) -> Tensor:
        """Return the LLRs of slots that are not on the air; nothing else changes."""
        return self.detect(observation)

    def update(self, update: Update) -> None:
        """Put new weights in force, for the next slot on."""
        apply(update, self._network)


def ready_to_learn(network: DeepNetwork, trained: Taught) -> DeepNetwork:
    """Return a network that does the same, and has what is to be trained.

    Raises
    ------
    TypeError
        It is of a kind that has no channel factors.
    """
    if trained == "all":
        return network
    if not isinstance(network, LoraUnfolded):
        raise TypeError("only unfolded detectors have channel factors")
    return network.with_channel_factors()


def _losses(network: DeepNetwork, block: Block) -> Tensor:
    """Return the cross-entropy of each element's last beliefs, float32 [num_elements]."""
    with torch.no_grad():
        logits = network(block.problem)[-1]
    return F.cross_entropy(logits.transpose(1, 2), block.sent.labels, reduction="none").mean(1)


def _plain(value: object) -> Any:  # noqa: ANN401  # of the type that went in
    """Return a copy of an optimizer's state that is made of what states are made of."""
    if isinstance(value, Tensor):
        return value.detach().clone()
    if isinstance(value, dict):
        return {key: _plain(entry) for key, entry in value.items()}
    return [_plain(entry) for entry in value] if isinstance(value, list | tuple) else value
