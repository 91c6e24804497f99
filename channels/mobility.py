# SPDX-License-Identifier: Apache-2.0
"""How far a user has travelled since its drop began, in wavelengths, at a speed that may drift."""

import numpy as np
from numpy.typing import NDArray

from channels.drift import drifts, values_at
from channels.scenario import Scenario

SPEED_OF_LIGHT_MPS = 299_792_458.0


class Mobility:
    """Distance as the integral of speed, slot by slot.

    A user whose place in the speed range is u moves at v(n) = vmin(n) + u (vmax(n) - vmin(n)) during slot
    n. Without drift the distance is a closed form; with drift it is a running sum from slot 0 that is
    extended on demand and never depends on who asked.
    """

    def __init__(self, scenario: Scenario) -> None:
        grid = scenario.grid
        wavelength_m = SPEED_OF_LIGHT_MPS / grid.carrier_hz
        self._scenario = scenario
        self._slot_per_mps = grid.slot_duration_s / wavelength_m
        self._symbol_per_mps = grid.symbol_duration_s / wavelength_m
        self._drifts = drifts(scenario, "channel.min_speed_mps") or drifts(scenario, "channel.max_speed_mps")
        self._sums = np.zeros((2, 1))

    def travelled(
        self, slots: NDArray[np.int64], starts: NDArray[np.int64], *, u: NDArray[np.float32]
    ) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """Return the distance at the beginning of each slot, and in each of its symbols.

        Parameters
        ----------
        slots, starts : int64 [num_slots]
            Slot, and the slot at which its drop begins.
        u : float32 [num_slots]
            Place of the user in the speed range, 0..1.

        Returns
        -------
        float64 [num_slots], float64 [num_slots]
            Distance since the drop began, and distance per symbol [wavelengths].
        """
        place = u.astype(np.float64)
        low, high = self._speeds(slots)
        step = (low + place * (high - low)) * self._symbol_per_mps
        if not self._drifts:
            return (low + place * (high - low)) * (slots - starts) * self._slot_per_mps, step
        low, high = self._sum_before(slots) - self._sum_before(starts)
        return (low + place * (high - low)) * self._slot_per_mps, step

    def _speeds(self, slots: NDArray[np.int64]) -> NDArray[np.float64]:
        low = values_at(self._scenario, "channel.min_speed_mps", slots)
        high = values_at(self._scenario, "channel.max_speed_mps", slots)
        return np.stack([low, np.maximum(low, high)])

    def _sum_before(self, slots: NDArray[np.int64]) -> NDArray[np.float64]:
        """Return float64 [2, num_slots]: the sum of least and greatest speed over all earlier slots [m/s]."""
        known = self._sums.shape[1]
        needed = int(slots.max()) + 1
        if needed > known:
            fresh = self._speeds(np.arange(known - 1, max(needed, 2 * known) - 1))
            # cumsum adds strictly in order, so going on from the last sum gives the same bits as starting over.
            more = np.cumsum(np.concatenate([self._sums[:, -1:], fresh], axis=1), axis=1)
            self._sums = np.concatenate([self._sums, more[:, 1:]], axis=1)
        return self._sums[:, slots]
