# SPDX-License-Identifier: Apache-2.0
"""The mean of independent draws with its 95 % interval."""

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

_Z95 = 1.959963984540054


@dataclass(frozen=True, slots=True, kw_only=True)
class Interval:
    """A mean, the ends of its 95 % interval, and the number of draws behind it."""

    mean: float
    low: float
    high: float
    num_draws: int

    def holds(self, value: float) -> bool:
        """Return whether a value lies inside the interval."""
        return self.low <= value <= self.high

    @property
    def is_positive(self) -> bool:
        """Return whether the whole interval lies above zero."""
        return self.low > 0.0

    @property
    def is_negative(self) -> bool:
        """Return whether the whole interval lies below zero."""
        return self.high < 0.0


def mean_interval(draws: NDArray[np.float64]) -> Interval:
    """Return the mean of draws with its normal 95 % interval, mean +- 1.96 s / sqrt(n).

    Parameters
    ----------
    draws : float64 [num_draws]
        Independent, of finite variance; at least two.
    """
    if draws.ndim != 1 or draws.size < 2:
        raise ValueError(f"an interval needs two draws or more in one row, got {draws.shape}")
    mean = float(draws.mean())
    half = _Z95 * float(draws.std(ddof=1)) / math.sqrt(draws.size)
    return Interval(mean=mean, low=mean - half, high=mean + half, num_draws=draws.size)
