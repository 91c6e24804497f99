# SPDX-License-Identifier: Apache-2.0
"""Which data set a file or folder is, by its names alone."""

from collections.abc import Callable
from itertools import islice
from pathlib import Path

from snn.audio.sound import SUFFIXES
from snn.data import dvs_gesture
from snn.data.fsdd import FOLDERS, NAME
from snn.errors import DataError
from snn.events.event_file import SUFFIX

EVENT_FILE = "event-file"
"""Events as airloop stores them: `snn.events.event_file`."""

_MANY = 1000  # names of a folder that are looked at


def recognise(path: Path) -> str:
    """Return the name of a data set, or `EVENT_FILE`.

    Raises
    ------
    DataError
        There is no such file or folder, or it is like none of them.
    """
    if path.is_file():
        found = _of_file(path)
    elif path.is_dir():
        found = next((name for name, is_it in _FOLDERS if is_it(path)), None)
    else:
        raise DataError(f"{path}: there is no such file or folder; check the name")
    if found is None:
        raise DataError(f"{path}: this is like no data set that is known; say which by --kind")
    return found


def _of_file(path: Path) -> str | None:
    if path.suffix == ".h5":
        return "ssc" if path.name.startswith("ssc") else "shd"
    kinds = {SUFFIX: EVENT_FILE, ".bin": "nmnist", ".bs2": "nmnist", ".aedat": "dvs-gesture"}
    return kinds.get(path.suffix.lower())


def _has(*patterns: str) -> Callable[[Path], bool]:
    return lambda folder: any(any(folder.glob(pattern)) for pattern in patterns)


def _is_spoken_words(folder: Path) -> bool:
    return _has("*_splits.csv")(folder) and (folder / "clips").is_dir()


def _is_spoken_digits(folder: Path) -> bool:
    places = [folder, *(place for pattern in FOLDERS for place in folder.glob(pattern))]
    return any(
        NAME.fullmatch(file.name) for place in places for file in islice(place.iterdir(), _MANY)
    )


def _is_sound(folder: Path) -> bool:
    return any(
        file.suffix.lower() in SUFFIXES
        for pattern in ("*/*.*", "*/*/*.*")
        for file in islice(folder.glob(pattern), _MANY)
    )


_FOLDERS: tuple[tuple[str, Callable[[Path], bool]], ...] = (
    ("shd", _has("shd_*.h5")),
    ("ssc", _has("ssc_*.h5")),
    ("dvs-gesture", _has("trials_to_*.txt", f"{dvs_gesture.ARCHIVED}/trials_to_*.txt")),
    ("nmnist", _has("[Tt]rain/*/*.bin", "[Tt]est/*/*.bin", "*.bs2")),
    ("mswc", _is_spoken_words),
    ("fsdd", _is_spoken_digits),
    ("wav-folder", _is_sound),
)
