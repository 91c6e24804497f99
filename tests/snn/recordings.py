# SPDX-License-Identifier: Apache-2.0
"""Recordings that a small network learns in a few steps."""

import numpy as np

from snn.events.event_set import EventSet, Recording, gather

NUM_CHANNELS = 12
DURATION_US = 100_000
BURST = 6


def sweeps(num_recordings: int, *, seed: int) -> EventSet:
    """Return recordings of two classes: channels one after the other, upwards or downwards.

    Counts alone tell nothing: each channel has as many events in every recording.
    """
    rng = np.random.default_rng(seed)
    made = [_sweep(i_recording % 2, rng) for i_recording in range(num_recordings)]
    return gather(
        made,
        name="sweeps",
        sensor_shape=(NUM_CHANNELS,),
        class_names=("up", "down"),
        duration_us=DURATION_US,
        groups=("",) * num_recordings,
    )


def _sweep(label: int, rng: np.random.Generator) -> Recording:
    first = rng.integers(0, DURATION_US // 3)
    times = first + np.arange(NUM_CHANNELS) * 4000 + rng.integers(0, 2000, NUM_CHANNELS)
    channels = np.arange(NUM_CHANNELS) if label == 0 else np.arange(NUM_CHANNELS)[::-1]
    bursts = times[:, None] + 500 * np.arange(BURST)
    order = np.argsort(bursts.ravel(), kind="stable")
    return Recording(
        times_us=bursts.ravel()[order].astype(np.int64),
        channels=channels.repeat(BURST)[order].astype(np.int32),
        label=label,
    )
