# SPDX-License-Identifier: Apache-2.0
"""The mean energy of many runs."""

from host.meters.energy import Energy
from receivers.state import State


class EnergyTally:
    """Sums up the energies of runs; satisfies `receivers.state.Stateful`.

    An instrument's inaccuracy is the same in every run, so the bounds of the mean are the means of
    the bounds: they do not shrink with the number of runs.
    """

    def __init__(self) -> None:
        self._num_runs = 0
        self._joules = self._low = self._high = 0.0
        self._method = ""

    def add(self, energy: Energy | None) -> None:
        """Count one more run; nothing is counted where no meter looked."""
        if energy is None:
            return
        self._num_runs += 1
        self._joules += energy.joules
        self._low += energy.low
        self._high += energy.high
        self._method = energy.method

    @property
    def mean(self) -> Energy | None:
        """Return the mean energy of a run; None before the first."""
        return self.mean_of(1)

    def mean_of(self, num_runs: int) -> Energy | None:
        """Return the mean energy of so many runs; None before the first."""
        if self._num_runs == 0:
            return None
        n = self._num_runs / num_runs
        return Energy(
            joules=self._joules / n, low=self._low / n, high=self._high / n, method=self._method
        )

    def state(self) -> State:
        """Return the sums so far."""
        return dict(vars(self))

    def restore(self, state: State) -> None:
        """Go on with the sums of another one."""
        vars(self).update(state)
