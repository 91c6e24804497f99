# SPDX-License-Identifier: Apache-2.0
"""Error rates as they must be told: a count, a number of trials, an interval."""

from dataclasses import dataclass

from scipy.stats import beta


@dataclass(frozen=True, slots=True, kw_only=True)
class ErrorRate:
    """How many of `n` independent events went wrong.

    Parameters
    ----------
    errors : int
        0..n.
    n : int
        At least 1.
    """

    errors: int
    n: int

    @property
    def value(self) -> float:
        """Return the maximum-likelihood estimate errors / n."""
        return self.errors / self.n

    def interval(self, confidence: float = 0.95) -> tuple[float, float]:
        r"""Return the Clopper-Pearson interval, which covers the true rate at least this often.

        With :math:`\alpha = 1 - \mathrm{confidence}`, k errors and the beta quantile B,

        .. math:: [B(\alpha/2; k, n-k+1),\; B(1-\alpha/2; k+1, n-k)]

        Raises
        ------
        ValueError
            If n < 1 or errors is not in 0..n.

        Source
        ------
        C. J. Clopper and E. S. Pearson, Biometrika 26 (1934), 404-413.
        """
        if self.n < 1 or not 0 <= self.errors <= self.n:
            raise ValueError(
                f"{self.errors} errors of {self.n} events; there must be 0..n of n >= 1"
            )
        tail = (1.0 - confidence) / 2.0
        low = beta.ppf(tail, self.errors, self.n - self.errors + 1) if self.errors else 0.0
        high = (
            beta.ppf(1.0 - tail, self.errors + 1, self.n - self.errors)
            if self.errors < self.n
            else 1.0
        )
        return float(low), float(high)
