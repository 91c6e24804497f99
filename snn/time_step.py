# SPDX-License-Identifier: Apache-2.0
"""Time steps as people write them, in milliseconds, and as everything here counts them."""

import math

from snn.errors import SpikingError

_US_PER_MS = 1000
_ROUNDING = 1e-9


def microseconds(step_ms: float) -> int:
    """Return a time step of milliseconds [ms] in microseconds [us].

    Raises
    ------
    SpikingError
        If that is no whole number above 0.
    """
    step_us = round(step_ms * _US_PER_MS) if math.isfinite(step_ms) else 0
    if step_us < 1 or abs(step_us - step_ms * _US_PER_MS) > _ROUNDING:
        raise SpikingError(f"{step_ms:g} ms is no whole number of microseconds above 0; try 4")
    return step_us
