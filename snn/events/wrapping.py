# SPDX-License-Identifier: Apache-2.0
"""Times that a counter of 23 or 24 bits has wrapped, told from times that are out of order.

A counter that wraps falls back by more than half its period and then rises on; an event that is
late falls back and the next one rises again. Half a period is 4.2 or 8.4 s: what falls by less is
out of order.
"""

import numpy as np
from numpy.typing import NDArray

PERIODS_US = (1 << 23, 1 << 24)


def wrap_us(times_us: NDArray[np.int64]) -> int | None:
    """Return the period [us] of the counter that wrapped in int64 [num_events]; None if none did.

    All times lie below the period, some fall by more than half of it, and unwrapped times are
    nearer to order.
    """
    if len(times_us) == 0 or int(times_us.min()) < 0:
        return None
    falls = _num_falls(times_us)
    for period in PERIODS_US:
        inside = int(times_us.max()) < period and bool((np.diff(times_us) < -period // 2).any())
        if inside and _num_falls(unwrapped(times_us, period_us=period)) < falls:
            return period
    return None


def unwrapped(times_us: NDArray[np.int64], *, period_us: int) -> NDArray[np.int64]:
    """Return times of which no two neighbours are more than half a period apart: [num_events]."""
    steps = np.diff(times_us, prepend=times_us[:1])
    turns = np.cumsum((steps < -period_us // 2).astype(np.int64) - (steps > period_us // 2))
    return times_us + period_us * turns


def _num_falls(times_us: NDArray[np.int64]) -> int:
    return int(np.count_nonzero(np.diff(times_us) < 0))
