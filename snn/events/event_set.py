# SPDX-License-Identifier: Apache-2.0
"""Recordings of events: times in microseconds and channels, no time step."""

import hashlib
import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True, slots=True, kw_only=True)
class Recording:
    """The events of one recording.

    Parameters
    ----------
    times_us : int64 [num_events]
        Microseconds from the start of the recording, rising; equal times are allowed.
    channels : int32 [num_events]
        The channel of each event, 0 .. num_channels - 1.
    label : int
        Index into the names of the classes; -1 for none.
    """

    times_us: NDArray[np.int64]
    channels: NDArray[np.int32]
    label: int


@dataclass(frozen=True, slots=True, kw_only=True)
class EventSet:
    """Recordings of one kind, one behind the other.

    Parameters
    ----------
    name : str
        What the data set is called.
    sensor_shape : tuple of int
        How channels are laid out, the last axis fastest: (64,) for a filter bank,
        (2, height, width) for a camera with polarity first.
    class_names : tuple of str
    duration_us : int [us]
        The length of the window that every recording is seen in; later events are cut off.
    times_us : int64 [num_events]
        The events of all recordings, each from the start of its own recording.
    channels : int32 [num_events]
    starts : int64 [num_recordings + 1]
        Where each recording begins among the events, and the end of the last.
    labels : int32 [num_recordings]
        -1 for none.
    groups : tuple of str
        For each recording whom it comes from: what must not be on both sides of a split.
    """

    name: str
    sensor_shape: tuple[int, ...]
    class_names: tuple[str, ...]
    duration_us: int
    times_us: NDArray[np.int64]
    channels: NDArray[np.int32]
    starts: NDArray[np.int64]
    labels: NDArray[np.int32]
    groups: tuple[str, ...]

    @property
    def num_channels(self) -> int:
        """Return the number of channels of the sensor."""
        return int(np.prod(self.sensor_shape, dtype=np.int64))

    @property
    def num_events(self) -> int:
        """Return the number of events of all recordings."""
        return len(self.times_us)

    def __len__(self) -> int:
        """Return the number of recordings."""
        return len(self.labels)

    def recording(self, i_recording: int) -> Recording:
        """Return one recording, by its index from 0."""
        events = slice(int(self.starts[i_recording]), int(self.starts[i_recording + 1]))
        return Recording(
            times_us=self.times_us[events],
            channels=self.channels[events],
            label=int(self.labels[i_recording]),
        )

    def title(self, i_recording: int) -> str:
        """Return what a recording is called: the set, its number, label and group."""
        label, group = int(self.labels[i_recording]), self.groups[i_recording]
        name = self.class_names[label] if label >= 0 else "no label"
        return f"{self.name}, recording {i_recording}: {name}{f' ({group})' if group else ''}"

    def __iter__(self) -> Iterator[Recording]:
        """Yield the recordings in order."""
        return (self.recording(i) for i in range(len(self)))

    def digest(self) -> str:
        """Return the SHA-256 of all that the set holds but its name, in hexadecimal."""
        hashed = hashlib.sha256()
        about = [self.sensor_shape, self.class_names, self.duration_us, self.groups]
        hashed.update(json.dumps(about).encode())
        for array in (self.times_us, self.channels, self.starts, self.labels):
            hashed.update(np.ascontiguousarray(array).tobytes())
        return hashed.hexdigest()

    def chosen(self, indices: Sequence[int] | NDArray[np.int64]) -> "EventSet":
        """Return the set of some of the recordings, in the order given."""
        kept = [self.recording(int(i)) for i in indices]
        return gather(
            kept,
            name=self.name,
            sensor_shape=self.sensor_shape,
            class_names=self.class_names,
            duration_us=self.duration_us,
            groups=tuple(self.groups[int(i)] for i in indices),
        )


def gather(
    recordings: Sequence[Recording],
    *,
    name: str,
    sensor_shape: tuple[int, ...],
    class_names: tuple[str, ...],
    duration_us: int,
    groups: tuple[str, ...],
) -> EventSet:
    """Return a set of recordings; `groups` has one name for each of them."""
    lengths = [len(one.times_us) for one in recordings]
    starts = np.concatenate([[0], np.cumsum(lengths, dtype=np.int64)]).astype(np.int64)
    return EventSet(
        name=name,
        sensor_shape=sensor_shape,
        class_names=class_names,
        duration_us=duration_us,
        times_us=np.concatenate([[], *(one.times_us for one in recordings)]).astype(np.int64),
        channels=np.concatenate([[], *(one.channels for one in recordings)]).astype(np.int32),
        starts=starts,
        labels=np.array([one.label for one in recordings], dtype=np.int32),
        groups=groups,
    )
