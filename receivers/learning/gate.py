# SPDX-License-Identifier: Apache-2.0
"""The drift gate: decides from the pilot loss whether the channel is still the one it was.

While nothing drifts nothing is learned. A gate hears one figure a mini-batch, from hidden pilots,
and says when it can no longer be chance.
"""

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Protocol

import numpy as np

from receivers.learning.settings import NUM_CALIBRATION, GateKind
from receivers.state import Kept, State

_SOFTENING = 0.4
_LEAST_LOSS = 1e-12  # nat


class Gate(Protocol):
    """A drift detector."""

    def drifted(self, loss: float) -> bool:
        """Hear the loss of one more mini-batch; return whether the channel has drifted."""
        ...

    def restart(self) -> None:
        """Forget what was heard: from here on, this is what is normal."""
        ...

    def state(self) -> State:
        """Return what was heard."""
        ...

    def restore(self, state: State) -> None:
        """Go on where another one was."""
        ...


@dataclass(slots=True)
class _Moments(Kept):
    """Mean and deviation of a stream of figures (Welford)."""

    num: int = 0
    mean: float = 0.0
    _squares: float = 0.0

    def add(self, value: float) -> None:
        self.num += 1
        step = value - self.mean
        self.mean += step / self.num
        self._squares += step * (value - self.mean)

    @property
    def deviation(self) -> float:
        return math.sqrt(self._squares / max(self.num - 1, 1))


class PageHinkley(Kept):
    r"""Page's test for a rise of the mean; satisfies `Gate`.

    With mean :math:`\mu` and deviation :math:`\sigma` of the first `num_calibration` losses,

    .. math:: c_t = \max(0,\; c_{t-1} + (\ell_t - \mu) / \sigma - \delta), \qquad
              \text{drift when } c_t > \lambda

    A loss counts for at most `limit` deviations above the mean, so that one deep fade is no drift.

    Parameters
    ----------
    allowance : float
        delta, in deviations: rises of the mean below this are never found.
    threshold : float
        lambda, in deviations. With normal losses a false alarm comes once in about
        exp(2 delta lambda) / (2 delta^2) mini-batches.
    num_calibration : int
        Mini-batches that are heard before any alarm, >= 2.
    limit : float

    Source
    ------
    E. S. Page, Continuous inspection schemes, Biometrika 41, 1954; D. Siegmund, Sequential
    Analysis, 1985, eq. (2.51) for the time to a false alarm.
    """

    def __init__(
        self,
        *,
        allowance: float = 0.5,
        threshold: float = 25.0,
        num_calibration: int = NUM_CALIBRATION,
        limit: float = 5.0,
    ) -> None:
        self._allowance, self._threshold = allowance, threshold
        self._num_calibration, self._limit = num_calibration, limit
        self._normal = _Moments()
        self._sum = 0.0

    def drifted(self, loss: float) -> bool:
        """Hear the loss of one more mini-batch; return whether the channel has drifted."""
        normal = self._normal
        if normal.num < self._num_calibration:
            normal.add(loss)
            return False
        rise = (loss - normal.mean) / max(normal.deviation, 1e-12)
        self._sum = max(0.0, self._sum + min(rise, self._limit) - self._allowance)
        return self._sum > self._threshold

    def restart(self) -> None:
        """Forget what was heard: from here on, this is what is normal."""
        self._normal = _Moments()
        self._sum = 0.0


