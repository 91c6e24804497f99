# SPDX-License-Identifier: Apache-2.0
"""Archives of data sets unpacked beside themselves, once, and never outside their folder."""

import gzip
import lzma
import shutil
import tarfile
import zipfile
import zlib
from collections.abc import Callable, Mapping
from pathlib import Path

from snn.errors import DataError

_DAMAGE = (
    zipfile.BadZipFile,
    tarfile.TarError,
    gzip.BadGzipFile,
    zlib.error,
    lzma.LZMAError,
    EOFError,
    RuntimeError,
    OSError,
)


def unpack(archive: Path, *, version: str) -> bool:
    """Unpack an archive into its own folder; return whether there was anything left to do.

    A note beside the archive says which `version` of it was unpacked. What an interruption left is
    unpacked again.

    Raises
    ------
    DataError
        The archive is damaged, of an unknown kind, or wants to leave the folder.
    """
    note = archive.with_name(f"{archive.name}.unpacked")
    if note.is_file() and note.read_text() == version:
        return False
    kind = next((kind for kind in _UNPACKERS if archive.name.endswith(kind)), None)
    if kind is None:
        legal = ", ".join(_UNPACKERS)
        raise DataError(f"{archive}: this is no {legal}; unpack it by hand")
    try:
        _UNPACKERS[kind](archive)
    except _DAMAGE as error:
        raise DataError(
            f"{archive}: it cannot be unpacked ({error}); remove it and download it again"
        ) from None
    note.write_text(version)
    return True


def _unzip(archive: Path) -> None:
    with zipfile.ZipFile(archive) as content:
        content.extractall(archive.parent)


def _untar(archive: Path) -> None:
    with tarfile.open(archive, "r:gz") as content:
        content.extractall(archive.parent, filter="data")


def _gunzip(archive: Path) -> None:
    partial = archive.with_name(f"{archive.stem}.part")
    with gzip.open(archive) as packed, partial.open("wb") as plain:
        shutil.copyfileobj(packed, plain)
    partial.replace(archive.with_name(archive.stem))


_UNPACKERS: Mapping[str, Callable[[Path], None]] = {
    ".zip": _unzip,
    ".tar.gz": _untar,
    ".gz": _gunzip,
}
