# SPDX-License-Identifier: Apache-2.0
"""What can be wrong with events, and the first place in a set where something is."""

from dataclasses import dataclass
from enum import StrEnum

import numpy as np
from numpy.typing import NDArray

from snn.events.event_set import EventSet
from snn.events.wrapping import wrap_us

NO_TIME_US = np.iinfo(np.int64).min
"""Stands for a time that is not a number."""


class Fault(StrEnum):
    """What may be wrong; an event has the first of these that is true of it."""

    TIME = "impossible time"
    WRAPPED = "wrapped time"
    UNSORTED = "unsorted"
    POLARITY = "wrong polarity"
    CHANNEL = "channel out of range"
    DUPLICATE = "duplicate"
    TRUNCATED = "truncated"
    LABEL = "label out of range"


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """One fault: of event `i_event` of recording `i_recording`; None is the recording itself."""

    fault: Fault
    i_recording: int
    i_event: int | None
    problem: str


def num_planes(sensor_shape: tuple[int, ...]) -> int | None:
    """Return how many polarities a sensor has: the first of three axes; None without."""
    return sensor_shape[0] if len(sensor_shape) == 3 else None


def wrong_polarity(
    channels: NDArray[np.int32], *, sensor_shape: tuple[int, ...]
) -> NDArray[np.bool_]:
    """Return where the pixel would be right were it not for the polarity: bool [num_events].

    A polarity of -1, as some tools write OFF, lies one plane below the first.
    """
    planes = num_planes(sensor_shape)
    if planes is None:
        return np.zeros(len(channels), dtype=np.bool_)
    plane: NDArray[np.int32] = channels // _plane_size(sensor_shape)
    wrong = (plane == -1) | ((plane >= planes) & (plane < 2 * planes))
    return np.asarray(wrong, dtype=np.bool_)


def wrong_channel(
    channels: NDArray[np.int32], *, sensor_shape: tuple[int, ...]
) -> NDArray[np.bool_]:
    """Return where a channel is none of the sensor's, polarity aside: bool [num_events]."""
    size = int(np.prod(sensor_shape, dtype=np.int64))
    outside = (channels < 0) | (channels >= size)
    return outside & ~wrong_polarity(channels, sensor_shape=sensor_shape)


def off(channels: NDArray[np.int32], *, sensor_shape: tuple[int, ...]) -> NDArray[np.bool_]:
    """Return where the polarity is -1, which can only mean OFF: bool [num_events]."""
    if num_planes(sensor_shape) is None:
        return np.zeros(len(channels), dtype=np.bool_)
    plane: NDArray[np.int32] = channels // _plane_size(sensor_shape)
    return np.asarray(plane == -1, dtype=np.bool_)


def duplicates(
    times_us: NDArray[np.int64], channels: NDArray[np.int32], starts: NDArray[np.int64]
) -> NDArray[np.bool_]:
    """Return which events repeat an earlier one of their recording: bool [num_events]."""
    recordings = np.repeat(np.arange(len(starts) - 1, dtype=np.int32), np.diff(starts))
    if _rises(recordings, times_us, channels):
        return _repeats(recordings, times_us, channels)
    order = np.lexsort((channels, times_us, recordings))
    again = np.zeros(len(order), dtype=np.bool_)
    again[order] = _repeats(recordings[order], times_us[order], channels[order])
    return again


def first_finding(events: EventSet, *, unique: bool) -> Finding | None:
    """Return the first fault of a set, kind by kind in the order of `Fault`; None if it is whole.

    Parameters
    ----------
    events : EventSet
        Its arrays fit each other; what they hold is what is looked at.
    unique : bool
        Whether two events of one channel at one time are impossible.
    """
    times_us, channels, shape = events.times_us, events.channels, events.sensor_shape
    if (found := _first(times_us < 0, events)) is not None:
        return _finding(Fault.TIME, found, events, problem=_time_problem(events, found))
    if (found := _first(_descents(events), events)) is not None:
        return _order_finding(events, found)
    if (found := _first(wrong_polarity(channels, sensor_shape=shape), events)) is not None:
        return _finding(Fault.POLARITY, found, events, problem=_polarity_problem(events, found))
    if (found := _first(wrong_channel(channels, sensor_shape=shape), events)) is not None:
        problem = f"channel {channels[found]} is not in 0..{events.num_channels - 1}"
        return _finding(Fault.CHANNEL, found, events, problem=problem)
    again = duplicates(times_us, channels, events.starts) if unique else np.zeros(0, dtype=bool)
    if (found := _first(again, events)) is not None:
        problem = f"channel {channels[found]} fires twice at {times_us[found]} us"
        return _finding(Fault.DUPLICATE, found, events, problem=problem)
    return _label_finding(events)


