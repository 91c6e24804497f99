# SPDX-License-Identifier: Apache-2.0
"""Events counted in bins: where time gets its step."""

import numpy as np
from numpy.typing import NDArray

from snn.errors import SpikingError
from snn.events.event_set import EventSet, Recording

MOST_IN_A_BIN = 255


def num_steps(duration_us: int, *, dt_us: int) -> int:
    """Return how many bins of `dt_us` [us] cover a window of `duration_us` [us]."""
    if dt_us < 1:
        raise SpikingError(f"a time step of {dt_us} us: it takes 1 us or more")
    return -(-duration_us // dt_us)


def counts(events: EventSet, *, dt_us: int) -> NDArray[np.uint8]:
    """Return the events of each bin: uint8 [num_steps, num_recordings, num_channels].

    Bin t holds the times t * dt_us <= time < (t + 1) * dt_us. More than 255 in one are 255.
    """
    steps = num_steps(events.duration_us, dt_us=dt_us)
    binned = np.zeros((steps, len(events), events.num_channels), dtype=np.uint8)
    for i_recording, recording in enumerate(events):
        binned[:, i_recording] = recording_counts(
            recording,
            dt_us=dt_us,
            duration_us=events.duration_us,
            num_channels=events.num_channels,
        )
    return binned


def busiest_step(events: EventSet, *, dt_us: int) -> int:
    """Return the most events that a step of any recording has."""
    sums = (
        recording_counts(
            recording,
            dt_us=dt_us,
            duration_us=events.duration_us,
            num_channels=events.num_channels,
        ).sum(axis=1, dtype=np.int64)
        for recording in events
    )
    return max((int(one.max(initial=0)) for one in sums), default=0)


def recording_counts(
    recording: Recording, *, dt_us: int, duration_us: int, num_channels: int
) -> NDArray[np.uint8]:
    """Return the events of each bin of one recording: uint8 [num_steps, num_channels]."""
    steps = num_steps(duration_us, dt_us=dt_us)
    inside = recording.times_us < duration_us
    places = recording.times_us[inside] // dt_us * num_channels + recording.channels[inside]
    counted = np.bincount(places, minlength=steps * num_channels)
    return np.minimum(counted, MOST_IN_A_BIN).astype(np.uint8).reshape(steps, num_channels)
