# SPDX-License-Identifier: Apache-2.0
"""Rates over windows of blocks, against the interval of one window worked out alone."""

import numpy as np
import pytest
from numpy.typing import NDArray

from host.course import Course
from host.experiment import Metric
from host.record import Record
from host.report.bands import window_rates, windows
from host.report.block_counts import BlockCounts, block_counts
from host.tally import effective_number, interval
from tests.host.report.records import record

KEY = ("lmmse", "host", 0.0)


def trial(
    wrong_bits: NDArray[np.int64],
    *,
    wrong_words: NDArray[np.bool_] | None = None,
    slots_per_drop: int = 1,
    seed: int = 1,
) -> Record:
    """Make a trial of 100 bits and one code word a slot, in blocks of 8 slots."""
    course = Course.packed(
        slots_per_drop=slots_per_drop,
        slots_per_block=8,
        bits_per_slot=100,
        words_per_slot=1,
        bit_errors=wrong_bits,
        wrong_words=None if wrong_words is None else wrong_words[:, None],
    )
    made = record("lmmse", seed=seed)
    return made.model_copy(update={"num_slots": len(wrong_bits), "course": course})


def counted(*trials: Record, metric: Metric = Metric.BER) -> BlockCounts:
    return block_counts(trials, metric, slots_per_block=8)[KEY]


@pytest.fixture
def rng() -> np.random.Generator:
    return np.random.Generator(np.random.Philox(5))


def test_a_window_has_the_interval_of_its_blocks(rng: np.random.Generator) -> None:
    counts = counted(trial(rng.poisson(2.0, 80)))

    found = window_rates(counts, windows(10, num_averaged=9, borders=()))

    blocks = counts.errors[0, :9]
    worth = effective_number(blocks, np.full(9, 800))
    assert found.errors[4] == blocks.sum()
    assert (found.low[4], found.high[4]) == pytest.approx(
        interval(float(blocks.sum()) / 7200, worth)
    )


def test_words_of_independent_slots_bound_each_block_alone(rng: np.random.Generator) -> None:
    wrong = rng.random(80) < 0.3
    counts = counted(trial(np.zeros(80, dtype=np.int64), wrong_words=wrong), metric=Metric.BLER)

    found = window_rates(counts, windows(10, num_averaged=1, borders=()))

    for i in range(10):
        expected = interval(float(wrong[8 * i : 8 * i + 8].mean()), 8.0)  # plain Clopper-Pearson
        assert (found.low[i], found.high[i]) == pytest.approx(expected)


def test_one_block_of_bits_bounds_nothing(rng: np.random.Generator) -> None:
    found = window_rates(
        counted(trial(rng.poisson(2.0, 80))), windows(10, num_averaged=1, borders=())
    )

    assert np.isnan(found.low).all()
    assert np.isnan(found.high).all()


@pytest.mark.parametrize("slots_per_drop", [0, 16, 12])
def test_blocks_of_one_drop_bound_nothing_but_seeds_do(
    slots_per_drop: int, rng: np.random.Generator
) -> None:
    made = [
        trial(rng.poisson(2.0, 80), slots_per_drop=slots_per_drop, seed=seed) for seed in range(8)
    ]
    over = windows(10, num_averaged=9, borders=())

    alone, together = window_rates(counted(made[0]), over), window_rates(counted(*made), over)

    assert np.isnan(alone.low).all()
    sums = counted(*made).errors[:, :9].sum(1)
    expected = interval(float(sums.sum()) / 57_600, effective_number(sums, np.full(8, 7200)))
    assert (together.low[4], together.high[4]) == pytest.approx(expected)


def test_a_window_without_an_error_is_worth_its_clusters() -> None:
    counts = counted(trial(np.zeros(80, dtype=np.int64)))

    found = window_rates(counts, windows(10, num_averaged=9, borders=()))

    assert found.low[4] == 0.0
    assert found.high[4] == pytest.approx(1.0 - 0.025 ** (1 / 9))


def test_windows_end_at_borders() -> None:
    found = windows(8, num_averaged=5, borders=(3, 4))

    spans = list(zip(found.first.tolist(), found.end.tolist(), strict=True))
    assert spans == [(0, 3), (0, 3), (0, 3), (3, 4), (4, 7), (4, 8), (4, 8), (5, 8)]
