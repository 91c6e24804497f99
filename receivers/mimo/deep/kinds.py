# SPDX-License-Identifier: Apache-2.0
"""The networks that are trained beforehand, by name."""

from collections.abc import Callable, Mapping

from receivers.errors import UnknownDetectorError
from receivers.mimo.deep.filtered_unfolded import FilteredUnfolded
from receivers.mimo.deep.gnn_sic import GnnSic
from receivers.mimo.deep.lora_unfolded import LoraUnfolded
from receivers.mimo.deep.network import DeepNetwork
from receivers.mimo.deep.oamp_net import OampNet
from sim.modulation import Modulation


def build(
    kind: str, modulation: Modulation, *, seed: int = 1, size: Mapping[str, int] | None = None
) -> DeepNetwork:
    """Return an untrained network.

    Parameters
    ----------
    kind : str
        One of `receivers.mimo.deep.weights_file.KINDS`.
    modulation : Modulation
    seed : int
        Of the first weights.
    size : mapping or None
        What its constructor takes beside these, as `DeepNetwork.size` tells it; None for the usual.

    Raises
    ------
    TypeError
        A key of `size` is none of the constructor's.
    UnknownDetectorError
        No such network has this name; the message lists the legal ones.
    """
    if kind not in _BUILDERS:
        raise UnknownDetectorError(name=kind, legal=tuple(sorted(_BUILDERS)))
    return _BUILDERS[kind](modulation, seed, size or {})


def _filtered_unfolded(modulation: Modulation, seed: int, size: Mapping[str, int]) -> DeepNetwork:
    return FilteredUnfolded(modulation, seed=seed, **size)


def _gnn_sic(modulation: Modulation, seed: int, size: Mapping[str, int]) -> DeepNetwork:
    return GnnSic(modulation, seed=seed, **size)


def _lora_unfolded(modulation: Modulation, seed: int, size: Mapping[str, int]) -> DeepNetwork:
    def usual(*, num_stages: int = 8, num_hidden: int = 24) -> DeepNetwork:
        return LoraUnfolded(modulation, num_stages=num_stages, num_hidden=num_hidden, seed=seed)

    return usual(**size)


def _oamp_net(modulation: Modulation, seed: int, size: Mapping[str, int]) -> DeepNetwork:
    del seed  # its first weights are those of OAMP
    return OampNet(modulation, **size)


_BUILDERS: Mapping[str, Callable[[Modulation, int, Mapping[str, int]], DeepNetwork]] = {
    "filtered-unfolded": _filtered_unfolded,
    "gnn-sic": _gnn_sic,
    "lora-unfolded": _lora_unfolded,
    "oamp-net": _oamp_net,
}
