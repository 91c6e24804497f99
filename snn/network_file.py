# SPDX-License-Identifier: Apache-2.0
"""A spiking network on disk: float32 arrays and a header, in one NPZ file.

The header says what the network is made of and the time step that it works at, so that a file
cannot be run at another one by mistake.
"""

import hashlib
import io
import os
import zipfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

import numpy as np
import torch
from numpy.typing import NDArray
from pydantic import BaseModel, ConfigDict, FiniteFloat, JsonValue, PositiveInt

from snn.errors import NetworkFileError, SpikingError
from snn.events.event_archive import DAMAGE
from snn.network import NetworkSettings, SpikingNetwork
from snn.neurons.fixed import FixedNeurons
from snn.neurons.state_space import StateSpace

SUFFIX = ".snn.npz"
FORMAT_VERSION: Literal[1] = 1
_HEADER = "header"


@dataclass(frozen=True, slots=True, kw_only=True)
class NetworkFile:
    """A network that was read, and what is known of it.

    Parameters
    ----------
    network : SpikingNetwork
        In evaluation mode.
    record : mapping
        Settings, seed, versions and figures of the training, and how it was adapted since.
    sha256 : str
        Hash of the file, in hexadecimal.
    """

    network: SpikingNetwork
    record: Mapping[str, JsonValue]
    sha256: str


class _Header(BaseModel):
    """What stands in the file beside the arrays; `is_mapped` and `thresholds` are by layer.

    Neurons that were mapped have coefficients at one time step instead of time constants.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    format: Literal[1]
    dt_us: PositiveInt
    settings: NetworkSettings
    is_mapped: tuple[bool, ...]
    thresholds: tuple[FiniteFloat, ...]
    record: dict[str, JsonValue]


def save(path: Path, network: SpikingNetwork, *, record: Mapping[str, JsonValue]) -> None:
    """Write a network atomically: the file is either the old one or the whole new one."""
    neurons = [layer.neurons for layer in network.spiking_layers()]
    header = _Header(
        format=FORMAT_VERSION,
        dt_us=network.dt_us,
        settings=network.settings,
        is_mapped=tuple(isinstance(one, FixedNeurons) for one in neurons),
        thresholds=tuple(one.threshold for one in neurons),
        record=dict(record),
    )
    arrays: dict[str, Any] = {
        name: value.detach().numpy() for name, value in network.state_dict().items()
    }
    arrays[_HEADER] = np.array(header.model_dump_json())
    path.parent.mkdir(parents=True, exist_ok=True)
    partial = path.with_suffix(f".{os.getpid()}.tmp")
    with partial.open("wb") as file:
        np.savez_compressed(file, allow_pickle=False, **arrays)
        file.flush()
        os.fsync(file.fileno())
    partial.replace(path)


def load(path: Path) -> NetworkFile:
    """Read a network.

    Raises
    ------
    NetworkFileError
        If the file is missing, damaged, of another kind or another version, or holds no numbers.
    """
    try:
        content = path.read_bytes()
    except FileNotFoundError:
        problem = "no such file. Train it: airloop snn train --help"
        raise NetworkFileError(file=str(path), problem=problem) from None
    except OSError as error:
        problem = f"cannot be read: {error.strerror}"
        raise NetworkFileError(file=str(path), problem=problem) from None
    try:
        arrays = _arrays(content)
        header = _Header.model_validate_json(str(arrays.pop(_HEADER)))
        network = _built(header, arrays)
    except (*DAMAGE, SpikingError) as error:
        reason = " ".join(str(error).split()[:30])
        problem = f"no spiking network, or damaged ({reason}). Train it: airloop snn train --help"
        raise NetworkFileError(file=str(path), problem=problem) from None
    if not all(torch.isfinite(value).all() for value in network.state_dict().values()):
        problem = "some weights are no numbers: the training diverged. Lower --learning-rate"
        raise NetworkFileError(file=str(path), problem=problem)
    return NetworkFile(
        network=network, record=header.record, sha256=hashlib.sha256(content).hexdigest()
    )


def _arrays(content: bytes) -> dict[str, NDArray[np.generic]]:
    if not zipfile.is_zipfile(io.BytesIO(content)):
        raise ValueError("it is no NPZ archive")
    with np.load(io.BytesIO(content), allow_pickle=False) as file:
        return {name: file[name] for name in file.files}


def _built(header: "_Header", arrays: Mapping[str, NDArray[np.generic]]) -> SpikingNetwork:
    network = SpikingNetwork(header.settings, dt_us=header.dt_us, rng=torch.Generator())
    state = {name: torch.from_numpy(array.astype(np.float32)) for name, array in arrays.items()}
    layers = zip(network.spiking_layers(), header.is_mapped, header.thresholds, strict=True)
    for i_layer, (layer, is_mapped, threshold) in enumerate(layers):
        layer.neurons.threshold = threshold
        if is_mapped:
            a, b, r = (state[f"layers.{i_layer}.neurons.{name}"] for name in ("a", "b", "r"))
            layer.neurons = FixedNeurons(
                StateSpace(a=a, b=b, r=r, threshold=threshold, dt_s=network.dt_s)
            )
    network.load_state_dict(state)
    return network.eval()
