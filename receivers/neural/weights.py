# SPDX-License-Identifier: Apache-2.0
"""Trained weights on disk: float16 arrays with the record of their training, in one NPZ file."""

import json
import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from zipfile import BadZipFile

import numpy as np
import torch

from receivers.errors import UnknownReceiverError, WeightsError
from receivers.neural.network import SIZES, Network
from receivers.neural.planes import num_planes

_RECORD = "record"
_FOLDER = Path(__file__).parent / "weights"


@dataclass(frozen=True, slots=True, kw_only=True)
class Weights:
    """A trained network and how it came to be.

    Parameters
    ----------
    size : str
        Key of `receivers.neural.network.SIZES`.
    num_rx_ant, num_bits_per_symbol : int
        The link it was trained for.
    network : Network
        In evaluation mode.
    record : mapping
        Settings, seed, versions and figures of the training.
    """

    size: str
    num_rx_ant: int
    num_bits_per_symbol: int
    network: Network
    record: Mapping[str, object]


def save(path: Path, weights: Weights) -> None:
    """Write weights atomically: the file is either the old one or the whole new one."""
    arrays: dict[str, Any] = {
        name: value.detach().to(torch.float16).numpy()
        for name, value in weights.network.state_dict().items()
        if value.is_floating_point()
    }
    header = {
        "size": weights.size,
        "num_rx_ant": weights.num_rx_ant,
        "num_bits_per_symbol": weights.num_bits_per_symbol,
        "training": dict(weights.record),
    }
    arrays[_RECORD] = np.array(json.dumps(header))
    path.parent.mkdir(parents=True, exist_ok=True)
    partial = path.with_suffix(f".{os.getpid()}.tmp")
    with partial.open("wb") as file:
        np.savez_compressed(file, allow_pickle=False, **arrays)
    partial.replace(path)


def load(path: Path) -> Weights:
    """Read weights.

    Raises
    ------
    WeightsError
        If the file is missing, damaged, or of a size that does not exist.
    """
    try:
        with path.open("rb") as opened, np.load(opened, allow_pickle=False) as file:
            header = json.loads(str(file[_RECORD]))
            state = {
                name: torch.from_numpy(file[name].astype(np.float32))
                for name in file.files
                if name != _RECORD
            }
    except FileNotFoundError:
        raise WeightsError(
            file=str(path), problem="no such file. Train it: airloop train --help"
        ) from None
    except (OSError, BadZipFile, KeyError, ValueError) as error:
        raise WeightsError(file=str(path), problem=f"not a weights file ({error})") from error
    return _assemble(path, header, state)


def shipped(size: str) -> Path:
    """Return where the weights of a size stand that ship with the package."""
    return _FOLDER / f"{size}.npz"


def _assemble(path: Path, header: dict[str, object], state: dict[str, torch.Tensor]) -> Weights:
    size = str(header.get("size"))
    if size not in SIZES:
        raise UnknownReceiverError(name=f"neural-{size}", legal=tuple(f"neural-{s}" for s in SIZES))
    num_rx_ant, num_bits = int(str(header["num_rx_ant"])), int(str(header["num_bits_per_symbol"]))
    network = Network(SIZES[size], num_planes=num_planes(num_rx_ant), num_bits_per_symbol=num_bits)
    counters = {k: v for k, v in network.state_dict().items() if not v.is_floating_point()}
    try:
        network.load_state_dict({**state, **counters})
    except RuntimeError as error:
        problem = f"the arrays are not those of size {size} ({str(error).splitlines()[0]})"
        raise WeightsError(file=str(path), problem=problem) from error
    record = header.get("training")
    return Weights(
        size=size,
        num_rx_ant=num_rx_ant,
        num_bits_per_symbol=num_bits,
        network=network.eval(),
        record=record if isinstance(record, dict) else {},
    )
