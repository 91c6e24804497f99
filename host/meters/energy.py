# SPDX-License-Identifier: Apache-2.0
"""The energy of a run."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Energy:
    """What one run took.

    Parameters
    ----------
    joules : float
        The energy [J].
    low, high : float
        Bounds from the instrument's stated accuracy and one sample at each edge [J].
    method : str
        "measured:" and the name of the instrument.
    """

    joules: float
    low: float
    high: float
    method: str
