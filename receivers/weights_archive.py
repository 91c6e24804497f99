# SPDX-License-Identifier: Apache-2.0
"""The file format of trained weights: float16 arrays and a header in JSON, in one NPZ file.

It is read without PyTorch, so that names are listed and mistakes found before anything heavy.
"""

import hashlib
import io
import json
import os
import struct
import zipfile
import zlib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from receivers.errors import WeightsError

SUFFIX = ".npz"
RECORD = "record"
"""The array that is no weight: the header, as JSON."""

DAMAGED = (
    EOFError,
    KeyError,
    NotImplementedError,
    OSError,
    RuntimeError,
    TypeError,
    ValueError,
    struct.error,
    zipfile.BadZipFile,
    zlib.error,
)
"""What a file that is something else, or not whole, may raise while it is read."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Archive:
    """A file of weights, read: its hash, its header, and its arrays by name."""

    sha256: str
    header: Mapping[str, Any]
    arrays: Mapping[str, NDArray[np.generic]]


def read_archive(path: Path, *, command: str) -> Archive:
    """Read a file of weights.

    Parameters
    ----------
    path : Path
    command : str
        That makes such files; errors advise it.

    Raises
    ------
    WeightsError
        The file is missing or damaged.
    """
    advice = f"Train it: {command} --help"
    try:
        content = path.read_bytes()
    except FileNotFoundError:
        raise WeightsError(file=str(path), problem=f"no such file. {advice}") from None
    except OSError as error:
        raise WeightsError(file=str(path), problem=f"cannot be read: {error.strerror}") from None
    try:
        arrays = _arrays(content)
        header = dict(json.loads(str(arrays.pop(RECORD))))
    except DAMAGED as error:
        raise damaged(path, error, command=command) from None
    return Archive(sha256=hashlib.sha256(content).hexdigest(), header=header, arrays=arrays)


def damaged(path: Path, error: Exception, *, command: str) -> WeightsError:
    """Return the error of a file that is no such file of weights, or no longer."""
    problem = f"not a weights file, or damaged ({error}). Train it: {command} --help"
    return WeightsError(file=str(path), problem=problem)


def write_archive(
    path: Path, header: Mapping[str, object], arrays: Mapping[str, NDArray[np.generic]]
) -> None:
    """Write weights atomically: the file is either the old one or the whole new one."""
    content: dict[str, Any] = {name: value.astype(np.float16) for name, value in arrays.items()}
    content[RECORD] = np.array(json.dumps(header))
    path.parent.mkdir(parents=True, exist_ok=True)
    partial = path.with_suffix(f".{os.getpid()}.tmp")
    with partial.open("wb") as file:
        np.savez_compressed(file, allow_pickle=False, **content)
    partial.replace(path)


def _arrays(content: bytes) -> dict[str, NDArray[np.generic]]:
    if not zipfile.is_zipfile(io.BytesIO(content)):
        raise ValueError("it is no NPZ archive")
    with np.load(io.BytesIO(content), allow_pickle=False) as file:
        return {name: file[name] for name in file.files}
