# SPDX-License-Identifier: Apache-2.0
"""Events in bins against counting by hand."""

from dataclasses import replace

import numpy as np
import pytest

from snn.errors import SpikingError
from snn.events.binning import busiest_step, counts
from snn.events.event_set import EventSet, Recording, gather


def events_of(*recordings: Recording, num_channels: int = 3, duration_us: int = 10_000) -> EventSet:
    """Return a set of recordings."""
    return gather(
        recordings,
        name="by-hand",
        sensor_shape=(num_channels,),
        class_names=("a", "b"),
        duration_us=duration_us,
        groups=("",) * len(recordings),
    )


def recording(*events: tuple[int, int], label: int = 0) -> Recording:
    """Return a recording of (time in microseconds, channel)."""
    times, channels = zip(*events, strict=True) if events else ((), ())
    return Recording(
        times_us=np.array(times, dtype=np.int64),
        channels=np.array(channels, dtype=np.int32),
        label=label,
    )


def test_an_event_is_counted_in_the_bin_that_begins_before_or_at_it() -> None:
    events = events_of(recording((0, 0), (1999, 0), (2000, 1), (9999, 2), (9999, 2)))

    binned = counts(events, dt_us=2000)

    assert binned.shape == (5, 1, 3)
    np.testing.assert_array_equal(binned[:, 0, 0], [2, 0, 0, 0, 0])
    np.testing.assert_array_equal(binned[:, 0, 1], [0, 1, 0, 0, 0])
    np.testing.assert_array_equal(binned[:, 0, 2], [0, 0, 0, 0, 2])


def test_what_comes_after_the_window_is_cut_off() -> None:
    assert counts(events_of(recording((0, 0), (10_000, 0))), dt_us=1000).sum() == 1


def test_coarser_bins_hold_the_sums_of_finer_ones() -> None:
    rng = np.random.default_rng(1)
    times = np.sort(rng.integers(0, 10_000, 500))
    drawn = zip(times.tolist(), rng.integers(0, 3, 500).tolist(), strict=True)
    events = events_of(recording(*drawn), recording())

    fine, coarse = counts(events, dt_us=500), counts(events, dt_us=2000)

    np.testing.assert_array_equal(fine.reshape(5, 4, 2, 3).sum(axis=1), coarse)
    assert coarse[:, 1].sum() == 0


def test_more_than_a_byte_holds_saturates() -> None:
    assert counts(events_of(recording(*[(0, 1)] * 300)), dt_us=1000).max() == 255


def test_no_time_step_is_refused() -> None:
    with pytest.raises(SpikingError, match="a time step of 0 us"):
        counts(events_of(), dt_us=0)


def test_chosen_recordings_keep_their_events_labels_and_groups() -> None:
    events = events_of(recording((1, 0)), recording((2, 1), (3, 2), label=1), recording())

    chosen = events.chosen([1, 0])

    np.testing.assert_array_equal(chosen.times_us, [2, 3, 1])
    np.testing.assert_array_equal(chosen.labels, [1, 0])
    assert len(chosen.groups) == 2
    np.testing.assert_array_equal(chosen.recording(0).channels, [1, 2])


def test_sets_that_differ_in_anything_but_their_name_have_other_digests() -> None:
    events = events_of(recording((1, 0)), recording((2, 1), (3, 2), label=1))
    others = (
        events_of(recording((1, 0)), recording((2, 1), (3, 2), label=1), duration_us=5_000),
        events_of(recording((1, 0)), recording((2, 1), (3, 2))),
        events_of(recording((1, 0)), recording((2, 1), (4, 2), label=1)),
        events_of(recording((1, 0), (2, 1)), recording((3, 2), label=1)),
        replace(events, groups=("ann", "bob")),
    )

    assert replace(events, name="called otherwise").digest() == events.digest()
    assert len({events.digest(), *(one.digest() for one in others)}) == 6


def test_the_busiest_step_is_that_of_all_recordings() -> None:
    events = events_of(recording((0, 0), (100, 1), (5000, 2)), recording((1, 1)), recording())

    assert busiest_step(events, dt_us=1000) == counts(events, dt_us=1000).sum(axis=2).max() == 2
    assert busiest_step(events, dt_us=50) == 1
    assert busiest_step(events.chosen([2]), dt_us=1000) == 0
    assert busiest_step(events.chosen([]), dt_us=1000) == 0
