# SPDX-License-Identifier: Apache-2.0
"""Events opened from whatever holds them: an event file, or the files of a data set."""

import hashlib
from dataclasses import dataclass
from pathlib import Path

from snn.data import catalog
from snn.data.data_set import DataSet, Wanted
from snn.data.recognition import EVENT_FILE, recognise
from snn.errors import DataError, UnknownNameError
from snn.events import event_file
from snn.events.event_file import Origin
from snn.events.unchecked import Unchecked

_CHUNK = 1 << 20


@dataclass(frozen=True, slots=True, kw_only=True)
class Opened:
    """What was found: its kind, its events before they are checked, and where they come from."""

    kind: str
    found: Unchecked
    origin: Origin


def kinds() -> tuple[str, ...]:
    """Return what may be opened."""
    return (EVENT_FILE, *catalog.names())


def open_events(path: Path | None, wanted: Wanted, *, kind: str | None) -> Opened:
    """Return the events of a file or folder; the kind is recognised where none is named.

    Raises
    ------
    UnknownNameError
        There is no such kind.
    DataError
        There is no such path, or nothing known in it.
    EventError
        A file cannot be read.
    """
    if kind is not None and kind not in kinds():
        raise UnknownNameError(kind="kind of events", name=kind, legal=kinds())
    if path is None:
        return _generated(kind, wanted)
    actual = kind or recognise(path)
    if actual == EVENT_FILE:
        if wanted.split:
            raise DataError(
                f"{path}: an event file has no splits, and {wanted.split!r} is asked for; name the "
                "file of that part"
            )
        found, origin = event_file.read_unchecked(path)
        return Opened(kind=actual, found=found, origin=origin)
    return _loaded(catalog.data_set(actual), path, wanted)


def _generated(kind: str | None, wanted: Wanted) -> Opened:
    if kind not in catalog.GENERATED:
        legal = ", ".join(catalog.GENERATED)
        raise DataError(f"no file or folder is named; only these are made here: --kind {legal}")
    return _loaded(catalog.data_set(kind), Path(), wanted)


def _loaded(known: DataSet, path: Path, wanted: Wanted) -> Opened:
    found = known.load(path, wanted)
    split = wanted.split or known.splits[0]
    origin = Origin(
        source=f"{known.title}; {known.source}; split {split}",
        sha256=_digest(found.files),
        unique=found.unique,
    )
    return Opened(kind=known.name, found=found, origin=origin)


def _digest(files: tuple[str, ...]) -> str | None:
    """Return the SHA-256 of one file, of several that of their own in order; None without any."""
    there = [Path(file) for file in dict.fromkeys(files) if Path(file).is_file()]
    digests = [_digest_of(file) for file in there]
    if len(digests) <= 1:
        return digests[0] if digests else None
    return hashlib.sha256("".join(digests).encode()).hexdigest()


def _digest_of(file: Path) -> str:
    digest = hashlib.sha256()
    with file.open("rb") as content:
        while chunk := content.read(_CHUNK):
            digest.update(chunk)
    return digest.hexdigest()
