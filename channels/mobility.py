# SPDX-License-Identifier: Apache-2.0
"""How far a user has travelled since its drop began, in wavelengths, at a speed that may drift."""

import numpy as np
from numpy.typing import NDArray

from channels.scenario import Scenario
from channels.timeline import RunningSum

SPEED_OF_LIGHT_MPS = 299_792_458.0


class Mobility:
    """Distance as the integral of speed, slot by slot.

    A user whose place in the speed range is u moves at v(n) = vmin(n) + u (vmax(n) - vmin(n))
    in slot n.
    """

    def __init__(self, scenario: Scenario) -> None:
        grid = scenario.grid
        self._per_symbol = grid.symbol_duration_s * grid.carrier_hz / SPEED_OF_LIGHT_MPS
        self._per_slot = grid.num_symbols * self._per_symbol
        self._slowest = RunningSum(scenario, "channel.min_speed_mps")
        self._fastest = RunningSum(scenario, "channel.max_speed_mps")

    def travelled(
        self, slots: NDArray[np.int64], starts: NDArray[np.int64], *, place: NDArray[np.float32]
    ) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """Return the distance at the beginning of each slot, and in each of its symbols.

        Parameters
        ----------
        slots, starts : int64 [num_slots]
            Slot, and the slot at which its drop begins.
        place : float32 [num_slots]
            Place of the user in the speed range, 0..1.

        Returns
        -------
        float64 [num_slots], float64 [num_slots]
            Distance since the drop began, and distance per symbol [wavelengths].
        """
        u = place.astype(np.float64)
        low = self._slowest.before(slots) - self._slowest.before(starts)
        high = self._fastest.before(slots) - self._fastest.before(starts)
        now_low, now_high = self._slowest.values(slots), self._fastest.values(slots)
        distance = (low + u * (high - low)) * self._per_slot
        return distance, (now_low + u * (now_high - now_low)) * self._per_symbol
