# SPDX-License-Identifier: Apache-2.0
"""What an instrument delivers: power and the trigger pin, sample by sample."""

from dataclasses import dataclass
from enum import StrEnum
from typing import Protocol

import numpy as np
from numpy.typing import NDArray


class Bracket(StrEnum):
    """How an instrument knows the window of a run.

    PIN: it samples the trigger pin with the current. START: the pin's rising edge starts its
    samples, and the window ends when the board's own cycle counter says that the run took.
    """

    PIN = "pin"
    START = "start"


@dataclass(frozen=True, slots=True, kw_only=True)
class Facts:
    """Which instrument it is.

    Parameters
    ----------
    meter : str
        Its name in `host.meters.catalog`.
    port : str
        Where it is plugged in.
    rate_hz : float
        Samples a second [Hz].
    bracket : Bracket
        How it knows windows.
    trigger : str
        Which of its inputs the trigger pin is wired to, for messages.
    """

    meter: str
    port: str
    rate_hz: float
    bracket: Bracket
    trigger: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Samples:
    """Samples in their order; each is the mean over its interval, of 1 / rate_hz.

    Parameters
    ----------
    number : int64 [num_samples]
        Which one it is since the samples began to flow; those that got lost are left out.
    power_w : float64 [num_samples]
        Voltage times current [W].
    error_w : float64 [num_samples]
        By how much the power may be off, by the instrument's stated accuracy [W].
    trigger : bool [num_samples]
        Whether the trigger pin was high.
    """

    number: NDArray[np.int64]
    power_w: NDArray[np.float64]
    error_w: NDArray[np.float64]
    trigger: NDArray[np.bool_]


class Sampler(Protocol):
    """An open instrument. Only `read` is called from another thread, between `begin` and `end`."""

    @property
    def facts(self) -> Facts:
        """Return which instrument it is."""
        ...

    def begin(self) -> None:
        """Have samples flow from now on; forget those from before."""
        ...

    def read(self, *, wait_s: float) -> Samples | None:
        """Return the samples that have arrived; None when none came within `wait_s` [s].

        Raises
        ------
        MeterLostError
            The instrument is gone.
        """
        ...

    def end(self) -> None:
        """Have no more samples flow."""
        ...
