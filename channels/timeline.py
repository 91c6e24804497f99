# SPDX-License-Identifier: Apache-2.0
"""The sum of a drifting value over the slots before: distance from speed, phase from frequency."""

import numpy as np
from numpy.typing import NDArray

from channels.drift import drifts, values_at
from channels.scenario import Scenario


class RunningSum:
    """S(n) = v(0) + v(1) + ... + v(n - 1) of one target of a scenario.

    Without drift S(n) = n v. With drift it is a table from slot 0 that is extended on demand, in
    the same order of additions whoever asks, so that S(n) is one number.
    """

    def __init__(self, scenario: Scenario, target: str) -> None:
        self._scenario = scenario
        self._target = target
        self._drifts = drifts(scenario, target)
        self._sums = np.zeros(1)

    def values(self, slots: NDArray[np.int64]) -> NDArray[np.float64]:
        """Return v(n) for int64 [num_slots], as float64 [num_slots]."""
        return values_at(self._scenario, self._target, slots)

    def before(self, slots: NDArray[np.int64]) -> NDArray[np.float64]:
        """Return S(n) for int64 [num_slots], as float64 [num_slots]."""
        if not self._drifts:
            return self.values(slots) * slots
        known, needed = self._sums.size, int(slots.max(initial=0)) + 1
        if needed > known:
            fresh = self.values(np.arange(known - 1, max(needed, 2 * known) - 1))
            # cumsum adds strictly in order: going on from the last sum gives the same bits.
            more = np.cumsum(np.concatenate([self._sums[-1:], fresh]))
            self._sums = np.concatenate([self._sums, more[1:]])
        return self._sums[slots]
