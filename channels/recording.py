# SPDX-License-Identifier: Apache-2.0
"""The file of a recorded channel: responses as NPZ or HDF5, and a JSON sidecar that explains them.

`street.npz` holds one array `h`, complex64 [num_slots, num_rx_ant, num_tx, num_symbols,
num_subcarriers]; `street.json` beside it says what the numbers are and seals them with a SHA-256.
"""

import hashlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import h5py
import numpy as np
from numpy.typing import NDArray
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from channels.errors import RecordingError
from channels.grid import Grid
from channels.scenario_problem import problem_of
from channels.scenario_tables import GridTable

Response = NDArray[np.complex64]


class Sidecar(BaseModel):
    """What the JSON file beside a recording says.

    Parameters
    ----------
    grid : GridTable
        Numerology the responses were recorded on; a scenario that plays them must have the same.
    symbol_rate_hz : float
        OFDM symbols per second, prefixes included [Hz].
    source : str
        Where the recording comes from, in words.
    sha256 : str
        Digest of the recording's file, hexadecimal.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    schema_version: Literal[1] = 1
    grid: GridTable
    symbol_rate_hz: float
    num_rx_ant: int
    num_tx: int
    num_slots: int = Field(ge=1)
    source: str
    sha256: str


def save(path: Path, h: Response, *, grid: Grid, source: str) -> None:
    """Write responses and their sidecar; a file of that name is replaced.

    Parameters
    ----------
    path : Path
        Where to; its suffix chooses the format, .npz or .h5.
    h : complex64 [num_slots, num_rx_ant, num_tx, num_symbols, num_subcarriers]
    grid : Grid
        Numerology of the responses.
    source : str
        Where they come from, in words.

    Raises
    ------
    RecordingError
        The suffix or the shape is none of these, or a response is not finite.
    """
    if h.ndim != 5 or h.shape[3:] != (grid.num_symbols, grid.num_subcarriers):
        raise RecordingError(
            file=str(path),
            problem=f"the responses have shape {list(h.shape)}, which does not end in "
            f"{grid.num_symbols} symbols and {grid.num_subcarriers} subcarriers",
        )
    if not (h.size and np.isfinite(h).all()):
        problem = "the responses are none or not all finite; leave out what was not measured"
        raise RecordingError(file=str(path), problem=problem)
    _format(path).write(path, np.ascontiguousarray(h, dtype=np.complex64))
    fields = {name: getattr(grid, name) for name in GridTable.model_fields}
    sidecar = Sidecar(
        grid=GridTable.model_validate(fields),
        symbol_rate_hz=1 / grid.symbol_duration_s,
        num_rx_ant=h.shape[1],
        num_tx=h.shape[2],
        num_slots=h.shape[0],
        source=source,
        sha256=_digest(path),
    )
    path.with_suffix(".json").write_text(sidecar.model_dump_json(indent=2) + "\n", encoding="utf-8")


def load(path: Path) -> tuple[Sidecar, Response]:
    """Read a recording and check it against its sidecar.

    Raises
    ------
    RecordingError
        A file is missing, malformed, damaged, or does not have the shape its sidecar says.
    """
    read = _format(path).read
    sidecar = _read_sidecar(path)
    try:
        damaged = _digest(path) != sidecar.sha256
        h = None if damaged else read(path)
    except (OSError, KeyError, ValueError) as error:
        raise RecordingError(file=str(path), problem=f"cannot be read: {error}") from None
    if h is None:
        problem = "its SHA-256 is not the one in the sidecar; it is damaged or not the same file"
        raise RecordingError(file=str(path), problem=problem)
    grid = sidecar.grid
    stated = (sidecar.num_slots, sidecar.num_rx_ant, sidecar.num_tx)
    if h.shape != (*stated, grid.num_symbols, grid.num_subcarriers):
        problem = f"has shape {list(h.shape)}, which is not what its sidecar says"
        raise RecordingError(file=str(path), problem=problem)
    if not np.isfinite(h).all():
        problem = "not all responses are finite; leave out what was not measured"
        raise RecordingError(file=str(path), problem=problem)
    return sidecar, h


def _read_sidecar(path: Path) -> Sidecar:
    file = path.with_suffix(".json")
    try:
        return Sidecar.model_validate_json(file.read_bytes())
    except OSError as error:
        problem = f"the sidecar of {path.name} cannot be read: {error.strerror}"
        raise RecordingError(file=str(file), problem=problem) from None
    except ValidationError as error:
        key, problem = problem_of(error, Sidecar)
        raise RecordingError(
            file=str(file), problem=f"{key}: {problem}".removeprefix(": ")
        ) from None


def _format(path: Path) -> "Format":
    """Return how files of this suffix are read and written."""
    if path.suffix not in FORMATS:
        problem = f"unknown suffix {path.suffix!r}; there are: {', '.join(FORMATS)}"
        raise RecordingError(file=str(path), problem=problem)
    return FORMATS[path.suffix]


def _digest(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _read_npz(path: Path) -> Response:
    with np.load(path, allow_pickle=False) as arrays:
        return np.asarray(arrays["h"], dtype=np.complex64)


def _write_npz(path: Path, h: Response) -> None:
    np.savez_compressed(path, h=h)


def _read_hdf5(path: Path) -> Response:
    with h5py.File(path, "r") as file:
        return np.asarray(file["h"], dtype=np.complex64)


def _write_hdf5(path: Path, h: Response) -> None:
    with h5py.File(path, "w") as file:
        file.create_dataset("h", data=h, compression="gzip")


@dataclass(frozen=True, slots=True, kw_only=True)
class Format:
    """One file format: how to read the responses and how to write them."""

    read: Callable[[Path], Response]
    write: Callable[[Path, Response], None]


FORMATS: Mapping[str, Format] = {
    ".npz": Format(read=_read_npz, write=_write_npz),
    ".h5": Format(read=_read_hdf5, write=_write_hdf5),
}
