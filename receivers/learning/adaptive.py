# SPDX-License-Identifier: Apache-2.0
"""The receiver that learns from what it receives, and from nothing else."""

from torch import Tensor

from receivers.learning.detection_loop import DetectionLoop, Pace, Serving, Stopwatch
from receivers.learning.events import History
from receivers.receiver import Learner
from receivers.state import Kept
from sim.slot import Observation


class AdaptiveReceiver(Kept):
    """Detects, and hands every mini-batch to a learner; satisfies `Receiver`.

    Parameters
    ----------
    serving : Serving
    learner : Learner
    settings : Pace
    """

    def __init__(self, serving: Serving, learner: Learner, settings: Pace) -> None:
        self._learner = learner
        self._loop = DetectionLoop(serving, settings)

    @property
    def history(self) -> History:
        """Return what happened to the learner."""
        return self._learner.history

    @property
    def stopwatch(self) -> Stopwatch:
        """Return how long it took so far."""
        return self._loop.stopwatch

    def probe(self, observation: Observation) -> Tensor:
        """Return the LLRs of slots that nobody learns from, float32 [num_slots, 1, num_bits]."""
        return self._loop.probe(observation)

    def detect(self, observation: Observation) -> Tensor:
        """Return the LLRs, float32 [num_slots, 1, num_bits]."""
        learner = self._learner
        return self._loop.detect(observation, learner.observe, is_learning=learner.is_learning)
