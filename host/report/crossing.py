# SPDX-License-Identifier: Apache-2.0
"""Where curves fall through a target: log of the rate, linear in dB, for many curves at once."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray


def crossings(
    snr_db: Sequence[float], rates: NDArray[np.float64], *, target: float
) -> NDArray[np.float64]:
    r"""Return where each curve last falls through the target [dB].

    Between a point at or above the target t and the next one below it,

    .. math:: s = s_1 + (s_2 - s_1) \frac{\ln(p_1 / t)}{\ln(p_1 / p_2)}

    Parameters
    ----------
    snr_db : sequence of float [dB]
        The points, in order.
    rates : float64 [..., num_points]
        Error rates above 0, of as many curves as there are rows.

    Returns
    -------
    float64 [...]
        Infinity for a curve that stays at or above the target, minus infinity for one that stays
        below it, NaN for one that only rises or is not known at a point.
    """
    above = rates >= target
    start, end = above[..., 0], above[..., -1]
    found = np.where(start, np.inf, np.where(end, np.nan, -np.inf))
    for i in range(len(snr_db) - 1):
        left, right = rates[..., i], rates[..., i + 1]
        falls = above[..., i] & ~above[..., i + 1]
        share = np.log(np.where(falls, left, 1.0) / target) / np.log(
            np.where(falls, left / right, np.e)
        )
        found = np.where(falls, snr_db[i] + share * (snr_db[i + 1] - snr_db[i]), found)
    return np.where(np.isnan(rates).any(-1), np.nan, found)
