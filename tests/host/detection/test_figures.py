# SPDX-License-Identifier: Apache-2.0
"""Error rates of blocks put together: both intervals, and the gap to the pilots."""

import math

import pytest
from scipy.stats import beta, t

from host.detection.figures import figures, gap, of_data, of_pilots
from tests.host.detection.small_study import block, counted


def test_a_rate_has_a_binomial_interval_and_a_wider_one_between_blocks() -> None:
    found = figures([block(i, errors) for i, errors in enumerate((0, 40, 10, 90))], of_data)
    assert found is not None

    ser = found.ser
    assert (ser.value, ser.errors, ser.n, ser.num_clusters) == (0.035, 140, 4000, 4)
    assert ser.low == pytest.approx(beta.ppf(0.025, 140, 3861))
    assert ser.high == pytest.approx(beta.ppf(0.975, 141, 3860))
    assert ser.clustered_low is not None
    assert ser.clustered_high is not None
    assert ser.clustered_low < ser.low < ser.high < ser.clustered_high


def test_blocks_of_one_cluster_count_as_one_and_tell_no_spread() -> None:
    blocks = [block(i, 5).model_copy(update={"cluster": "all"}) for i in range(4)]

    found = figures(blocks, of_data)

    assert found is not None
    assert found.ser.num_clusters == 1
    assert found.ser.clustered_low is None
    assert found.cross_entropy.low is None
    assert found.ser.low > 0.0


def test_a_cross_entropy_has_students_interval_between_blocks() -> None:
    found = figures([block(i, 0, lost=lost) for i, lost in enumerate((100.0, 300.0))], of_data)

    assert found is not None
    mean, half = 0.2, t.ppf(0.975, 1) * 0.1  # blocks of 0.1 and 0.3 nat
    assert found.cross_entropy.value == pytest.approx(mean)
    assert found.cross_entropy.high == pytest.approx(mean + half)


def test_the_gap_is_that_of_data_and_pilots_block_by_block() -> None:
    pilots = [counted(0, lost=lost, num_symbols=50) for lost in (1.0, 5.0)]
    blocks = [
        block(i, 0, lost=lost, pilots=told)
        for i, (lost, told) in enumerate(zip((100.0, 300.0), pilots, strict=True))
    ]

    found = gap(blocks)

    assert found is not None
    gaps = (0.1 - 0.02, 0.3 - 0.1)
    assert found.value == pytest.approx(sum(gaps) / 2)
    spread = abs(gaps[1] - gaps[0]) / 2
    assert found.high == pytest.approx(found.value + t.ppf(0.975, 1) * spread)
    assert math.isclose(found.value - (found.low or 0.0), (found.high or 0.0) - found.value)


def test_without_pilots_there_is_no_gap() -> None:
    assert gap([block(0, 1)]) is None
    assert figures([block(0, 1)], of_pilots) is None
