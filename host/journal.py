# SPDX-License-Identifier: Apache-2.0
"""The file that results survive in: one line a finished trial, on the disk before the next begins.

journal.jsonl   append-only; whatever kills the host, at most its last line is torn, and the next
                run cuts that line off
records.jsonl   the records of one finished experiment in their canonical order, replaced at once
"""

import fcntl
import json
import os
from collections.abc import Generator, Iterable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import BinaryIO, Generic

from pydantic import ValidationError

from host.errors import RecordError
from host.record import Record
from host.result import R, Result


class Journal(Generic[R]):
    """An open journal; get one from `open_journal`."""

    def __init__(self, file: BinaryIO, *, path: Path, kind: type[R]) -> None:
        self._file = file
        self._path = path
        self._kind = kind

    def records(self) -> Iterator[R]:
        """Yield what is recorded so far, oldest first; lines of another version are left out.

        Raises
        ------
        RecordError
            With `file:line` if a line is no JSON.
        """
        for place, line in _lines(self._path):
            try:
                content = json.loads(line)
            except json.JSONDecodeError as error:
                raise RecordError(f"{place}: damaged: {error}; remove this line") from None
            with suppress(ValidationError):
                yield self._kind.model_validate(content)

    def append(self, record: R) -> None:
        """Write one record and return when it is on the disk."""
        self._file.write(record.line().encode() + b"\n")
        self._file.flush()
        os.fsync(self._file.fileno())


@contextmanager
def open_journal(path: Path, kind: type[R]) -> Generator[Journal[R]]:
    """Open a journal for appending, heal its torn last line, and keep other processes out.

    Parameters
    ----------
    path : Path
    kind : type
        What a line of it is.

    Raises
    ------
    RecordError
        If another process is writing this journal.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("ab+") as file:
        _lock(file, path)
        _cut_torn_line(file)
        _sync_folder(path.parent)
        yield Journal(file, path=path, kind=kind)


def read_records(path: Path) -> Iterator[Record]:
    """Yield the records of a file of links; raises RecordError, as `read_results` does."""
    return read_results(path, Record)


def read_results(path: Path, kind: type[R]) -> Iterator[R]:
    """Yield the results of a file; a last line without its end is torn and left out.

    Raises
    ------
    RecordError
        With `file:line` if any other line is no record, or if there is no such file.
    """
    for place, line in _lines(path):
        yield kind.from_line(line, place=place)


def write_records(path: Path, records: Iterable[Result]) -> None:
    """Replace a file of records as a whole: a reader sees the old one or the new one."""
    text = "".join(record.line() + "\n" for record in records)
    replace_file(path, text.encode())


def replace_file(path: Path, content: bytes) -> None:
    """Write a file such that a crash leaves the old content or the new, never a part."""
    path.parent.mkdir(parents=True, exist_ok=True)
    fresh = path.with_name(f".{path.name}.{os.getpid()}")
    with fresh.open("wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())
    fresh.replace(path)
    _sync_folder(path.parent)


def _lines(path: Path) -> Iterator[tuple[str, str]]:
    """Yield (`file:line`, text) of each whole line."""
    try:
        lines = path.read_bytes().split(b"\n")
    except OSError as error:
        raise RecordError(
            f"{path}: no records can be read ({error.strerror}); make some with: airloop run"
        ) from None
    for number, line in enumerate(lines[:-1], start=1):
        yield f"{path}:{number}", line.decode(errors="replace")


def _lock(file: BinaryIO, path: Path) -> None:
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        raise RecordError(
            f"{path}: another process is writing here. "
            "Wait for it, or name another folder with --out."
        ) from None


def _cut_torn_line(file: BinaryIO) -> None:
    file.seek(0)
    content = file.read()
    whole = content.rfind(b"\n") + 1
    if whole < len(content):
        file.truncate(whole)
        os.fsync(file.fileno())
    file.seek(0, os.SEEK_END)


def _sync_folder(folder: Path) -> None:
    handle = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
