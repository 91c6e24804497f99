# SPDX-License-Identifier: Apache-2.0
"""The receiver that detects from observations, but learns from the truth: a bound on learning."""

from functools import partial

from torch import Tensor

from receivers.learning.detection_loop import DetectionLoop, Serving, Stopwatch
from receivers.learning.events import History
from receivers.learning.genie_learner import GenieLearner
from receivers.learning.settings import LearnerSettings
from receivers.learning.update import Update
from receivers.state import State, fields_of
from sim.slot import Observation, Truth, join


class AdaptiveGenie:
    """Hands every mini-batch to a genie, with what was sent; satisfies `GenieReceiver`.

    Parameters
    ----------
    serving : Serving
    learner : GenieLearner
    settings : LearnerSettings
    """

    def __init__(self, serving: Serving, learner: GenieLearner, settings: LearnerSettings) -> None:
        self._learner = learner
        self._loop = DetectionLoop(serving, settings)
        self._truths: list[Truth] = []

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

    def detect_with_truth(self, observation: Observation, truth: Truth) -> Tensor:
        """Return the LLRs, float32 [num_slots, 1, num_bits]."""
        self._truths.append(truth)
        learn = partial(_learn, self._learner, self._truths)
        llr = self._loop.detect(observation, learn, is_learning=self._learner.is_learning)
        if not self._loop.num_collected:
            self._truths = []
        return llr

    def state(self) -> State:
        """Return the learner's past, the loop's, and the truth of the slots in collection."""
        return {
            "learner": self._learner.state(),
            "loop": self._loop.state(),
            "truths": [fields_of(truth) for truth in self._truths],
        }

    def restore(self, state: State) -> None:
        """Go on where another one was."""
        self._learner.restore(state["learner"])
        self._loop.restore(state["loop"])
        self._truths = [Truth(**truth) for truth in state["truths"]]


def _learn(learner: GenieLearner, truths: list[Truth], seen: Observation) -> Update | None:
    return learner.observe_with_truth(seen, join(truths))
