# SPDX-License-Identifier: Apache-2.0
"""A set of events in a few figures."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from snn.events.event_set import EventSet


@dataclass(frozen=True, slots=True, kw_only=True)
class Share:
    """What a class or group has of a set: its recordings, and the events of the median one."""

    name: str
    num_recordings: int
    median_events: float | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Description:
    """The figures of a set; None where there is nothing to take one from.

    Parameters
    ----------
    num_recordings, num_events, num_channels : int
    median_events, max_events : float or None
        Of a recording.
    median_length_us, max_length_us : float or None [us]
        To the last event of a recording.
    events_per_channel_s : float or None [1/s]
        Inside the window, for the mean channel.
    num_silent_channels : int
    share_beyond : float or None
        Of the events, those behind the window.
    classes, groups : tuple of Share
    """

    num_recordings: int
    num_events: int
    num_channels: int
    median_events: float | None
    max_events: float | None
    median_length_us: float | None
    max_length_us: float | None
    events_per_channel_s: float | None
    num_silent_channels: int
    share_beyond: float | None
    classes: tuple[Share, ...]
    groups: tuple[Share, ...]


def describe(events: EventSet) -> Description:
    """Return the figures of a set that is whole."""
    lengths = np.diff(events.starts)
    filled = events.starts[1:][lengths > 0]
    last_us = events.times_us[filled - 1]
    num_inside = int(np.count_nonzero(events.times_us < events.duration_us))
    seconds = len(events) * events.duration_us * 1e-6 * events.num_channels
    num_heard = len(np.unique(events.channels))
    class_of = [events.class_names[i] if i >= 0 else "" for i in events.labels.tolist()]
    return Description(
        num_recordings=len(events),
        num_events=events.num_events,
        num_channels=events.num_channels,
        median_events=_median(lengths),
        max_events=_largest(lengths),
        median_length_us=_median(last_us),
        max_length_us=_largest(last_us),
        events_per_channel_s=num_inside / seconds if seconds else None,
        num_silent_channels=events.num_channels - num_heard,
        share_beyond=1.0 - num_inside / events.num_events if events.num_events else None,
        classes=_shares(class_of, lengths, order=(*events.class_names, "")),
        groups=_shares(list(events.groups), lengths, order=tuple(sorted(set(events.groups)))),
    )


def _shares(
    names: list[str], lengths: NDArray[np.int64], *, order: tuple[str, ...]
) -> tuple[Share, ...]:
    """Return the share of each name that there is."""
    of_name: dict[str, list[int]] = {}
    for name, length in zip(names, lengths.tolist(), strict=True):
        of_name.setdefault(name, []).append(length)
    return tuple(
        Share(name=name, num_recordings=len(of_name[name]), median_events=_median(of_name[name]))
        for name in dict.fromkeys(order)
        if name in of_name
    )


def _median(values: NDArray[np.int64] | list[int]) -> float | None:
    return float(np.median(values)) if len(values) else None


def _largest(values: NDArray[np.int64]) -> float | None:
    return float(values.max()) if len(values) else None
