# SPDX-License-Identifier: Apache-2.0
"""Trained weights between disk and network."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch

from receivers.errors import WeightsError
from receivers.neural import weights_file
from receivers.neural.network import Network
from receivers.neural.planes import num_planes
from receivers.neural.sizes import SIZES
from receivers.weights_archive import write_archive


@dataclass(frozen=True, slots=True, kw_only=True)
class Weights:
    """A trained network and how it came to be.

    Parameters
    ----------
    size : str
        Key of `receivers.neural.sizes.SIZES`.
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
    arrays = {
        name: value.detach().numpy()
        for name, value in weights.network.state_dict().items()
        if value.is_floating_point()
    }
    header = {
        "size": weights.size,
        "num_rx_ant": weights.num_rx_ant,
        "num_bits_per_symbol": weights.num_bits_per_symbol,
        "training": dict(weights.record),
    }
    write_archive(path, header, arrays)


def load(path: Path, *, sha256: str | None = None) -> Weights:
    """Read weights.

    Parameters
    ----------
    path : Path
    sha256 : str or None
        Hash that the file must have, in hexadecimal; None for any.

    Raises
    ------
    WeightsError
        If the file is missing, damaged, of a size that does not exist, or has another hash.
    """
    file = weights_file.read(path)
    if sha256 is not None and file.sha256 != sha256:
        problem = "the file has changed since the run began. Run the same command again"
        raise WeightsError(file=str(path), problem=problem)
    header = file.header
    state = {
        name: torch.from_numpy(array.astype(np.float32)) for name, array in file.arrays.items()
    }
    network = Network(
        SIZES[header.size],
        num_planes=num_planes(header.num_rx_ant),
        num_bits_per_symbol=header.num_bits_per_symbol,
    )
    counters = {k: v for k, v in network.state_dict().items() if not v.is_floating_point()}
    try:
        network.load_state_dict({**state, **counters})
    except RuntimeError as error:
        reason = " ".join(str(error).split()[:40])
        problem = f"the arrays are not those of size {header.size} ({reason})"
        raise WeightsError(file=str(path), problem=problem) from None
    if not all(torch.isfinite(value).all() for value in state.values()):
        problem = "some weights are no numbers: the training diverged. Lower --learning-rate"
        raise WeightsError(file=str(path), problem=problem)
    return Weights(
        size=header.size,
        num_rx_ant=header.num_rx_ant,
        num_bits_per_symbol=header.num_bits_per_symbol,
        network=network.eval(),
        record=header.training,
    )
