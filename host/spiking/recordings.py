# SPDX-License-Identifier: Apache-2.0
"""The recordings that a trial learns from, and those that judge it."""

from collections.abc import Callable
from pathlib import Path

from host.spiking.experiment import Data
from snn.data import catalog
from snn.data.data_set import Wanted
from snn.data.splits import without_group
from snn.events.event_set import EventSet

OnProgress = Callable[[int, int], None]


def load(
    data: Data, path: Path, *, cache: Path, on_progress: OnProgress | None = None
) -> tuple[EventSet, EventSet | None]:
    """Return the recordings to train with, and those to test with; None where groups are held out.

    Sound is encoded once and then read from `cache`; `on_progress` is told how far that is.

    Raises
    ------
    SpikingError
        The data are not there, or damaged.
    """
    train = catalog.load(
        data.set, path, Wanted(split=data.train, cache=cache, on_progress=on_progress)
    )
    if data.held_out:
        return train, None
    return train, catalog.load(data.set, path, Wanted(split=data.test, cache=cache))


def divided(train: EventSet, test: EventSet | None, *, held_out: str) -> tuple[EventSet, EventSet]:
    """Return the recordings of one trial, to train with and to test with, from those of `load`.

    Raises DataError if there is no such group.
    """
    return (train, test) if test is not None else without_group(train, held_out)


def digest(train: EventSet, test: EventSet | None) -> str:
    """Return the hash of all recordings of an experiment."""
    return train.digest() + (test.digest() if test is not None else "")
