# SPDX-License-Identifier: Apache-2.0
"""The arrays of an event file taken out of their archive, whatever the archive turns out to be."""

import struct
import tokenize
import zipfile
import zlib
from collections.abc import Mapping
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from snn.errors import EventError

KINDS: Mapping[str, str] = {
    "header": "u",
    "times": "iu",
    "channels": "iu",
    "starts": "iu",
    "labels": "iu",
    "groups": "iu",
}
"""The arrays of a file, and which kinds of numbers each may hold."""

DAMAGE = (
    zipfile.BadZipFile,
    zlib.error,
    struct.error,
    OSError,
    EOFError,
    ValueError,
    KeyError,
    RuntimeError,  # a member that claims to be encrypted; NotImplementedError is one, too
    SyntaxError,
    tokenize.TokenError,
    OverflowError,
    MemoryError,
    TypeError,
    AttributeError,
)
"""What reading a damaged archive of arrays may raise."""


def read_archive(path: Path) -> dict[str, NDArray[np.generic]]:
    """Return the arrays of an event file, each of one axis and of integers.

    Raises
    ------
    EventError
        The file is missing or no such archive.
    """
    if not path.is_file():
        raise EventError(file=str(path), place="", problem="there is no such file; check the name")
    try:
        with zipfile.ZipFile(path) as archive:
            missing = sorted(set(KINDS) - {Path(name).stem for name in archive.namelist()})
            if missing:
                raise _damaged(path, f"it has no {', '.join(missing)}")
            arrays = {name: _member(archive, name) for name in KINDS}
    except EventError:
        raise
    except DAMAGE as error:
        raise _damaged(path, f"it is truncated, damaged or no .npz ({error})") from None
    for name, array in arrays.items():
        if array.ndim != 1 or array.dtype.kind not in KINDS[name] or array.dtype.itemsize > 8:
            problem = f"{name} is {array.dtype} {list(array.shape)}, not one row of integers"
            raise _damaged(path, problem)
    return arrays


def _member(archive: zipfile.ZipFile, name: str) -> NDArray[np.generic]:
    with archive.open(f"{name}.npy") as file:
        array: NDArray[np.generic] = np.lib.format.read_array(file, allow_pickle=False)
        file.read()  # the checksum stands behind the last byte
    return array


def _damaged(path: Path, problem: str) -> EventError:
    return EventError(
        file=str(path), place="", problem=f"{problem}; make the file again from its source"
    )
