# SPDX-License-Identifier: Apache-2.0
"""What trials count: against hand counts, Clopper-Pearson, and the coverage that is promised."""

import math

import numpy as np
import pytest
import torch
from numpy.typing import NDArray

from host.experiment import Metric
from host.stopping import StopReason
from host.tally import Counts, count, effective_number, interval, join, measurements
from sim.estimate import ErrorRate


def clustered_interval(errors: NDArray[np.int64], sizes: NDArray[np.int64]) -> tuple[float, float]:
    found = interval(float(errors.sum() / sizes.sum()), effective_number(errors, sizes))
    assert found is not None
    return found


def test_errors_are_counted_by_hand() -> None:
    coded = torch.tensor([[[0, 1, 1, 0]], [[1, 1, 0, 0]]], dtype=torch.uint8)
    llr = torch.tensor([[[-1.0, 2.0, -3.0, 0.0]], [[1.0, 1.0, -1.0, -1.0]]])
    bits = torch.tensor([[[0, 1]], [[1, 1]]], dtype=torch.uint8)
    decoded = torch.tensor([[[0, 0]], [[1, 1]]], dtype=torch.uint8)

    counts = count(coded_bits=coded, llr=llr, bits=bits, decoded=decoded)

    assert counts.bit_errors.tolist() == [1, 0]
    assert counts.block_errors is not None
    assert counts.block_errors.tolist() == [1, 0]
    margins = [[1.0, 2.0, -3.0, 0.0], [1.0, 1.0, 1.0, 1.0]]
    expected = [sum(math.log2(1 + math.exp(-m)) for m in row) for row in margins]
    assert counts.lost_bits == pytest.approx(expected, rel=1e-12)


def test_a_useless_receiver_has_rate_zero_and_a_sure_one_all_bits() -> None:
    bits = torch.randint(0, 2, (4, 1, 100), dtype=torch.uint8, generator=torch.Generator())
    sure = 100.0 * (2.0 * bits.float() - 1.0)

    useless, perfect = (
        measurements(
            count(coded_bits=bits, llr=llr, bits=bits, decoded=None),
            slots_per_drop=1,
            num_bits_per_symbol=4,
        )
        for llr in (torch.zeros(4, 1, 100), sure)
    )

    assert useless[Metric.RATE].value == pytest.approx(0.0, abs=1e-12)
    assert perfect[Metric.RATE].value == pytest.approx(4.0)
    assert Metric.BLER not in perfect


@pytest.mark.parametrize(("errors", "n"), [(0, 50), (3, 50), (50, 50), (1, 1)])
def test_one_event_a_cluster_is_clopper_pearson(errors: int, n: int) -> None:
    outcomes = np.array([1] * errors + [0] * (n - errors))

    interval = clustered_interval(outcomes, np.ones(n, dtype=np.int64))

    assert interval == pytest.approx(ErrorRate(errors=errors, n=n).interval(), rel=1e-12)


def test_clusters_that_err_as_a_whole_count_once_each() -> None:
    whole = clustered_interval(np.array([100] * 5 + [0] * 45), np.full(50, 100))
    single = ErrorRate(errors=5, n=50).interval()

    assert whole == pytest.approx(single, abs=0.01)


def test_one_cluster_of_many_events_promises_nothing() -> None:
    assert effective_number(np.array([7]), np.array([100])) is None
    assert interval(0.07, None) is None


@pytest.mark.parametrize("errors", [0, 30, 100], ids=["none", "equal", "all"])
def test_clusters_without_a_spread_are_no_more_than_their_number(errors: int) -> None:
    sizes = np.full(5, 100)

    assert effective_number(np.full(5, errors), sizes) == 5.0
    low, high = clustered_interval(np.zeros(5, dtype=np.int64), sizes)
    assert (low, high) == pytest.approx(ErrorRate(errors=0, n=5).interval(), rel=1e-12)


def test_the_interval_covers_what_it_promises_when_bits_err_together() -> None:
    """2000 beta-binomial samples; at 95 % coverage, fewer than 1860 hits has probability < 5e-5."""
    rng = np.random.Generator(np.random.Philox(7))
    truth, hits, naive_hits = 0.2, 0, 0

    for _ in range(2000):
        rates = rng.beta(0.5 * truth, 0.5 * (1 - truth), size=64)
        errors = rng.binomial(1000, rates)
        low, high = clustered_interval(errors, np.full(64, 1000))
        hits += low <= truth <= high
        low, high = ErrorRate(errors=int(errors.sum()), n=64_000).interval()
        naive_hits += low <= truth <= high

    assert hits >= 1860
    assert naive_hits < 400  # what taking bits as independent would have promised and not kept


def test_joined_counts_are_those_of_the_whole() -> None:
    parts = [
        Counts(
            num_bits=8,
            num_blocks=1,
            bit_errors=np.array([i]),
            wrong_words=np.array([[i % 2 == 1]]),
            lost_bits=np.array([0.5 * i]),
        )
        for i in range(5)
    ]

    whole = join(parts)

    assert whole.bit_errors.tolist() == [0, 1, 2, 3, 4]
    assert whole.block_errors is not None
    assert whole.block_errors.tolist() == [0, 1, 0, 1, 0]
    assert whole.num_slots == 5


def sixteen_slots() -> Counts:
    return Counts(
        num_bits=8,
        num_blocks=1,
        bit_errors=np.arange(16) % 8,
        wrong_words=np.arange(16)[:, None] % 2 == 1,
        lost_bits=np.arange(16.0),
    )


@pytest.mark.parametrize(
    ("slots_per_drop", "clusters"),
    [
        pytest.param(1, "slots", id="a drop a slot"),
        pytest.param(4, "drops", id="several drops"),
        pytest.param(10, "drops", id="a drop and a part of one"),
    ],
)
def test_the_method_names_the_clusters(slots_per_drop: int, clusters: str) -> None:
    figures = measurements(sixteen_slots(), slots_per_drop=slots_per_drop, num_bits_per_symbol=2)

    assert f"between {clusters}" in figures[Metric.BER].method
    assert f"between {clusters}" in figures[Metric.RATE].method
    assert figures[Metric.BER].low is not None


@pytest.mark.parametrize("slots_per_drop", [0, 16, 100], ids=["for ever", "just", "more"])
@pytest.mark.parametrize("metric", list(Metric))
def test_one_drop_tells_no_interval_and_says_what_does(metric: Metric, slots_per_drop: int) -> None:
    figures = measurements(sixteen_slots(), slots_per_drop=slots_per_drop, num_bits_per_symbol=2)

    figure = figures[metric]
    assert (figure.low, figure.high, figure.n_effective, figure.confidence) == (None,) * 4
    assert figure.method.endswith("one drop, which tells no interval: run several seeds")


def test_a_target_of_errors_makes_intervals_approximate_and_the_method_says_so() -> None:
    def methods(reason: StopReason) -> list[str]:
        figures = measurements(
            sixteen_slots(), slots_per_drop=1, num_bits_per_symbol=2, stopped_by=reason
        )
        return [figure.method for figure in figures.values()]

    assert all("inverse sampling" in method for method in methods(StopReason.ERRORS))
    assert not any("inverse sampling" in method for method in methods(StopReason.SLOTS))
