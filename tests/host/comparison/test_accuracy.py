# SPDX-License-Identifier: Apache-2.0
"""Differences of error rates: against closed forms, and how often chance alone is called more."""

import math

import numpy as np
import pytest
from numpy.typing import NDArray

from host.comparison.accuracy import (
    FEWEST_DROPS,
    PAIRED,
    UNPAIRED,
    interval,
    metric_difference,
    shared_drops,
)
from host.comparison.difference import Difference, Verdict
from host.experiment import Metric
from host.record import Record
from tests.host.report.blocks import trial
from tests.host.report.records import record


def words(wrong: NDArray[np.int64], *, slots_per_drop: int = 1) -> Record:
    """Return a trial with these wrong code words, and as many wrong bits."""
    return trial(
        bit_errors=wrong.tolist(),
        wrong=wrong.tolist(),
        slots_per_block=1,
        slots_per_drop=slots_per_drop,
    )


def compared(a: Record, b: Record, metric: Metric = Metric.BLER) -> Difference:
    found = metric_difference([(a, b)], metric, place="here")
    assert found is not None
    return found


def test_the_interval_is_that_of_a_mean_where_there_are_many_drops() -> None:
    """Closed form: 1.96 standard errors on either side."""
    rng = np.random.default_rng(1)
    difference = rng.normal(0.3, 1.0, 4000)

    low, high = interval(difference, np.ones(4000))

    error = difference.std() / math.sqrt(4000)
    assert low == pytest.approx(difference.mean() - 1.96 * error, abs=0.15 * error)
    assert high == pytest.approx(difference.mean() + 1.96 * error, abs=0.15 * error)


def test_receivers_that_are_alike_are_seldom_called_different() -> None:
    """At most 5 % are; of 300 more than 26 are by chance with probability 0.3 %."""
    rng = np.random.default_rng(2)
    verdicts = [
        compared(words(rng.binomial(1, 0.2, 200)), words(rng.binomial(1, 0.2, 200))).verdict
        for _ in range(300)
    ]

    assert 0 < verdicts.count(Verdict.BEYOND) <= 26


def test_a_receiver_that_is_worse_on_the_same_slots_is_found_where_intervals_overlap() -> None:
    """A loses 100 words of 1000 and B ten more: far within what one curve is known to."""
    a = np.zeros(1000, np.int64)
    a[:100] = 1
    b = a.copy()
    b[100:110] = 1

    found = compared(words(a), words(b))

    assert (found.a, found.b) == (0.1, 0.11)
    assert found.verdict is Verdict.BEYOND
    assert found.low is not None
    assert found.low > 0
    assert found.method == PAIRED
    assert found.is_gated
    assert found.ratio == pytest.approx(1.1)


def test_a_few_unequal_drops_tell_nothing_whatever_they_say() -> None:
    """Five of five in one direction happen in 1 of 16 fair tosses."""
    a, b = np.zeros(1000, np.int64), np.zeros(1000, np.int64)
    b[:5] = 1

    assert compared(words(a), words(b)).verdict is Verdict.FEW
    assert not compared(words(a), words(b)).is_gated
    b[:6] = 1
    assert compared(words(a), words(b)).verdict is Verdict.BEYOND


def test_the_same_errors_are_equal() -> None:
    wrong = np.random.default_rng(3).binomial(1, 0.1, 300)

    found = compared(words(wrong), words(wrong))

    assert found.verdict is Verdict.EQUAL
    assert (found.low, found.high) == (0.0, 0.0)


def test_slots_of_one_drop_count_as_one() -> None:
    """Ten slots a drop, all alike: the interval is that of a tenth as many slots."""
    rng = np.random.default_rng(4)
    a, b = (rng.binomial(1, 0.3, 100) for _ in range(2))

    alone = compared(words(a), words(b))
    tenfold = compared(
        words(np.repeat(a, 10), slots_per_drop=10), words(np.repeat(b, 10), slots_per_drop=10)
    )

    assert tenfold.low == pytest.approx(alone.low)
    assert tenfold.high == pytest.approx(alone.high)


def test_the_longer_trial_is_cut_to_what_both_saw() -> None:
    a = np.zeros(100, np.int64)
    b = np.concatenate([a, np.ones(400, np.int64)])

    assert compared(words(a), words(b)).b == 0.0


def test_bits_are_compared_by_the_blocks_that_were_kept() -> None:
    rng = np.random.default_rng(5)
    a, b = (rng.integers(0, 30, 8 * FEWEST_DROPS + 3) for _ in range(2))
    kept = [trial(bit_errors=x.tolist(), wrong=[0] * len(x), slots_per_block=8) for x in (a, b)]

    shared = shared_drops(kept[0], kept[1], Metric.BER)

    assert shared is not None
    np.testing.assert_array_equal(shared.a, a[: 8 * FEWEST_DROPS].reshape(-1, 8).sum(1))
    np.testing.assert_array_equal(shared.events, np.full(FEWEST_DROPS, 800.0))


def test_of_few_drops_the_intervals_of_both_are_compared() -> None:
    """Closed form: half widths 0.02 and 0.024 add up to 0.0312 by squares."""
    found = compared(record("x", bler=0.1), record("x", bler=0.12))

    assert found.method == UNPAIRED
    assert found.low == pytest.approx(0.02 - math.hypot(0.02, 0.024))
    assert found.verdict is Verdict.WITHIN
    assert compared(record("x", bler=0.1), record("x", bler=0.2)).verdict is Verdict.BEYOND


def test_a_figure_without_an_interval_leaves_it_open() -> None:
    a, b = record("x", bler=0.1), record("x", bler=0.2)
    bare = {
        metric: figure.model_copy(update={"low": None, "high": None})
        for metric, figure in b.metrics.items()
    }

    found = compared(a, b.model_copy(update={"metrics": bare}))

    assert found.verdict is Verdict.UNKNOWN
    assert not found.is_gated


def test_a_figure_that_one_side_lacks_is_not_compared() -> None:
    a, b = record("x"), record("x", coded=False)

    assert metric_difference([(a, b)], Metric.BLER, place="here") is None


def test_seeds_are_taken_together() -> None:
    rng = np.random.default_rng(6)
    seeds = [[words(rng.binomial(1, 0.3, 50)) for _ in range(2)] for _ in range(4)]

    found = metric_difference([(a, b) for a, b in seeds], Metric.BLER, place="here")

    assert found is not None
    assert found.method == PAIRED
    assert found.low is not None
