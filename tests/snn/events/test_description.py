# SPDX-License-Identifier: Apache-2.0
"""The figures of a set, counted by hand."""

import pytest

from snn.events.description import Share, describe
from snn.events.event_set import gather
from tests.snn.events.small_sets import recording


def test_a_set_in_figures() -> None:
    events = gather(
        [
            recording([0, 500, 2000], [0, 1, 1], label=1),
            recording([], [], label=0),
            recording([100], [3], label=-1),
        ],
        name="small",
        sensor_shape=(5,),
        class_names=("no", "yes", "never"),
        duration_us=1000,
        groups=("b", "a", "b"),
    )

    told = describe(events)

    assert (told.num_recordings, told.num_events, told.num_channels) == (3, 4, 5)
    assert (told.median_events, told.max_events) == (1.0, 3.0)
    assert (told.median_length_us, told.max_length_us) == (1050.0, 2000.0)
    assert told.events_per_channel_s == pytest.approx(3 / (3 * 1e-3 * 5))
    assert told.num_silent_channels == 2
    assert told.share_beyond == pytest.approx(0.25)
    assert told.classes == (
        Share(name="no", num_recordings=1, median_events=0.0),
        Share(name="yes", num_recordings=1, median_events=3.0),
        Share(name="", num_recordings=1, median_events=1.0),
    )
    assert [(one.name, one.num_recordings) for one in told.groups] == [("a", 1), ("b", 2)]


def test_an_empty_set_has_no_figures_rather_than_zeros() -> None:
    told = describe(
        gather([], name="", sensor_shape=(5,), class_names=(), duration_us=1, groups=())
    )

    assert told.median_events is None
    assert told.max_length_us is None
    assert told.events_per_channel_s is None
    assert told.share_beyond is None
