# SPDX-License-Identifier: Apache-2.0
"""What a meter sees: current and trigger pin over time, with integrals in closed form."""

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True, slots=True, kw_only=True)
class Trace:
    """Samples at a constant rate; each is the mean over its interval.

    Parameters
    ----------
    current_a : float64 [num_samples]
        Current [A].
    trigger : bool [num_samples]
        Whether the trigger pin was high.
    """

    current_a: NDArray[np.float64]
    trigger: NDArray[np.bool_]

    def followed_by(self, other: "Trace") -> "Trace":
        """Return this trace with another one behind it."""
        return Trace(
            current_a=np.concatenate((self.current_a, other.current_a)),
            trigger=np.concatenate((self.trigger, other.trigger)),
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Ripple:
    r"""A run of a network: :math:`I(t) = I_0 + I_1 \sin(2 \pi f t)` for T seconds.

    Parameters
    ----------
    mean_a, ripple_a : float
        I_0 and I_1 [A].
    ripple_hz : float
        f [Hz].
    duration_s : float
        T [s].
    """

    mean_a: float
    ripple_a: float
    ripple_hz: float
    duration_s: float

    def charge_c(self, time_s: NDArray[np.float64]) -> NDArray[np.float64]:
        r"""Return the charge from 0 to t [C].

        .. math:: Q(t) = I_0 t + I_1 (1 - \cos 2 \pi f t) / (2 \pi f)
        """
        omega = 2 * math.pi * self.ripple_hz
        swing = self.ripple_a * (1 - np.cos(omega * time_s)) / omega
        return np.asarray(self.mean_a * time_s + swing, np.float64)

    def joules(self, *, voltage_v: float) -> float:
        """Return the energy of the run at a constant voltage [J]."""
        return voltage_v * float(self.charge_c(np.array(self.duration_s)))

    def trace(self, *, rate_hz: float) -> Trace:
        """Return its samples, means over their intervals, pin high throughout."""
        num = round(self.duration_s * rate_hz)
        charge_c = self.charge_c(np.arange(num + 1) / rate_hz)
        return Trace(current_a=np.diff(charge_c) * rate_hz, trigger=np.ones(num, np.bool_))


def idle(num_samples: int, *, current_a: float = 1e-3) -> Trace:
    """Return a board that waits: constant current, pin low."""
    return Trace(current_a=np.full(num_samples, current_a), trigger=np.zeros(num_samples, np.bool_))
