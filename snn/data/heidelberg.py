# SPDX-License-Identifier: Apache-2.0
"""The Heidelberg spiking data sets SHD and SSC: spoken words from an artificial cochlea.

One HDF5 file a split: `spikes/times` [s] and `spikes/units`, a row of its own length for each
recording; `labels`; `extra/keys`, the names of the classes; `extra/speaker`. The order within a row
is not promised, so rows are sorted by time.

Source
------
B. Cramer, Y. Stradmann, J. Schemmel, F. Zenke, "The Heidelberg Spiking Data Sets for the Systematic
Evaluation of Spiking Neural Networks", IEEE Trans. Neural Networks and Learning Systems 33, 2022;
format as told at zenkelab.org.
"""

from pathlib import Path
from typing import Any

import h5py
import numpy as np
from numpy.typing import NDArray

from snn.data.data_set import Wanted, legal_split, require_folder
from snn.errors import EventError
from snn.events.event_set import Recording, gather
from snn.events.faults import NO_TIME_US
from snn.events.unchecked import Unchecked

NUM_CHANNELS = 700
SHD_SPLITS, SSC_SPLITS = ("train", "test"), ("train", "valid", "test")
SHD_DURATION_US, SSC_DURATION_US = 1_400_000, 1_000_000
SHD_CLASSES = (
    *("zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine"),
    *("null", "eins", "zwei", "drei", "vier", "fünf", "sechs", "sieben", "acht", "neun"),
)
_LATEST_US = float(1 << 50)
_DAMAGE = (OSError, KeyError, RuntimeError, ValueError, TypeError, AttributeError)


def shd(path: Path, wanted: Wanted) -> Unchecked:
    """Return a split of SHD: 20 spoken digits, groups are speakers; path: folder or one file."""
    split = legal_split(wanted, SHD_SPLITS, name="shd")
    return _load(path, name="shd", split=split, duration_us=SHD_DURATION_US)


def ssc(path: Path, wanted: Wanted) -> Unchecked:
    """Return a split of SSC: 35 spoken words; path: the folder or one file."""
    split = legal_split(wanted, SSC_SPLITS, name="ssc")
    return _load(path, name="ssc", split=split, duration_us=SSC_DURATION_US)


def _load(path: Path, *, name: str, split: str, duration_us: int) -> Unchecked:
    file = path
    if not path.is_file():
        require_folder(path, name=name, holding=f"{name}_{split}.h5")
        file = path / f"{name}_{split}.h5"
    if not file.is_file():
        raise EventError(
            file=str(file),
            place="",
            problem=f"there is no such file; try: airloop snn download {name}, or unpack it",
        )
    try:
        with h5py.File(file, "r") as stored:
            return _read(file, stored, name=name, duration_us=duration_us)
    except _DAMAGE as error:
        raise EventError(
            file=str(file),
            place="",
            problem=f"truncated, or no HDF5 file of {name} ({_first_line(error)}); download it "
            "again",
        ) from None


def _read(file: Path, stored: h5py.File, *, name: str, duration_us: int) -> Unchecked:
    labels = _row(stored, "labels").astype(np.int64)
    times, units = _row(stored, "spikes/times"), _row(stored, "spikes/units")
    if not len(times) == len(units) == len(labels):
        raise ValueError(f"{len(times)} rows of times, {len(units)} of units, {len(labels)} labels")
    recordings = [
        _recording(file, i, times[i], units[i], int(labels[i])) for i in range(len(labels))
    ]
    events = gather(
        recordings,
        name=name,
        sensor_shape=(NUM_CHANNELS,),
        class_names=_class_names(stored, labels),
        duration_us=duration_us,
        groups=_speakers(stored, len(labels)),
    )
    return Unchecked(events=events, files=(str(file),))


def _recording(
    file: Path,
    i_recording: int,
    times: NDArray[np.floating],
    units: NDArray[np.integer],
    label: int,
) -> Recording:
    if len(times) != len(units):
        raise EventError(
            file=str(file),
            place=f"recording {i_recording}, event {min(len(times), len(units))}",
            problem=f"truncated: {len(times)} times, {len(units)} units; download the file again",
        )
    seconds = times.astype(np.float64)
    is_time = np.isfinite(seconds) & (np.abs(seconds) * 1e6 < _LATEST_US)
    times_us = np.full(len(seconds), NO_TIME_US, dtype=np.int64)
    times_us[is_time] = np.rint(seconds[is_time] * 1e6).astype(np.int64)
    order = np.argsort(times_us, kind="stable")
    limits = np.iinfo(np.int32)
    channels = np.clip(units.astype(np.int64), limits.min, limits.max).astype(np.int32)
    return Recording(times_us=times_us[order], channels=channels[order], label=label)


def _class_names(stored: h5py.File, labels: NDArray[np.int64]) -> tuple[str, ...]:
    """Return the names of the file, or numbers where it has none."""
    if "extra/keys" not in stored:
        return tuple(str(i) for i in range(int(labels.max(initial=-1)) + 1))
    keys = _row(stored, "extra/keys").tolist()
    return tuple(key.decode() if isinstance(key, bytes) else str(key) for key in keys)


def _speakers(stored: h5py.File, num_recordings: int) -> tuple[str, ...]:
    if "extra/speaker" not in stored:
        return ("",) * num_recordings
    speakers = _row(stored, "extra/speaker").tolist()
    if len(speakers) != num_recordings:
        raise ValueError(f"{num_recordings} recordings and {len(speakers)} speakers")
    return tuple(str(speaker) for speaker in speakers)


def _row(stored: h5py.File, key: str) -> NDArray[Any]:
    """Return a data set of one axis; its values may be arrays themselves."""
    found = stored[key]
    if not isinstance(found, h5py.Dataset) or found.ndim != 1:
        raise ValueError(f"{key} is no row of values")
    return np.asarray(found[:])


def _first_line(error: Exception) -> str:
    return str(error).partition("\n")[0]
