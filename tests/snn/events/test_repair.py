# SPDX-License-Identifier: Apache-2.0
"""Faults put into good events: each is found at its event, and mended or dropped, and counted."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from snn.errors import EventError
from snn.events.event_set import EventSet, gather
from snn.events.faults import NO_TIME_US, Fault
from snn.events.repair import repair
from snn.events.unchecked import Unchecked
from snn.events.wrapping import unwrapped, wrap_us
from tests.snn.events.small_sets import CAMERA, EAR, altered, good, recording, same, unchecked

PLANE = 12


def complaint(found: Unchecked) -> str:
    """Return the words of the error."""
    with pytest.raises(EventError) as error:
        found.checked()
    return str(error.value)


def test_good_events_are_kept_as_they_are() -> None:
    for shape in (EAR, CAMERA):
        events = good(sensor_shape=shape)

        mended = repair(unchecked(events, unique=True))

        assert same(unchecked(events, unique=True).checked(), events)
        assert same(mended.events, events)
        assert mended.num_faults == 0


@pytest.mark.parametrize(
    ("change", "shape", "words", "fault", "is_kept"),
    [
        pytest.param({"time_us": -1}, EAR, "time -1 us is before", Fault.TIME, False, id="early"),
        pytest.param({"time_us": NO_TIME_US}, EAR, "no", Fault.TIME, False, id="no number"),
        pytest.param({"channel": 8}, EAR, "channel 8 is not in 0..7", Fault.CHANNEL, False, id="8"),
        pytest.param({"channel": -1}, EAR, "channel -1 is", Fault.CHANNEL, False, id="minus one"),
        pytest.param(
            {"channel": 5 + 2 * PLANE}, CAMERA, "polarity 2", Fault.POLARITY, False, id="polarity 2"
        ),
        pytest.param(
            {"channel": 5 - PLANE}, CAMERA, "polarity -1", Fault.POLARITY, True, id="polarity -1"
        ),
        pytest.param(
            {"channel": 4 * PLANE}, CAMERA, "channel 48 is", Fault.CHANNEL, False, id="no pixel"
        ),
    ],
)
def test_a_fault_is_named_with_its_event_and_counted(
    change: dict[str, int], shape: tuple[int, ...], words: str, fault: Fault, *, is_kept: bool
) -> None:
    events = altered(good(sensor_shape=shape), 5 + 7, **change)

    line = complaint(unchecked(events))
    mended = repair(unchecked(events))

    assert line.startswith(f"set.npz: recording 2, event 7: {fault}: ")
    assert words in line
    assert "--repair" in line
    assert (mended.mended if is_kept else mended.dropped) == {fault: 1}
    assert mended.num_faults == 1
    assert mended.events.num_events == events.num_events - (not is_kept)
    if is_kept:
        assert mended.events.channels[12] == 5
    unchecked(mended.events).checked()


def test_events_out_of_order_are_put_in_order() -> None:
    events = gather(
        [recording([5, 3, 9, 9, 4], [1, 2, 3, 4, 5])],
        name="small",
        sensor_shape=EAR,
        class_names=("no",),
        duration_us=1000,
        groups=("",),
    )

    line = complaint(unchecked(events))
    mended = repair(unchecked(events))

    assert "recording 0, event 1: unsorted: time 3 us stands behind 5 us" in line
    assert mended.mended == {Fault.UNSORTED: 2}
    assert mended.events.times_us.tolist() == [3, 4, 5, 9, 9]
    assert mended.events.channels.tolist() == [2, 5, 1, 3, 4]


@pytest.mark.parametrize("bits", [23, 24])
def test_wrapped_times_are_unwrapped(bits: int) -> None:
    rng = np.random.default_rng(bits)
    true_us = np.cumsum(rng.integers(1, 200_000, 1500))
    period = 1 << bits
    events = gather(
        [recording((true_us % period).tolist(), [i % 8 for i in range(1500)])],
        name="small",
        sensor_shape=EAR,
        class_names=("no",),
        duration_us=1000,
        groups=("",),
    )
    first = int(np.argmax(true_us >= period))

    line = complaint(unchecked(events))
    mended = repair(unchecked(events))

    assert f"recording 0, event {first}: wrapped time: " in line
    assert f"wrapped at {period} us" in line
    np.testing.assert_array_equal(mended.events.times_us, true_us)
    assert mended.mended == {Fault.WRAPPED: int((true_us >= period).sum())}


def test_one_event_far_too_early_is_one_event_out_of_order() -> None:
    times_us = [0, 10, 5000, *range(20, 60)]
    events = gather(
        [recording(times_us, [0] * len(times_us))],
        name="small",
        sensor_shape=EAR,
        class_names=("no",),
        duration_us=1000,
        groups=("",),
    )

    mended = repair(unchecked(events))

    assert mended.mended == {Fault.UNSORTED: 1}
    assert mended.events.times_us.tolist() == sorted(times_us)


def test_one_late_event_is_no_wrap() -> None:
    times_us = np.array([0, 7_000_000, 1_000_000, 7_100_000, 7_200_000])

    assert wrap_us(times_us) is None
    assert wrap_us(np.array([0, 3_500_000, 7_000_000, 1_000_000])) == 1 << 23
    assert unwrapped(np.array([8_000_000, 1, 2]), period_us=1 << 23).tolist()[1:] == [
        (1 << 23) + 1,
        (1 << 23) + 2,
    ]


def test_repetitions_are_faults_only_where_they_are_impossible() -> None:
    events = good()
    events = altered(events, 9, time_us=int(events.times_us[8]), channel=int(events.channels[8]))

    line = complaint(unchecked(events, unique=True))
    mended = repair(unchecked(events, unique=True))

    assert unchecked(events).checked() is events
    assert "recording 2, event 4: duplicate: channel" in line
    assert mended.dropped == {Fault.DUPLICATE: 1}


def test_a_label_of_no_class_becomes_none() -> None:
    events = replace(good(), labels=np.array([0, 2, 1], dtype=np.int32))

    assert "recording 1: label out of range: label 2 is none of 2" in complaint(unchecked(events))
    assert repair(unchecked(events)).events.labels.tolist() == [0, -1, 1]
    assert repair(unchecked(events)).mended == {Fault.LABEL: 1}


def test_a_truncated_tail_is_named_behind_the_last_event() -> None:
    found = replace(unchecked(good()), truncated={0: "3 bytes of 5"}, files=("a", "b", "c"))

    assert "a: recording 0, event 5: truncated: 3 bytes of 5" in complaint(found)
    assert repair(found).dropped == {Fault.TRUNCATED: 1}


wild_times = st.integers(-(1 << 40), 1 << 40) | st.just(int(NO_TIME_US)) | st.integers(0, 1 << 24)
wild_channels = st.integers(-(1 << 31), (1 << 31) - 1) | st.integers(-30, 60)


@st.composite
def damaged(draw: st.DrawFn) -> Unchecked:
    """Return a good set with some of its events and labels overwritten."""
    events: EventSet = good(sensor_shape=draw(st.sampled_from([EAR, CAMERA, (2, 4)])))
    for _ in range(draw(st.integers(0, 12))):
        i_event = draw(st.integers(0, events.num_events - 1))
        if draw(st.booleans()):
            events = altered(events, i_event, time_us=draw(wild_times))
        else:
            events = altered(events, i_event, channel=draw(wild_channels))
    labels = np.array(draw(st.lists(st.integers(-9, 9), min_size=3, max_size=3)), dtype=np.int32)
    return unchecked(replace(events, labels=labels), unique=draw(st.booleans()))


@given(damaged())
@settings(max_examples=300)
def test_whatever_happens_to_events_is_an_error_or_mended(found: Unchecked) -> None:
    is_good = found.finding() is None

    mended = repair(found)

    if is_good:
        assert found.checked() is found.events
        assert mended.num_faults == 0
    else:
        assert complaint(found).startswith("set.npz: recording ")
        assert mended.num_faults > 0
    replace(found, events=mended.events).checked()
    lost = found.events.num_events - mended.events.num_events
    assert lost == sum(mended.dropped.values())
