# SPDX-License-Identifier: Apache-2.0
"""Windows are cut where the pin changes, however the samples are dealt out; sums are by hand."""

from collections.abc import Sequence
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from host.meters.errors import SamplesLostError
from host.meters.samples import Bracket, Facts, Samples
from host.meters.windows import Window, WindowCutter

FACTS = Facts(meter="ppk2", port="/dev/x", rate_hz=10.0, bracket=Bracket.PIN, trigger="D0")
POWER = [1.0, 2.0, 4.0, 8.0, 3.0, 1.0, 5.0, 6.0, 1.0]
LEVEL = [0, 0, 1, 1, 1, 0, 1, 1, 0]


def samples(part: slice = slice(None), *, lost: Sequence[int] = ()) -> Samples:
    kept = [i for i in range(len(POWER))[part] if i not in lost]
    power = np.array(POWER)[kept]
    return Samples(
        number=np.array(kept),
        power_w=power,
        error_w=power / 10,
        trigger=np.array(LEVEL, np.bool_)[kept],
    )


def windows(*parts: Samples) -> list[Window]:
    cutter = WindowCutter(FACTS)
    for part in parts:
        cutter.feed(part)
    return cutter.windows


def test_a_window_is_the_sum_of_its_samples_with_a_sample_at_each_edge() -> None:
    first, second = windows(samples())

    assert (first.num_samples, second.num_samples) == (3, 2)
    assert (first.joules, second.joules) == pytest.approx((1.5, 1.1))
    assert (first.error_j, second.error_j) == pytest.approx((0.15, 0.11))
    # The larger power beside each edge, for 0.1 s: 4 and 3 W; 5 and 6 W.
    assert (first.edges_j, second.edges_j) == pytest.approx((0.7, 1.1))
    energy = first.energy(meter="ppk2")
    assert (energy.low, energy.high) == pytest.approx((1.5 - 0.85, 1.5 + 0.85))
    assert second.energy(meter="ppk2").low == 0.0  # no less than nothing


@given(cuts=st.lists(st.integers(1, len(POWER) - 1), unique=True).map(sorted))
def test_it_does_not_matter_how_samples_are_dealt_out(cuts: list[int]) -> None:
    bounds = [0, *cuts, len(POWER)]
    parts = [samples(slice(a, b)) for a, b in pairwise(bounds)]

    for one, other in zip(windows(*parts), windows(samples()), strict=True):
        assert one.num_samples == other.num_samples
        assert (one.joules, one.error_j, one.edges_j) == pytest.approx(
            (other.joules, other.error_j, other.edges_j)
        )


@pytest.mark.parametrize("lost", [[3], [2], [4], [5, 6], [6]])
def test_a_gap_where_the_pin_is_or_was_high_is_an_error(lost: list[int]) -> None:
    with pytest.raises(SamplesLostError, match=rf"ppk2 on /dev/x lost {len(lost)} samples"):
        windows(samples(lost=lost))


def test_a_gap_between_two_parts_is_found_as_well() -> None:
    with pytest.raises(SamplesLostError, match="lost 1 samples"):
        windows(samples(slice(0, 3)), samples(slice(4, None)))


def test_a_gap_while_the_pin_is_low_changes_no_window_but_is_counted() -> None:
    quiet = Samples(
        number=np.array([-9, -8, -3, -2, -1]),
        power_w=np.ones(5),
        error_w=np.zeros(5),
        trigger=np.zeros(5, np.bool_),
    )
    cutter = WindowCutter(FACTS)

    for part in (quiet, samples()):
        cutter.feed(part)

    assert [window.num_samples for window in cutter.windows] == [3, 2]
    assert cutter.num_lost == 4