class LikelihoodRatio(Kept):
    r"""The test for a rise of the mean at any time before; satisfies `Gate`.

    Of figures :math:`x_1 \dots x_t` with deviation :math:`s`, their level before the rise unknown,

    .. math:: G_t = \max_k \sqrt{k (t - k) / t} \; (\bar x_{k+1..t} - \bar x_{1..k}) / s, \qquad
              \text{drift when } G_t > h

    A jump is found as soon as by Page's test; a drift so slow that it never leaves an allowance is
    found as well, once enough was heard on both sides. The figures are :math:`\log(\ell / \mu +
    0.4)` with the mean :math:`\mu` of the first losses: the losses of single fades are far from
    normal. What rises more than `limit` deviations counts as so many.

    Parameters
    ----------
    threshold : float
        h, in standard errors.
    num_calibration : int
        Mini-batches that are heard before any alarm, >= 2; no rise begins among them.
    limit : float
    capacity : int
        Times k that are remembered, >= 4; of older ones every other goes when it is reached.

    Source
    ------
    D. M. Hawkins, P. Qiu, C. W. Kang, The changepoint model for statistical process control,
    Journal of Quality Technology 35 (4), 2003.
    """

    fixed = ("_threshold", "_num_calibration", "_limit", "_capacity")

    def __init__(
        self,
        *,
        threshold: float = 6.0,
        num_calibration: int = NUM_CALIBRATION,
        limit: float = 5.0,
        capacity: int = 256,
    ) -> None:
        self._threshold, self._num_calibration = threshold, num_calibration
        self._limit, self._capacity = limit, capacity
        self.restart()

    def drifted(self, loss: float) -> bool:
        """Hear the loss of one more mini-batch; return whether the channel has drifted."""
        if len(self._first) < self._num_calibration:
            self._first.append(loss)
            if len(self._first) == self._num_calibration:
                self._calibrate()
            return False
        self._hear(self._figure(loss))
        return self._ratio() > self._threshold

    def restart(self) -> None:
        """Forget what was heard: from here on, this is what is normal."""
        self._first: list[float] = []
        self._level, self._normal = 0.0, _Moments()
        self._num, self._sum, self._squares = 0, 0.0, 0.0
        self._nums: list[int] = []
        self._sums: list[float] = []

    def _calibrate(self) -> None:
        self._level = max(sum(self._first) / len(self._first), _LEAST_LOSS)
        for loss in self._first:
            self._normal.add(math.log(loss / self._level + _SOFTENING))
        for loss in self._first:
            self._hear(self._figure(loss))
        self._nums, self._sums = [self._num], [self._sum]

    def _figure(self, loss: float) -> float:
        figure = math.log(max(loss, 0.0) / self._level + _SOFTENING)
        rise = (figure - self._normal.mean) / max(self._normal.deviation, 1e-12)
        return min(rise, self._limit)

    def _hear(self, figure: float) -> None:
        self._num += 1
        self._sum += figure
        self._squares += figure * figure
        self._nums.append(self._num)
        self._sums.append(self._sum)
        if len(self._nums) > self._capacity:
            half = self._capacity // 2
            self._nums[:half], self._sums[:half] = self._nums[:half:2], self._sums[:half:2]

    def _ratio(self) -> float:
        k, before = np.array(self._nums[:-1]), np.array(self._sums[:-1])
        behind = self._num - k
        rise = (self._sum - before) / behind - before / k
        mean = self._sum / self._num
        deviation = math.sqrt(max(self._squares / self._num - mean * mean, 1e-12))
        return float((rise * np.sqrt(k * behind / self._num)).max()) / deviation


class Ddm(Kept):
    r"""Drift detection from the error rate of the hidden bits; satisfies `Gate`.

    With the rate p of all mini-batches since the restart and its deviation
    :math:`s = \sqrt{p (1 - p) / n}`, drift is when :math:`p + s > p_\min + a\, s_\min`, the minima
    taken where p + s was least. It hears the loss as if it were an error rate, a mini-batch one
    event, so that the same figure serves every gate.

    Parameters
    ----------
    num_deviations : float
        a; 3 in the source, which gives a false alarm in most runs of some thousand mini-batches.
    num_calibration : int
        Mini-batches that are heard before any alarm, >= 2.

    Source
    ------
    J. Gama, P. Medas, G. Castillo, P. Rodrigues, Learning with drift detection, SBIA 2004,
    section 3; the deviation is the sample's own, for a loss is no Bernoulli variable.
    """

    def __init__(
        self, *, num_deviations: float = 6.0, num_calibration: int = NUM_CALIBRATION
    ) -> None:
        self._num_deviations, self._num_calibration = num_deviations, num_calibration
        self._all = _Moments()
        self._least = self._bound = math.inf

    def drifted(self, loss: float) -> bool:
        """Hear the loss of one more mini-batch; return whether the channel has drifted."""
        self._all.add(loss)
        if self._all.num < self._num_calibration:
            return False
        deviation = self._all.deviation / math.sqrt(self._all.num)
        level = self._all.mean + deviation
        if level < self._least:
            self._least, self._bound = level, self._all.mean + self._num_deviations * deviation
        return level > self._bound

    def restart(self) -> None:
        """Forget what was heard: from here on, this is what is normal."""
        self._all = _Moments()
        self._least = self._bound = math.inf


class Open(Kept):
    """The gate that is always open: learn from everything; satisfies `Gate`."""

    def drifted(self, loss: float) -> bool:
        """Return True."""
        del loss
        return True

    def restart(self) -> None:
        """Do nothing."""


GATES: Mapping[GateKind, Callable[[], Gate]] = {
    "glr": LikelihoodRatio,
    "page-hinkley": PageHinkley,
    "ddm": Ddm,
    "open": Open,
}
