# SPDX-License-Identifier: Apache-2.0
r"""How long to wait for an answer before asking again, learned from the answers that came.

.. math::
    S &\leftarrow S + (R - S) / 8, \qquad V \leftarrow V + (|R - S| - V) / 4 \\
    T &= S + 4 V, \qquad T_k = 2^k T

R is the time an answer took, S its smoothed value, V its deviation and T_k the wait of repetition
k. Answers to repeated requests teach nothing, because it is unknown which copy they answer.

Source
------
RFC 6298, section 2 (estimator) and section 3 (Karn's rule).
"""

from dataclasses import dataclass

_GAIN_SMOOTHED = 1 / 8
_GAIN_DEVIATION = 1 / 4
_NUM_DEVIATIONS = 4
_MAX_DOUBLINGS = 16


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """How long and how often to try.

    Parameters
    ----------
    timeout_s : float
        Longest a command may take, with all its repetitions [s].
    num_attempts : int
        How often a request is sent at most; the last one waits for all the time left.
    first_wait_s : float
        Wait before a repetition while nothing is known about the device [s].
    shortest_wait_s : float
        Shortest wait before a repetition, whatever was learned [s].
    """

    timeout_s: float = 10.0
    num_attempts: int = 12
    first_wait_s: float = 0.5
    shortest_wait_s: float = 0.02


class Patience:
    """The waits before repetitions of each command of one conversation."""

    def __init__(self, limits: Limits) -> None:
        self._limits = limits
        self._estimates: dict[int, tuple[float, float]] = {}

    def wait_s(self, command: int, *, attempt: int) -> float:
        """Return how long to wait for the answer to attempt 0, 1, ... of a command [s]."""
        first_s = self._limits.first_wait_s
        if command in self._estimates:
            smoothed_s, deviation_s = self._estimates[command]
            learned_s = smoothed_s + _NUM_DEVIATIONS * deviation_s
            first_s = max(self._limits.shortest_wait_s, learned_s)
        return first_s * float(1 << min(attempt, _MAX_DOUBLINGS))

    def learn(self, command: int, *, took_s: float) -> None:
        """Take note of how long the answer to a request sent once took [s]."""
        if command not in self._estimates:
            self._estimates[command] = (took_s, took_s / 2)
            return
        smoothed_s, deviation_s = self._estimates[command]
        deviation_s += _GAIN_DEVIATION * (abs(took_s - smoothed_s) - deviation_s)
        smoothed_s += _GAIN_SMOOTHED * (took_s - smoothed_s)
        self._estimates[command] = (smoothed_s, deviation_s)

    def forget(self, command: int) -> None:
        """Forget what was learned about a command whose work has changed."""
        self._estimates.pop(command, None)
