# SPDX-License-Identifier: Apache-2.0
"""Weights of detectors trained beforehand, between disk and network."""

import math
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch

from receivers.errors import WeightsError
from receivers.mimo.deep import weights_file
from receivers.mimo.deep.kinds import build
from receivers.mimo.deep.network import DeepNetwork
from receivers.weights_archive import write_archive
from sim.modulation import Modulation


@dataclass(frozen=True, slots=True, kw_only=True)
class Weights:
    """A trained network and how it came to be.

    Parameters
    ----------
    kind : str
        One of `receivers.mimo.deep.weights_file.KINDS`.
    modulation : Modulation
    network : DeepNetwork
        In evaluation mode.
    record : mapping
        Settings, seed, versions and figures of the training.
    """

    kind: str
    modulation: Modulation
    network: DeepNetwork
    record: Mapping[str, object]


def save(path: Path, weights: Weights) -> None:
    """Write weights atomically: the file is either the old one or the whole new one."""
    header = {
        "kind": weights.kind,
        "modulation": str(weights.modulation),
        "size": dict(weights.network.size),
        "training": dict(weights.record),
    }
    state = weights.network.state_dict()
    write_archive(path, header, {name: value.numpy() for name, value in state.items()})


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
        The file is missing or damaged, of a detector or modulation that does not exist, or has
        another hash.
    """
    file = weights_file.read(path)
    if sha256 is not None and file.sha256 != sha256:
        problem = "the file has changed since the run began. Run the same command again"
        raise WeightsError(file=str(path), problem=problem)
    header = file.header
    state = {
        name: torch.from_numpy(array.astype(np.float32)) for name, array in file.arrays.items()
    }
    try:
        modulation = Modulation(header.modulation)
        network = build(header.kind, modulation, size=header.size)
        network.load_state_dict(state)
    except (RuntimeError, TypeError, ValueError) as error:
        reason = " ".join(str(error).split()[:40])
        problem = f"its arrays are not those of its header ({reason})"
        raise WeightsError(file=str(path), problem=problem) from None
    if not all(torch.isfinite(value).all() for value in state.values()):
        problem = "some weights are no numbers: the training diverged. Lower --learning-rate"
        raise WeightsError(file=str(path), problem=problem)
    network.max_snr_db = _max_snr_db(header.training)
    return Weights(
        kind=header.kind, modulation=modulation, network=network.eval(), record=header.training
    )


def _max_snr_db(training: Mapping[str, object]) -> float:
    mixture = training.get("mixture")
    return float(mixture["max_snr_db"]) if isinstance(mixture, dict) else math.inf
