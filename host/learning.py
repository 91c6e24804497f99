# SPDX-License-Identifier: Apache-2.0
"""A receiver that learns, as a trial sees it: it detects, is probed, and tells what it did."""

from dataclasses import replace
from typing import Protocol

from torch import Tensor

from host.expense import Expense
from host.probing import Prober
from host.record import Cost, Learning, LearningEvent, LearningTime
from host.travel import Travel
from receivers.learning.adaptive import AdaptiveReceiver
from receivers.learning.adaptive_genie import AdaptiveGenie
from receivers.learning.detection_loop import Serving
from receivers.learning.forward_reuse import ForwardReuse
from receivers.learning.genie_learner import GenieLearner
from receivers.learning.pilot_learner import PilotLearner
from receivers.learning.serving import FloatServing
from receivers.learning.settings import LearnerSettings
from receivers.learning.update import Update
from receivers.neural.network import Network
from receivers.state import Kept
from sim.slot import Observation, Slot

LearningReceiver = AdaptiveReceiver | AdaptiveGenie | ForwardReuse


def learning_receiver(
    network: Network, settings: LearnerSettings, serving: Serving
) -> LearningReceiver:
    """Return what learns with a network of its own, as its settings say, and detects elsewhere."""
    if settings.design == "forward-reuse":
        return ForwardReuse(network, settings)
    if settings.labels == "truth":
        return AdaptiveGenie(serving, GenieLearner(network, settings), settings)
    return AdaptiveReceiver(serving, PilotLearner(network, settings), settings)


class CostlyServing(Serving, Protocol):
    """Detection with weights that can be changed, and what it costs."""

    @property
    def travel(self) -> Travel | None:
        """Return what the updates took on their way; None where nothing travels."""
        ...

    def expense(self) -> Expense:
        """Return what the slots so far cost."""
        ...


class ServingHere(Kept):
    """Floating point on this machine; satisfies `CostlyServing`."""

    fixed = ("_cost",)
    travel = None

    def __init__(self, network: Network, *, cost: Cost | None) -> None:
        self._serving = FloatServing(network)
        self._cost = cost

    def detect(self, observation: Observation) -> Tensor:
        """Return the LLRs, float32 [num_slots, 1, num_bits]."""
        return self._serving.detect(observation)

    def probe(self, observation: Observation) -> Tensor:
        """Return the LLRs of slots that are not on the air; nothing else changes."""
        return self._serving.detect(observation)

    def update(self, update: Update) -> None:
        """Put new weights in force, for the next slot on."""
        self._serving.update(update)

    def expense(self) -> Expense:
        """Return the work of one slot."""
        return Expense(cost=self._cost)


class OnLearner(Kept):
    """A learner and where its network serves; satisfies `Detector`.

    Parameters
    ----------
    receiver : LearningReceiver
        Learns, and detects by `serving`.
    serving : CostlyServing
    prober : Prober or None
    """

    fixed = ("_serving",)

    def __init__(
        self, receiver: LearningReceiver, *, serving: CostlyServing, prober: Prober | None
    ) -> None:
        self._receiver, self._serving, self._prober = receiver, serving, prober
        self._num_slots = 0

    def detect(self, slot: Slot) -> Tensor:
        """Return the LLRs; a genie learns from the truth, anybody else from the observation."""
        if self._prober and self._prober.is_due(self._num_slots):
            self._prober.probe(self._receiver.probe, num_slots=self._num_slots)
        self._num_slots += slot.observation.num_slots
        if isinstance(self._receiver, AdaptiveGenie):
            return self._receiver.detect_with_truth(slot.observation, slot.truth)
        return self._receiver.detect(slot.observation)

    def expense(self) -> Expense:
        """Return what the slots so far cost, and what was learned; probes a last time."""
        if self._prober:
            self._prober.probe(self._receiver.probe, num_slots=self._num_slots)
        return replace(
            self._serving.expense(), learning=self._learning(), learning_time=self._time()
        )

    def _learning(self) -> Learning:
        history, travel = self._receiver.history, self._serving.travel
        return Learning(
            num_minibatches=history.num_minibatches,
            num_learned=history.num_learned,
            num_updates=history.num_updates,
            num_screened_slots=history.num_screened_slots,
            num_excluded_pilots=history.num_excluded_pilots,
            buffer_bytes=history.buffer_bytes,
            update_bytes=None if travel is None else tuple(travel.num_bytes),
            update_slots=tuple(travel.num_slots) if travel and travel.num_slots else None,
            events=tuple(LearningEvent(slot=e.slot, kind=e.kind) for e in history.events),
            probes=self._prober.tries if self._prober else (),
        )

    def _time(self) -> LearningTime:
        watch = self._receiver.stopwatch
        learned, watched = watch.num_learned_slots, watch.num_watched_slots
        travel = self._serving.travel
        return LearningTime(
            detecting_s_per_slot=watch.detecting_s / max(watch.num_slots, 1),
            learning_s_per_slot=watch.learning_s / learned if learned else None,
            watching_s_per_slot=watch.watching_s / watched if watched else None,
            sending_s_per_update=travel.sending_s / len(travel.num_slots)
            if travel and travel.num_slots
            else None,
        )
