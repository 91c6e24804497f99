# SPDX-License-Identifier: Apache-2.0
"""The learning rate: it falls when the receiver stops getting better, and not by the clock.

Nobody tells a learner when the channel will change or for how long. It starts each time at the peak
rate. Stretch by stretch, on hidden pilots, the weights of now are compared with those of the
stretch before, and their running mean with the weights themselves. Where the mean is better, what
is left is the noise of the steps rather than the way to go, and the rate is halved; behind a target
that moves the mean lags, and the rate stays. It is also halved when a stretch brought nothing
beyond doubt. Everything takes twice as long at half the rate, and so does a stretch, up to a bound.
When the lowest rate brings nothing, learning is over.
"""

from receivers.learning.settings import Rate
from receivers.state import Kept

NUM_HALVINGS = 4
DECISIONS_A_STRETCH = 16
_LONGEST_STRETCH = 64  # decisions
_SURE = 2.0  # standard errors


class EarnedRate(Kept):
    """The factor on the peak learning rate, and whether anything is left to learn.

    Parameters
    ----------
    rate : str
        "earned", or "constant": the factor stays 1 and learning never ends.
    """

    def __init__(self, rate: Rate) -> None:
        self.is_earned = rate == "earned"
        self._num_halvings = 0
        self._is_first = True

    @property
    def factor(self) -> float:
        """Return what the peak rate is multiplied by, 0..1."""
        return 0.5**self._num_halvings

    @property
    def num_decisions(self) -> int:
        """Return how many decisions a stretch has at the rate of now."""
        return min(DECISIONS_A_STRETCH << self._num_halvings, _LONGEST_STRETCH)

    @property
    def is_over(self) -> bool:
        """Return whether the last stretch at the lowest rate brought nothing more."""
        return self._num_halvings > NUM_HALVINGS

    def restart(self) -> None:
        """Begin at the peak."""
        self._num_halvings = 0
        self._is_first = True

    def halve(self) -> None:
        """Halve the rate."""
        if self.is_earned:
            self._num_halvings += 1

    def judge(self, gain: float, *, noise: float) -> None:
        """Halve the rate where a stretch says so.

        A first stretch without gain ends learning: the alarm was a false one.

        Parameters
        ----------
        gain : float
            By how much the weights are better than before the stretch [standard errors].
        noise : float
            By how much their running mean is better than themselves [standard errors].
        """
        is_first, self._is_first = self._is_first, False
        if gain < _SURE:
            self.halve()
            if is_first and self.is_earned:
                self._num_halvings = NUM_HALVINGS + 1
        elif noise >= _SURE and self._num_halvings < NUM_HALVINGS:
            self.halve()
