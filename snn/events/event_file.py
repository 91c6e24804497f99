# SPDX-License-Identifier: Apache-2.0
"""The one format of events on disk: an `.npz` that NumPy reads, and that is believed in nothing.

A zip of arrays, none of them pickled:

    header    uint8, JSON: name, sensor, classes, window, unit of time, groups, source
    times     unsigned [num_events], in units of the header's `tick_us`, rising in each recording
    channels  unsigned [num_events]
    starts    int64 [num_recordings + 1]
    labels    int32 [num_recordings]
    groups    int32 [num_recordings], indices into the header's `group_names`

`dt_us` is there only where events are counts in bins already, and then every time is a multiple.
"""

import io
import json
import os
import zipfile
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, BinaryIO, Literal

import numpy as np
from numpy.typing import NDArray
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from snn.errors import EventError
from snn.events.event_archive import read_archive
from snn.events.event_set import EventSet
from snn.events.unchecked import Unchecked

SUFFIX = ".npz"
_MAX_CHANNELS = 1 << 31
_LATEST_US = 1 << 53
_DATE = (2020, 1, 1, 0, 0, 0)  # the same events make the same file


@dataclass(frozen=True, slots=True, kw_only=True)
class Origin:
    """Where events come from.

    Parameters
    ----------
    source : str
        In words: the data set and its version, the encoder and its settings.
    sha256 : str or None
        Of the files that they were made from; None where these have none, or many.
    unique : bool
        Whether two events of one channel at one time are impossible.
    dt_us : int or None [us]
        The bins that the events were counted in; None for events as they happened.
    """

    source: str
    sha256: str | None = None
    unique: bool = False
    dt_us: int | None = None


_Positive = Annotated[int, Field(ge=1, le=_LATEST_US)]


class _Header(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)

    format: Literal["airloop events"] = "airloop events"
    version: Literal[1] = 1
    name: str
    sensor_shape: Annotated[tuple[_Positive, ...], Field(strict=False, min_length=1, max_length=4)]
    class_names: Annotated[tuple[str, ...], Field(strict=False)]
    duration_us: _Positive
    tick_us: _Positive
    dt_us: _Positive | None
    group_names: Annotated[tuple[str, ...], Field(strict=False)]
    unique: bool
    source: str
    source_sha256: Annotated[str, Field(pattern="^[0-9a-f]{64}$")] | None


