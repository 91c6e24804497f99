# SPDX-License-Identifier: Apache-2.0
"""Forward reuse: one network and one pass over the masked view give the LLRs and the loss."""

import time
from collections.abc import Sequence
from dataclasses import dataclass, field

import torch
from torch import Tensor

from channels.randomness import generator
from receivers.learning.detection_loop import Stopwatch, observed
from receivers.learning.events import History
from receivers.learning.masking import MaskedView, joined, masked, trusting
from receivers.learning.policy import Policy
from receivers.learning.screened import Sieve
from receivers.learning.settings import LearnerSettings
from receivers.neural.network import Network
from receivers.neural.planes import data_llrs
from receivers.state import State, fields_of
from sim.slot import Observation, join


@dataclass(slots=True)
class _Minibatch:
    """Slots, their views, and what the network made of them."""

    observations: list[Observation] = field(default_factory=list[Observation])
    views: list[MaskedView] = field(default_factory=list[MaskedView])
    llrs: list[Tensor] = field(default_factory=list[Tensor])

    @property
    def num_slots(self) -> int:
        return sum(view.num_slots for view in self.views)


class ForwardReuse:
    """A receiver that pauses to learn from its own pass; satisfies `Receiver`.

    It detects with the pilots that are left when some are hidden. With cadence c it works for
    c mini-batches on the gradient of the first of them.

    Parameters
    ----------
    network : Network
        In evaluation mode; copied.
    settings : LearnerSettings

    Source
    ------
    M. Obeed, M. Jian, arXiv 2602.20361, 2026, second architecture and delay model.
    """

    def __init__(self, network: Network, settings: LearnerSettings) -> None:
        self._settings = settings
        self._policy = Policy(network, settings)
        self._sieve = Sieve(self._policy.history, is_on=settings.screening)
        self._now, self._held = _Minibatch(), _Minibatch()
        self._num_groups = self._num_minibatches = 0
        self.stopwatch = Stopwatch()

    @property
    def history(self) -> History:
        """Return what happened so far."""
        return self._policy.history

    def probe(self, observation: Observation) -> Tensor:
        """Return the LLRs of slots that nobody learns from, float32 [num_slots, 1, num_bits]."""
        rng = generator(seed=self._settings.seed, stream="learner/probe-masks", index=0)
        view = masked(observation, share=self._settings.hidden_share, rng=rng)
        with torch.no_grad():
            return _data(self._policy.pass_over(view), observation)

    def detect(self, observation: Observation) -> Tensor:
        """Return the LLRs, float32 [num_slots, 1, num_bits]."""
        start = time.perf_counter()
        rng = generator(seed=self._settings.seed, stream="learner/masks", index=self._num_groups)
        self._num_groups += 1
        view = masked(observation, share=self._settings.hidden_share, rng=rng)
        llr = self._policy.pass_over(view)
        self.stopwatch.detecting_s += time.perf_counter() - start
        self.stopwatch.num_slots += observation.num_slots
        self._collect(observation, view, llr)
        return _data(llr.detach(), observation)

    def _collect(self, observation: Observation, view: MaskedView, llr: Tensor) -> None:
        now = self._now
        now.observations.append(observation)
        now.views.append(view)
        now.llrs.append(llr)
        if now.num_slots < self._settings.minibatch_slots:
            return
        self._now = _Minibatch()
        turn = self._num_minibatches % self._settings.cadence
        self._num_minibatches += 1
        if turn == 0:
            self._held = now
        if turn == self._settings.cadence - 1:
            self._learn(self._held)
            self._held = _Minibatch()

    def _learn(self, minibatch: _Minibatch) -> None:
        start, is_learning = time.perf_counter(), self._policy.is_learning
        observation, view = join(minibatch.observations), joined(minibatch.views)
        sifted = self._sieve.sift(observation)
        if sifted is None:
            self._policy.pass_by()
        else:
            view = trusting(view, trusted=sifted.labels)
            with torch.enable_grad():
                llr = torch.cat(minibatch.llrs)
            self._policy.hear(sifted.cleaned, [view], llr=llr)
        elapsed_s = time.perf_counter() - start
        self.stopwatch.hear(elapsed_s, num_slots=observation.num_slots, is_learning=is_learning)

    def state(self) -> State:
        """Return the policy's past, and the slots in collection; their passes are taken again."""
        return {
            "policy": self._policy.state(),
            "sieve": self._sieve.state(),
            "now": _views_of(self._now),
            "held": _views_of(self._held),
            "num_groups": self._num_groups,
            "num_minibatches": self._num_minibatches,
            "stopwatch": self.stopwatch.state(),
        }

    def restore(self, state: State) -> None:
        """Go on where another one was."""
        self._policy.restore(state["policy"])
        self._sieve.restore(state["sieve"])
        self._num_groups = state["num_groups"]
        self._num_minibatches = state["num_minibatches"]
        self.stopwatch.restore(state["stopwatch"])
        self._now, self._held = self._again(state["now"]), self._again(state["held"])

    def _again(self, parts: Sequence[State]) -> _Minibatch:
        """Return a mini-batch whose passes are taken again: no weight has changed since."""
        minibatch = _Minibatch()
        for part in parts:
            view = MaskedView(
                observation=observed(part["view"]["observation"]),
                labelled=part["view"]["labelled"],
                labels=part["view"]["labels"],
            )
            minibatch.observations.append(observed(part["observation"]))
            minibatch.views.append(view)
            minibatch.llrs.append(self._policy.pass_over(view))
        return minibatch


def _views_of(minibatch: _Minibatch) -> list[State]:
    pairs = zip(minibatch.observations, minibatch.views, strict=True)
    return [{"observation": fields_of(seen), "view": fields_of(view)} for seen, view in pairs]


def _data(llr: Tensor, observation: Observation) -> Tensor:
    return data_llrs(llr.permute(0, 3, 1, 2), observation)
