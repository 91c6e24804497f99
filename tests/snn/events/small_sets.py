# SPDX-License-Identifier: Apache-2.0
"""Small sets of events for tests, good ones and ones with a fault put in."""

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from snn.events.event_set import EventSet, Recording, gather
from snn.events.unchecked import Unchecked

CAMERA = (2, 3, 4)
EAR = (8,)


def recording(times_us: Sequence[int], channels: Sequence[int], *, label: int = 0) -> Recording:
    """Return one recording."""
    return Recording(
        times_us=np.array(times_us, dtype=np.int64),
        channels=np.array(channels, dtype=np.int32),
        label=label,
    )


def good(*, sensor_shape: tuple[int, ...] = EAR, seed: int = 1) -> EventSet:
    """Return three recordings of 5, 0 and 40 events, whole and without repetitions."""
    rng = np.random.default_rng(seed)
    num_channels = int(np.prod(sensor_shape))
    recordings: list[Recording] = []
    for i, length in enumerate((5, 0, 40)):
        times_us = np.sort(rng.choice(20_000, size=length, replace=False)) * 500
        channels = rng.integers(0, num_channels, length)
        recordings.append(recording(times_us.tolist(), channels.tolist(), label=i % 2))
    return gather(
        recordings,
        name="small",
        sensor_shape=sensor_shape,
        class_names=("no", "yes"),
        duration_us=10_000_000,
        groups=("anna", "berta", "anna"),
    )


def altered(
    events: EventSet,
    i_event: int,
    *,
    time_us: int | None = None,
    channel: int | None = None,
) -> EventSet:
    """Return a set with another time or channel at one of all its events."""
    times_us, channels = events.times_us.copy(), events.channels.copy()
    if time_us is not None:
        times_us[i_event] = time_us
    if channel is not None:
        channels[i_event] = channel
    return replace(events, times_us=times_us, channels=channels)


def unchecked(events: EventSet, *, unique: bool = False) -> Unchecked:
    """Return a set as if a file had held it."""
    return Unchecked(events=events, files=("set.npz",), unique=unique)


def same(one: EventSet, other: EventSet) -> bool:
    """Return whether two sets hold the same."""
    arrays = ("times_us", "channels", "starts", "labels")
    words = ("name", "sensor_shape", "class_names", "duration_us", "groups")
    return all(np.array_equal(getattr(one, a), getattr(other, a)) for a in arrays) and all(
        getattr(one, word) == getattr(other, word) for word in words
    )
