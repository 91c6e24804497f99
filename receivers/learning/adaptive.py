# SPDX-License-Identifier: Apache-2.0
"""Receivers that learn: they detect slot by slot, and change between two mini-batches."""

import time
from dataclasses import dataclass, field
from typing import Protocol

from torch import Tensor

from channels.grid import Grid
from receivers.learning.events import History
from receivers.learning.genie_learner import GenieLearner
from receivers.learning.settings import LearnerSettings
from receivers.learning.update import Update, restored
from receivers.receiver import Learner
from receivers.state import Kept, State, Stateful, fields_of
from sim.slot import Observation, Truth, join


class Serving(Stateful, Protocol):
    """Whatever detects with weights that can be changed: a network here, its twin, or a board."""

    def detect(self, observation: Observation) -> Tensor:
        """Return the LLRs, float32 [num_slots, 1, num_bits]."""
        ...

    def update(self, update: Update) -> None:
        """Put new weights in force, for the next slot on."""
        ...

    def probe(self, observation: Observation) -> Tensor:
        """Return the LLRs of slots that are not on the air; nothing else changes."""
        ...


@dataclass(slots=True)
class Stopwatch(Kept):
    """How long this machine took for the slots so far [s]; no two runs agree on it."""

    detecting_s: float = 0.0
    learning_s: float = 0.0
    num_slots: int = 0
    num_learned_slots: int = 0


@dataclass(slots=True)
class _Cadence:
    """Collects slots to mini-batches, and holds an update back until its computation is over.

    With cadence c the learner works on every c-th mini-batch; what it learns from one is in force
    when it takes the next.
    """

    settings: LearnerSettings
    serving: Serving
    parts: list[Observation] = field(default_factory=list[Observation])
    truths: list[Truth] = field(default_factory=list[Truth])
    num_minibatches: int = 0
    pending: Update | None = None

    def is_full(self, observation: Observation, truth: Truth | None = None) -> bool:
        """Add slots; return whether a mini-batch is complete that the learner should take."""
        self.parts.append(observation)
        if truth is not None:
            self.truths.append(truth)
        if sum(part.num_slots for part in self.parts) < self.settings.minibatch_slots:
            return False
        self.num_minibatches += 1
        if self.num_minibatches % self.settings.cadence == 0:
            if self.pending is not None:
                self.serving.update(self.pending)
                self.pending = None
            return True
        self.empty()
        return False

    def take(self, update: Update | None) -> None:
        """Put an update in force now, or when the next mini-batch is learned from."""
        self.empty()
        if update is None:
            return
        if self.settings.cadence == 1:
            self.serving.update(update)
        else:
            self.pending = update

    def empty(self) -> None:
        """Drop the collected slots."""
        self.parts, self.truths = [], []

    def state(self) -> State:
        """Return the mini-batch in collection, and what waits; serving has a state of its own."""
        return {
            "parts": [fields_of(part) for part in self.parts],
            "truths": [fields_of(truth) for truth in self.truths],
            "num_minibatches": self.num_minibatches,
            "pending": None if self.pending is None else fields_of(self.pending),
        }

    def restore(self, state: State) -> None:
        """Go on where another collection was."""
        self.parts = [observed(part) for part in state["parts"]]
        self.truths = [Truth(**truth) for truth in state["truths"]]
        self.num_minibatches = state["num_minibatches"]
        self.pending = None if state["pending"] is None else restored(state["pending"])


class AdaptiveReceiver(Kept):
    """Detects, and hands every mini-batch to a learner; satisfies `Receiver`.

    Parameters
    ----------
    serving : Serving
    learner : Learner
    settings : LearnerSettings
    """

    def __init__(self, serving: Serving, learner: Learner, settings: LearnerSettings) -> None:
        self._serving, self._learner = serving, learner
        self._cadence = _Cadence(settings, serving)
        self.stopwatch = Stopwatch()

    @property
    def history(self) -> History:
        """Return what happened to the learner."""
        return self._learner.history

    def probe(self, observation: Observation) -> Tensor:
        """Return the LLRs of slots that nobody learns from, float32 [num_slots, 1, num_bits]."""
        return self._serving.probe(observation)

    def detect(self, observation: Observation) -> Tensor:
        """Return the LLRs, float32 [num_slots, 1, num_bits]."""
        llr = _timed_detection(self._serving, observation, self.stopwatch)
        if self._cadence.is_full(observation):
            seen = join(self._cadence.parts)
            start = time.perf_counter()
            update = self._learner.observe(seen)
            self.stopwatch.learning_s += time.perf_counter() - start
            self.stopwatch.num_learned_slots += seen.num_slots
            self._cadence.take(update)
        return llr


class AdaptiveGenie(Kept):
    """Detects from observations, but learns from the truth; satisfies `GenieReceiver`.

    Parameters
    ----------
    serving : Serving
    learner : GenieLearner
    settings : LearnerSettings
    """

    def __init__(self, serving: Serving, learner: GenieLearner, settings: LearnerSettings) -> None:
        self._serving, self._learner = serving, learner
        self._cadence = _Cadence(settings, serving)
        self.stopwatch = Stopwatch()

    @property
    def history(self) -> History:
        """Return what happened to the learner."""
        return self._learner.history

    def probe(self, observation: Observation) -> Tensor:
        """Return the LLRs of slots that nobody learns from, float32 [num_slots, 1, num_bits]."""
        return self._serving.probe(observation)

    def detect_with_truth(self, observation: Observation, truth: Truth) -> Tensor:
        """Return the LLRs, float32 [num_slots, 1, num_bits]."""
        llr = _timed_detection(self._serving, observation, self.stopwatch)
        if self._cadence.is_full(observation, truth):
            seen, sent = join(self._cadence.parts), join(self._cadence.truths)
            start = time.perf_counter()
            update = self._learner.observe_with_truth(seen, sent)
            self.stopwatch.learning_s += time.perf_counter() - start
            self.stopwatch.num_learned_slots += seen.num_slots
            self._cadence.take(update)
        return llr


def observed(state: State) -> Observation:
    """Return the observation whose `fields_of` these are."""
    rest = {name: value for name, value in state.items() if name != "grid"}
    return Observation(grid=Grid(**state["grid"]), **rest)


def _timed_detection(serving: Serving, observation: Observation, watch: Stopwatch) -> Tensor:
    start = time.perf_counter()
    llr = serving.detect(observation)
    watch.detecting_s += time.perf_counter() - start
    watch.num_slots += observation.num_slots
    return llr
