# SPDX-License-Identifier: Apache-2.0
"""Detection slot by slot, learning mini-batch by mini-batch, and weights that change in between."""

import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

from torch import Tensor

from channels.grid import Grid
from receivers.learning.update import Update, restored
from receivers.state import Kept, State, Stateful, fields_of
from sim.slot import Observation, join


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


class Pace(Protocol):
    """When a learner is to learn; part of all its settings."""

    @property
    def minibatch_slots(self) -> int:
        """Return the slots of a mini-batch."""
        ...

    @property
    def cadence(self) -> int:
        """Return that it learns from every so many of them."""
        ...


@dataclass(slots=True)
class Stopwatch(Kept):
    """How long this machine took for the slots so far [s]; no two runs agree on it."""

    detecting_s: float = 0.0
    learning_s: float = 0.0
    watching_s: float = 0.0
    num_slots: int = 0
    num_learned_slots: int = 0
    num_watched_slots: int = 0

    def hear(self, elapsed_s: float, *, num_slots: int, is_learning: bool) -> None:
        """Add the time of the learner for a mini-batch that it learned from, or only watched."""
        if is_learning:
            self.learning_s += elapsed_s
            self.num_learned_slots += num_slots
        else:
            self.watching_s += elapsed_s
            self.num_watched_slots += num_slots


class DetectionLoop:
    """Collects slots to mini-batches, and holds an update back until its computation is over.

    With cadence c the learner works for c mini-batches on one; what it learns from it is in force
    when it takes the next. While it does not learn it has the time to watch every one.

    Parameters
    ----------
    serving : Serving
    settings : Pace
    """

    def __init__(self, serving: Serving, settings: Pace) -> None:
        self._serving, self._settings = serving, settings
        self._collected: list[Observation] = []
        self._num_waiting = 0
        self._pending: Update | None = None
        self.stopwatch = Stopwatch()

    @property
    def num_collected(self) -> int:
        """Return how many batches of slots the mini-batch in collection has."""
        return len(self._collected)

    def probe(self, observation: Observation) -> Tensor:
        """Return the LLRs of slots that nobody learns from, float32 [num_slots, 1, num_bits]."""
        return self._serving.probe(observation)

    def detect(
        self,
        observation: Observation,
        learn: Callable[[Observation], Update | None],
        *,
        is_learning: bool,
    ) -> Tensor:
        """Return the LLRs, float32 [num_slots, 1, num_bits].

        Parameters
        ----------
        observation : Observation
        learn : callable
            Called with a mini-batch once it is complete, if the learner has the time.
        is_learning : bool
            Whether it will learn from it, and not only watch.
        """
        start = time.perf_counter()
        llr = self._serving.detect(observation)
        self.stopwatch.detecting_s += time.perf_counter() - start
        self.stopwatch.num_slots += observation.num_slots
        self._collected.append(observation)
        if sum(part.num_slots for part in self._collected) >= self._settings.minibatch_slots:
            self._complete(learn, is_learning=is_learning)
        return llr

    def _complete(
        self, learn: Callable[[Observation], Update | None], *, is_learning: bool
    ) -> None:
        seen, self._collected = join(self._collected), []
        self._num_waiting += 1
        if is_learning and self._num_waiting < self._settings.cadence:
            return
        self._num_waiting = 0
        if self._pending is not None:
            self._serving.update(self._pending)
        start = time.perf_counter()
        self._pending = learn(seen)
        elapsed_s = time.perf_counter() - start
        self.stopwatch.hear(elapsed_s, num_slots=seen.num_slots, is_learning=is_learning)
        if self._pending is not None and self._settings.cadence == 1:
            self._serving.update(self._pending)
            self._pending = None

    def state(self) -> State:
        """Return the mini-batch in collection, what waits, and the weights that serve."""
        return {
            "serving": self._serving.state(),
            "collected": [fields_of(part) for part in self._collected],
            "num_waiting": self._num_waiting,
            "pending": None if self._pending is None else fields_of(self._pending),
            "stopwatch": self.stopwatch.state(),
        }

    def restore(self, state: State) -> None:
        """Go on where another loop was."""
        self._serving.restore(state["serving"])
        self._collected = [observed(part) for part in state["collected"]]
        self._num_waiting = state["num_waiting"]
        self._pending = None if state["pending"] is None else restored(state["pending"])
        self.stopwatch.restore(state["stopwatch"])


def observed(state: State) -> Observation:
    """Return the observation whose `fields_of` these are."""
    rest = {name: value for name, value in state.items() if name != "grid"}
    return Observation(grid=Grid(**state["grid"]), **rest)