def _same(recordings: NDArray[np.int32], times_us: NDArray[np.int64]) -> NDArray[np.bool_]:
    """Return where an event and the one before are of one recording and time: [num_events - 1]."""
    same = (times_us[1:] == times_us[:-1]) & (recordings[1:] == recordings[:-1])
    return np.asarray(same, dtype=np.bool_)


def _rises(
    recordings: NDArray[np.int32], times_us: NDArray[np.int64], channels: NDArray[np.int32]
) -> bool:
    """Return whether repetitions are neighbours: channels rise where times are equal."""
    falls = times_us[1:] < times_us[:-1]
    if (falls & (recordings[1:] == recordings[:-1])).any():
        return False
    return not (_same(recordings, times_us) & (channels[1:] < channels[:-1])).any()


def _repeats(
    recordings: NDArray[np.int32], times_us: NDArray[np.int64], channels: NDArray[np.int32]
) -> NDArray[np.bool_]:
    """Return which events are the same as the one before: bool [num_events]."""
    again = np.zeros(len(times_us), dtype=np.bool_)
    again[1:] = _same(recordings, times_us) & (channels[1:] == channels[:-1])
    return again


def _plane_size(sensor_shape: tuple[int, ...]) -> int:
    return sensor_shape[1] * sensor_shape[2]


def _first(wrong: NDArray[np.bool_], events: EventSet) -> int | None:
    return int(np.argmax(wrong)) if events.num_events and wrong.any() else None


def _descents(events: EventSet) -> NDArray[np.bool_]:
    """Return which events are before the one that precedes them in their recording."""
    falls = np.zeros(events.num_events, dtype=np.bool_)
    falls[1:] = events.times_us[1:] < events.times_us[:-1]
    firsts = events.starts[:-1]
    falls[firsts[firsts < events.num_events]] = False
    return falls


def _order_finding(events: EventSet, found: int) -> Finding:
    whole = events.recording(_recording_of(events, found))
    before, now = events.times_us[found - 1], events.times_us[found]
    period = wrap_us(whole.times_us)
    if period is None:
        problem = f"time {now} us stands behind {before} us, unsorted"
        return _finding(Fault.UNSORTED, found, events, problem=problem)
    problem = f"time {now} us stands behind {before} us, wrapped at {period} us"
    return _finding(Fault.WRAPPED, found, events, problem=problem)


def _time_problem(events: EventSet, found: int) -> str:
    time_us = events.times_us[found]
    if time_us == NO_TIME_US:
        return "its time is not a number"
    return f"time {time_us} us is before the recording"


def _polarity_problem(events: EventSet, found: int) -> str:
    plane = events.channels[found] // _plane_size(events.sensor_shape)
    return f"polarity {plane} is not in 0..{events.sensor_shape[0] - 1}"


def _label_finding(events: EventSet) -> Finding | None:
    wrong = (events.labels < -1) | (events.labels >= len(events.class_names))
    if not wrong.any():
        return None
    i_recording = int(np.argmax(wrong))
    problem = f"label {events.labels[i_recording]} is none of {len(events.class_names)} classes"
    return Finding(fault=Fault.LABEL, i_recording=i_recording, i_event=None, problem=problem)


def _recording_of(events: EventSet, i_all: int) -> int:
    return int(np.searchsorted(events.starts, i_all, side="right")) - 1


def _finding(fault: Fault, i_all: int, events: EventSet, *, problem: str) -> Finding:
    i_recording = _recording_of(events, i_all)
    i_event = i_all - int(events.starts[i_recording])
    return Finding(fault=fault, i_recording=i_recording, i_event=i_event, problem=problem)
