# SPDX-License-Identifier: Apache-2.0
"""Events mended: what can be put right is, what cannot is dropped, and all of it is counted."""

from bisect import bisect_right
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from snn.events.event_set import EventSet, Recording, gather
from snn.events.faults import Fault, duplicates, off, wrong_channel, wrong_polarity
from snn.events.unchecked import Unchecked
from snn.events.wrapping import unwrapped, wrap_us


@dataclass(frozen=True, slots=True, kw_only=True)
class Repaired:
    """Events that pass every check, and how many of each kind were mended or dropped.

    `mended` were kept: times unwrapped, events put in order (counted as the fewest moves that do
    it), OFF written as -1, labels taken off.
    `dropped` are gone.
    """

    events: EventSet
    mended: Mapping[Fault, int]
    dropped: Mapping[Fault, int]

    @property
    def num_faults(self) -> int:
        """Return how many events, tails and labels were not as they should be."""
        return sum(self.mended.values()) + sum(self.dropped.values())


def repair(found: Unchecked) -> Repaired:
    """Return the events of a file as they should have been.

    Times that are negative or no number are dropped, wrapped times unwrapped, the rest sorted
    without changing the order of equal times; a polarity of -1 becomes 0, events of any other wrong
    polarity or channel are dropped, and so are repetitions where they are impossible; a partial
    last event is dropped; a label that names no class becomes -1.
    """
    mended: Counter[Fault] = Counter()
    dropped: Counter[Fault] = Counter({Fault.TRUNCATED: len(found.truncated)})
    events = found.events
    kept = [
        _repaired(one, events.sensor_shape, mended, dropped, unique=found.unique) for one in events
    ]
    fresh = gather(
        kept,
        name=events.name,
        sensor_shape=events.sensor_shape,
        class_names=events.class_names,
        duration_us=events.duration_us,
        groups=events.groups,
    )
    wrong = (fresh.labels < -1) | (fresh.labels >= len(events.class_names))
    mended[Fault.LABEL] += int(wrong.sum())
    labels = np.where(wrong, -1, fresh.labels).astype(np.int32)
    return Repaired(
        events=replace(fresh, labels=labels), mended=_counted(mended), dropped=_counted(dropped)
    )


def _repaired(
    recording: Recording,
    shape: tuple[int, ...],
    mended: Counter[Fault],
    dropped: Counter[Fault],
    *,
    unique: bool,
) -> Recording:
    """Return one recording mended; adds to the counts."""
    one = _without(recording, recording.times_us < 0, dropped, Fault.TIME)
    one = _in_order(one, mended)
    is_off = off(one.channels, sensor_shape=shape)
    mended[Fault.POLARITY] += int(is_off.sum())
    plane = shape[-1] * shape[-2] if len(shape) > 1 else 0
    one = replace(one, channels=np.where(is_off, one.channels + plane, one.channels))
    wrong = wrong_polarity(one.channels, sensor_shape=shape)
    one = _without(one, wrong, dropped, Fault.POLARITY)
    one = _without(one, wrong_channel(one.channels, sensor_shape=shape), dropped, Fault.CHANNEL)
    if unique:
        starts = np.array([0, len(one.times_us)], dtype=np.int64)
        again = duplicates(one.times_us, one.channels, starts)
        one = _without(one, again, dropped, Fault.DUPLICATE)
    return one


def _in_order(recording: Recording, mended: Counter[Fault]) -> Recording:
    times_us = recording.times_us
    period = wrap_us(times_us)
    if period is not None:
        straight = unwrapped(times_us, period_us=period)
        mended[Fault.WRAPPED] += int(np.count_nonzero(straight != times_us))
        times_us = straight - min(0, int(straight.min()))
    if not (times_us[1:] < times_us[:-1]).any():
        return replace(recording, times_us=times_us)
    mended[Fault.UNSORTED] += _num_out_of_order(times_us)
    order = np.argsort(times_us, kind="stable")
    return replace(recording, times_us=times_us[order], channels=recording.channels[order])


def _num_out_of_order(times_us: NDArray[np.int64]) -> int:
    """Return the fewest events whose move puts all in order.

    All but the longest subsequence that does not fall, found by the smallest end of each length.
    """
    ends: list[int] = []
    for time_us in times_us.tolist():
        place = bisect_right(ends, time_us)
        ends[place : place + 1] = [time_us]
    return len(times_us) - len(ends)


def _without(
    recording: Recording, wrong: NDArray[np.bool_], dropped: Counter[Fault], fault: Fault
) -> Recording:
    if not wrong.any():
        return recording
    dropped[fault] += int(wrong.sum())
    return replace(
        recording, times_us=recording.times_us[~wrong], channels=recording.channels[~wrong]
    )


def _counted(counts: Counter[Fault]) -> dict[Fault, int]:
    """Return the counts above zero, in the order of the kinds."""
    return {fault: counts[fault] for fault in Fault if counts[fault]}
