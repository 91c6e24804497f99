# SPDX-License-Identifier: Apache-2.0
"""What a data set is to whoever loads one, and what may be asked of it."""

from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol

from snn.audio.cochlea import Cochlea
from snn.errors import DataError
from snn.events.unchecked import Unchecked

OnProgress = Callable[[int, int], None]
"""Told how many recordings are done, and of how many."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """What is asked of a data set.

    Parameters
    ----------
    split : str
        One of the set's; empty is its first.
    cochlea : Cochlea
        For sets of sound.
    cache : Path or None
        Folder that keeps encoded sound; None keeps nothing.
    words : tuple of str
        Of a set with very many classes, those to load; empty is all of them.
    on_progress : callable or None
        Told how far the encoding is.
    """

    split: str = ""
    cochlea: Cochlea = field(default_factory=Cochlea)
    cache: Path | None = None
    words: tuple[str, ...] = ()
    on_progress: OnProgress | None = None


class Loader(Protocol):
    """Reads the published files of a data set."""

    def __call__(self, path: Path, wanted: Wanted) -> Unchecked:
        """Return the recordings of one split; raises EventError or DataError."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class DataSet:
    """One data set.

    Parameters
    ----------
    name, title, source : str
        Its name here, what it is, and who published it under which licence.
    sensor_shape : tuple of int
        Empty where the encoder's settings decide.
    class_names : tuple of str
        Empty where the files name them.
    duration_us : int [us]
        The window that recordings are seen in; later events are kept and not counted.
    splits : tuple of str
        The first is loaded where none is named.
    load : Loader
    time_scale : float
        That suits its neurons; 1 is that of speech.
    is_in_a_row : bool
        Whether channels have neighbours, which another voice or place could move them to.
    """

    name: str
    title: str
    source: str
    sensor_shape: tuple[int, ...]
    class_names: tuple[str, ...]
    duration_us: int
    splits: tuple[str, ...]
    load: Loader
    time_scale: float = 1.0
    is_in_a_row: bool = True


def legal_split(wanted: Wanted, splits: tuple[str, ...], *, name: str) -> str:
    """Return the split that is asked for; raises DataError if the set has no such split."""
    split = wanted.split or splits[0]
    if split not in splits:
        raise DataError(f"{name} has no split called {split!r}; there are: {', '.join(splits)}")
    return split


def require_folder(path: Path, *, name: str, holding: str) -> None:
    """Refuse a path that is no folder; raises DataError."""
    if not path.is_dir():
        raise DataError(f"{path}: there is no such folder; name the one of {name} with {holding}")
