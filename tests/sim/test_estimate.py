# SPDX-License-Identifier: Apache-2.0
"""Intervals against scipy's exact binomial test and against their own definition."""

import pytest
from scipy.stats import binom, binomtest

from sim.estimate import ErrorRate


@pytest.mark.parametrize(("errors", "n"), [(0, 10), (3, 50), (50, 50), (120, 100_000)])
def test_the_interval_is_scipys_exact_one(errors: int, n: int) -> None:
    expected = binomtest(errors, n).proportion_ci(0.99, method="exact")

    low, high = ErrorRate(errors=errors, n=n).interval(0.99)

    assert low == pytest.approx(expected.low, abs=1e-12)
    assert high == pytest.approx(expected.high, abs=1e-12)


def test_the_interval_covers_the_true_rate_at_least_as_often_as_it_says() -> None:
    n, rate = 40, 0.1

    intervals = [ErrorRate(errors=k, n=n).interval(0.9) for k in range(n + 1)]
    covered = sum(
        float(binom.pmf(k, n, rate))
        for k, (low, high) in enumerate(intervals)
        if low <= rate <= high
    )

    assert covered >= 0.9


def test_impossible_counts_are_refused() -> None:
    with pytest.raises(ValueError, match="of 3 events"):
        ErrorRate(errors=4, n=3).interval()
