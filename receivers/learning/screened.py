# SPDX-License-Identifier: Apache-2.0
"""What is left of a mini-batch to learn from, once pilots that cannot be true are gone."""

from receivers.learning.events import History
from receivers.learning.screening import screen, without
from receivers.state import Kept
from sim.slot import Observation

_LEAST_SHARE = 0.5


class Sieve(Kept):
    """Takes broken pilots out of mini-batches, and says so in the history.

    Parameters
    ----------
    history : History
    is_on : bool
        False lets everything pass.
    """

    fixed = ("_history", "_is_on")

    def __init__(self, history: History, *, is_on: bool) -> None:
        self._history, self._is_on = history, is_on
        self._was_broken = False

    def sift(self, observation: Observation) -> Observation | None:
        """Return the slots whose pilots can be true, or None where they are less than half."""
        if not self._is_on:
            return observation
        found = screen(observation)
        num_rejected = int(found.rejected.sum())
        self._history.num_screened_slots += num_rejected
        is_broken = num_rejected > _LEAST_SHARE * observation.num_slots
        if is_broken and not self._was_broken:
            self._history.note("screened")
        self._was_broken = is_broken
        if is_broken:
            return None
        cleaned = without(observation, found.trusted)
        return cleaned.chosen(~found.rejected) if num_rejected else cleaned
