# SPDX-License-Identifier: Apache-2.0
"""The file of a detector trained beforehand: its kind, its modulation, its size, its training.

It is read here without PyTorch, so that names are listed and mistakes found before anything heavy.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from receivers.errors import WeightsError
from receivers.weights_archive import DAMAGED, SUFFIX, damaged, read_archive

COMMAND = "airloop train-detector"
KINDS = ("filtered-unfolded", "gnn-sic", "lora-unfolded", "oamp-net")

_FOLDER = Path(__file__).parent / "weights"


@dataclass(frozen=True, slots=True, kw_only=True)
class Header:
    """What a file of a detector's weights says about itself.

    Parameters
    ----------
    kind : str
        One of `KINDS`.
    modulation : str
        Of all users.
    size : mapping of str to int
        What its network is made with, beside the modulation.
    training : mapping
        Settings, seed, versions and figures of the training.
    """

    kind: str
    modulation: str
    size: Mapping[str, int]
    training: Mapping[str, object]


@dataclass(frozen=True, slots=True, kw_only=True)
class WeightsFile:
    """A file of weights, read: its hash, its header, and float16 arrays by name."""

    sha256: str
    header: Header
    arrays: Mapping[str, NDArray[np.generic]]


def shipped(kind: str) -> Mapping[str, Path]:
    """Return the weights of a kind that ship with the package, by modulation."""
    found = sorted(_FOLDER.glob(f"{kind}-*{SUFFIX}"))
    return {path.stem.removeprefix(f"{kind}-"): path for path in found}


def read(path: Path) -> WeightsFile:
    """Read a file of weights.

    Raises
    ------
    WeightsError
        The file is missing or damaged, or of a detector that does not exist.
    """
    archive = read_archive(path, command=COMMAND)
    try:
        header = Header(
            kind=str(archive.header["kind"]),
            modulation=str(archive.header["modulation"]),
            size={str(key): int(value) for key, value in archive.header["size"].items()},
            training=dict(archive.header["training"]),
        )
    except (*DAMAGED, AttributeError) as error:
        raise damaged(path, error, command=COMMAND) from None
    if header.kind not in KINDS:
        problem = f"it is of a detector {header.kind!r}; there are: {', '.join(KINDS)}"
        raise WeightsError(file=str(path), problem=problem)
    return WeightsFile(sha256=archive.sha256, header=header, arrays=archive.arrays)
