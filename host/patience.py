# SPDX-License-Identifier: Apache-2.0
r"""How long to wait for an answer before asking again, learned from the answers that came.

.. math::
    S &\leftarrow S + (R - S) / 8, \qquad V \leftarrow V + (|R - S| - V) / 4 \\
    T &= \max(T_{min}, 3 S, S + 4 V, W / 2)

R is the time an answer took, S its smoothed value, V its deviation, W the work that the device is
known to do for an answer, at a slow rate, and T the wait. The first answer gives 3 R, and no number
of equal ones gives less: a machine that does other things as well is late without notice.

A repetition doubles the wait, which stays doubled until a request is answered at once: answers to
repeated requests teach nothing, because it is unknown which copy they answer. Requests are learned
about apart by command and by length, to the nearest power of two.

Source
------
RFC 6298, section 2 (estimator), section 3 (Karn's rule) and section 5 (backing off).
"""

from dataclasses import dataclass

_GAIN_SMOOTHED = 1 / 8
_GAIN_DEVIATION = 1 / 4
_NUM_DEVIATIONS = 4
_LEAST_MULTIPLE = 3
_LEAST_SHARE_OF_WORK = 1 / 2
_MAX_DOUBLINGS = 8
_SLOWEST_BYTES_PER_S = 960.0  # 9600 Bd with start and stop bit


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """How long and how often to try.

    Parameters
    ----------
    timeout_s : float
        Longest a command may take, with all its repetitions, beyond its expected work [s].
    num_attempts : int
        How often a request is sent at most; the last one waits for all the time left.
    first_wait_s : float
        Wait before a repetition while nothing is known, beyond the expected work and what its bytes
        take at 9600 Bd [s].
    shortest_wait_s : float
        Shortest wait before a repetition, whatever was learned [s].
    """

    timeout_s: float = 10.0
    num_attempts: int = 12
    first_wait_s: float = 1.0
    shortest_wait_s: float = 1.0


@dataclass(slots=True, kw_only=True)
class _Estimate:
    smoothed_s: float
    deviation_s: float
    num_doublings: int = 0


class Patience:
    """The waits before repetitions of one conversation."""

    def __init__(self, limits: Limits) -> None:
        self._limits = limits
        self._estimates: dict[tuple[int, int], _Estimate] = {}
        self._work_s: dict[int, float] = {}

    def timeout_s(self, command: int) -> float:
        """Return how long a command may take, with all its repetitions [s]."""
        return self._limits.timeout_s + self._work_s.get(command, 0.0)

    def wait_s(self, command: int, *, num_bytes: int) -> float:
        """Return how long to wait for the answer to a request of so many bytes [s]."""
        estimate = self._estimates.get(_kind(command, num_bytes=num_bytes))
        work_s = self._work_s.get(command, 0.0)
        if estimate is None:
            return self._limits.first_wait_s + work_s + num_bytes / _SLOWEST_BYTES_PER_S
        wait_s = max(
            self._limits.shortest_wait_s,
            _LEAST_MULTIPLE * estimate.smoothed_s,
            estimate.smoothed_s + _NUM_DEVIATIONS * estimate.deviation_s,
            _LEAST_SHARE_OF_WORK * work_s,
        )
        return wait_s * float(1 << estimate.num_doublings)

    def learn(self, command: int, *, num_bytes: int, took_s: float) -> None:
        """Take note of how long the answer to a request sent once took [s]."""
        kind = _kind(command, num_bytes=num_bytes)
        estimate = self._estimates.get(kind)
        if estimate is None:
            self._estimates[kind] = _Estimate(smoothed_s=took_s, deviation_s=took_s / 2)
            return
        error_s = took_s - estimate.smoothed_s
        estimate.deviation_s += _GAIN_DEVIATION * (abs(error_s) - estimate.deviation_s)
        estimate.smoothed_s += _GAIN_SMOOTHED * error_s
        estimate.num_doublings = 0

    def back_off(self, command: int, *, num_bytes: int) -> None:
        """Take note that a wait was in vain."""
        kind = _kind(command, num_bytes=num_bytes)
        estimate = self._estimates.get(kind)
        if estimate is None:
            wait_s = self.wait_s(command, num_bytes=num_bytes)
            estimate = self._estimates[kind] = _Estimate(smoothed_s=wait_s, deviation_s=0.0)
        estimate.num_doublings = min(estimate.num_doublings + 1, _MAX_DOUBLINGS)

    def expect(self, command: int, *, work_s: float) -> None:
        """Forget what was learned about a command: its answer now takes this much work [s]."""
        self._work_s[command] = work_s
        for kind in [kind for kind in self._estimates if kind[0] == command]:
            del self._estimates[kind]


def _kind(command: int, *, num_bytes: int) -> tuple[int, int]:
    return command, num_bytes.bit_length()