def write(path: Path, events: EventSet, *, origin: Origin) -> None:
    """Write a set that is whole, at once or not at all; raises EventError if it is not whole.

    Times are stored in their greatest common divisor, everything in as few bytes as it takes, so
    that 3,000 spoken digits of 4.9 million spikes take 3.6 MB.
    """
    Unchecked(events=events, files=(str(path),), unique=origin.unique).checked()
    if origin.dt_us is not None and (events.times_us % origin.dt_us).any():
        problem = f"there are times between the bins of {origin.dt_us} us; count them first"
        raise EventError(file=str(path), place="", problem=problem)
    tick_us = max(1, int(np.gcd.reduce(events.times_us))) if events.num_events else 1
    group_names = tuple(sorted(set(events.groups)))
    header = _Header(
        name=events.name,
        sensor_shape=events.sensor_shape,
        class_names=events.class_names,
        duration_us=events.duration_us,
        tick_us=tick_us,
        dt_us=origin.dt_us,
        group_names=group_names,
        unique=origin.unique,
        source=origin.source,
        source_sha256=origin.sha256,
    )
    text = json.dumps(header.model_dump(mode="json"), indent=1)
    places = {name: i for i, name in enumerate(group_names)}
    arrays: dict[str, NDArray[np.generic]] = {
        "header": np.frombuffer(text.encode(), dtype=np.uint8),
        "times": _narrow(events.times_us // tick_us),
        "channels": _narrow(events.channels),
        "starts": events.starts.astype(np.int64),
        "labels": events.labels.astype(np.int32),
        "groups": np.array([places[group] for group in events.groups], dtype=np.int32),
    }
    _store(path, arrays)


def read(path: Path) -> EventSet:
    """Return the events of a file; raises EventError with file, recording and event."""
    return read_unchecked(path)[0].checked()


def read_unchecked(path: Path) -> tuple[Unchecked, Origin]:
    """Return what a file holds, its arrays fitting each other and its events unchecked.

    Raises
    ------
    EventError
        The file is missing, truncated or another kind of file, its header is not legal, or its
        arrays do not fit each other.
    """
    arrays = read_archive(path)
    header = _header(path, arrays["header"])
    times, channels, starts = arrays["times"], arrays["channels"], arrays["starts"]
    _check_fit(path, arrays, header)
    events = EventSet(
        name=header.name,
        sensor_shape=header.sensor_shape,
        class_names=header.class_names,
        duration_us=header.duration_us,
        times_us=times.astype(np.int64) * header.tick_us,
        channels=_clipped(channels),
        starts=starts.astype(np.int64),
        labels=_clipped(arrays["labels"]),
        groups=tuple(header.group_names[int(i)] for i in arrays["groups"]),
    )
    origin = Origin(
        source=header.source, sha256=header.source_sha256, unique=header.unique, dt_us=header.dt_us
    )
    return Unchecked(events=events, files=(str(path),), unique=header.unique), origin


def _header(path: Path, stored: NDArray[np.generic]) -> _Header:
    try:
        header = _Header.model_validate_json(stored.tobytes())
    except ValidationError as error:
        first = error.errors(include_url=False)[0]
        key = ".".join(map(str, first["loc"])) or "the header"
        raise _refusal(path, f"header.{key}: {first['msg']}") from None
    if int(np.prod([float(axis) for axis in header.sensor_shape])) >= _MAX_CHANNELS:
        raise _refusal(path, f"header.sensor_shape: {header.sensor_shape} is too large")
    return header


def _check_fit(path: Path, arrays: dict[str, NDArray[np.generic]], header: _Header) -> None:
    """Refuse arrays that do not fit each other or their header."""
    times, starts, labels, groups = (arrays[n] for n in ("times", "starts", "labels", "groups"))
    num_events, num_recordings = len(times), len(labels)
    if len(arrays["channels"]) != num_events:
        raise _refusal(path, f"{num_events} times and {len(arrays['channels'])} channels")
    if len(groups) != num_recordings or len(starts) != num_recordings + 1:
        raise _refusal(
            path, f"{num_recordings} labels, {len(groups)} groups, {len(starts)} starts (one more)"
        )
    bounds = starts.astype(np.int64)
    if bounds[0] != 0 or bounds[-1] != num_events or (np.diff(bounds) < 0).any():
        falls = np.flatnonzero(np.diff(bounds) < 0)
        place = int(falls[0]) if len(falls) else 0
        problem = f"starts do not rise from 0 to {num_events} events"
        raise _refusal(path, problem, place=f"recording {place}")
    names = groups.astype(np.int64)
    if ((names < 0) | (names >= len(header.group_names))).any():
        place = int(np.argmax((names < 0) | (names >= len(header.group_names))))
        raise _refusal(path, f"group {names[place]} has no name", place=f"recording {place}")
    latest = float(np.abs(times.astype(np.float64)).max(initial=0.0)) * header.tick_us
    if latest >= _LATEST_US:
        raise _refusal(path, f"a time of {latest:.3g} us is beyond all recordings")
    if header.dt_us is not None and (times.astype(np.int64) * header.tick_us % header.dt_us).any():
        raise _refusal(path, f"header.dt_us: there are times between bins of {header.dt_us} us")


def _refusal(path: Path, problem: str, *, place: str = "") -> EventError:
    advice = "this is no event file of airloop, or a damaged one; make it again from its source"
    return EventError(file=str(path), place=place, problem=f"{problem}; {advice}")


def _clipped(values: NDArray[np.generic]) -> NDArray[np.int32]:
    """Return integers of any width; what is out of reach of 32 bits stays out of range."""
    limits = np.iinfo(np.int32)
    return np.clip(values.astype(np.int64), limits.min, limits.max).astype(np.int32)


def _narrow(values: NDArray[np.int64] | NDArray[np.int32]) -> NDArray[np.generic]:
    """Return non-negative integers in the fewest bytes."""
    return values.astype(np.min_scalar_type(int(values.max(initial=0))))


def _store(path: Path, arrays: dict[str, NDArray[np.generic]]) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    partial = path.with_name(f"{path.name}.{os.getpid()}.part")
    try:
        with partial.open("wb") as file:
            _archive(file, arrays)
            file.flush()
            os.fsync(file.fileno())
        partial.replace(path)
    finally:
        partial.unlink(missing_ok=True)


def _archive(file: BinaryIO, arrays: dict[str, NDArray[np.generic]]) -> None:
    with zipfile.ZipFile(file, "w", zipfile.ZIP_BZIP2) as archive:
        for name, array in arrays.items():
            content = io.BytesIO()
            np.lib.format.write_array(content, array, allow_pickle=False)
            member = zipfile.ZipInfo(f"{name}.npy", date_time=_DATE)
            archive.writestr(member, content.getvalue(), zipfile.ZIP_BZIP2)
