# SPDX-License-Identifier: Apache-2.0
r"""Cuts samples into the windows in which the trigger pin is high, and integrates each.

.. math:: E = \sum_{k=a}^{b-1} P_k \, \Delta t

Sample and hold: an instrument's sample is the mean of its interval, so the sum is exact but for the
two edges, each of which lies somewhere within a sample. The bounds add the stated accuracy of all
samples, which is one error and not many, and the larger of the two powers beside each edge for one
sample. Nothing is subtracted: the idle power is in it.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from host.meters.energy import Energy
from host.meters.errors import SamplesLostError
from host.meters.samples import Facts, Samples


@dataclass(frozen=True, slots=True, kw_only=True)
class Window:
    """One window.

    Parameters
    ----------
    num_samples : int
    joules : float
        The energy [J].
    error_j : float
        By how much it may be off, by the stated accuracy [J].
    edges_j : float
        By how much it may be off since the edges lie within a sample [J].
    """

    num_samples: int
    joules: float
    error_j: float
    edges_j: float

    def energy(self, *, meter: str) -> Energy:
        """Return the energy with its bounds."""
        half = self.error_j + self.edges_j
        return Energy(
            joules=self.joules,
            low=max(0.0, self.joules - half),
            high=self.joules + half,
            method=f"measured:{meter}",
        )


class WindowCutter:
    """Takes samples as they come; `windows` are those that are complete.

    Parameters
    ----------
    facts : Facts
        Which instrument, for the rate and for messages.
    """

    def __init__(self, facts: Facts) -> None:
        self.windows: list[Window] = []
        self.num_samples = self.num_lost = self.num_low = 0
        self.is_high = False
        self._facts, self._interval_s = facts, 1.0 / facts.rate_hz
        self._last: int | None = None
        self._power_before: float | None = None
        self._clear()

    def feed(self, samples: Samples) -> None:
        """Take the next samples.

        Raises
        ------
        SamplesLostError
            Some are missing, and the pin was high just before or after.
        """
        if not samples.power_w.size:
            return
        level = np.concatenate(([self.is_high], samples.trigger))
        self._look_for_gaps(samples.number, level)
        start = 0
        for i in np.flatnonzero(level[1:] != level[:-1]):
            self._advance(samples, start, int(i))
            self._turn(samples.power_w, int(i))
            start = int(i)
        self._advance(samples, start, samples.power_w.size)
        self._power_before = float(samples.power_w[-1])
        self._last = int(samples.number[-1])
        self.num_samples += samples.power_w.size

    def _look_for_gaps(self, number: NDArray[np.int64], level: NDArray[np.bool_]) -> None:
        last = int(number[0]) - 1 if self._last is None else self._last
        gaps = np.diff(number, prepend=last) - 1
        self.num_lost += int(gaps.sum())
        lost = int(gaps[level[:-1] | level[1:]].sum())
        if lost:
            facts = self._facts
            raise SamplesLostError(meter=facts.meter, port=facts.port, num_lost=lost)

    def _advance(self, samples: Samples, start: int, stop: int) -> None:
        """Pass over samples of one level of the pin."""
        if not self.is_high:
            self.num_low += stop - start
            return
        self._num += stop - start
        self._joules += float(samples.power_w[start:stop].sum()) * self._interval_s
        self._error_j += float(samples.error_w[start:stop].sum()) * self._interval_s

    def _turn(self, power_w: NDArray[np.float64], i: int) -> None:
        """Pass over an edge between sample i - 1 and i."""
        before = float(power_w[i - 1]) if i else self._power_before
        here = float(power_w[i])
        self._edges_j += max(here if before is None else before, here) * self._interval_s
        if self.is_high:
            self.windows.append(
                Window(
                    num_samples=self._num,
                    joules=self._joules,
                    error_j=self._error_j,
                    edges_j=self._edges_j,
                )
            )
            self._clear()
            self.num_low = 0
        self.is_high = not self.is_high

    def _clear(self) -> None:
        self._num = 0
        self._joules = self._error_j = self._edges_j = 0.0
