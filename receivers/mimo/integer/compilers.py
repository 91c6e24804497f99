# SPDX-License-Identifier: Apache-2.0
"""The detectors that devices run, and how each becomes an image."""

from collections.abc import Mapping
from typing import Protocol

from boards.image import Image
from receivers.mimo.deep.gnn_sic import GnnSic
from receivers.mimo.deep.known_noise import within
from receivers.mimo.deep.lora_unfolded import LoraUnfolded
from receivers.mimo.deep.network import DeepNetwork
from receivers.mimo.integer import lora_quantizing
from receivers.mimo.integer.gnn_image import compile_gnn_sic
from receivers.mimo.integer.gnn_quantizing import quantize
from receivers.mimo.integer.image import compile_lmmse
from receivers.mimo.integer.lora_image import compile_lora_unfolded
from receivers.mimo.integer.lora_network import IntegerLoraUnfolded
from sim.mimo.problem import Problem


class Compiler(Protocol):
    """Makes images of one detector for one scenario, all of one layout."""

    def image(self, network: DeepNetwork | None) -> Image:
        """Return the image of a network; of None where the detector is no network.

        Raises
        ------
        UnsuitedProblemError
            Devices do not run such a network.
        """
        ...


class _Lmmse:
    def __init__(self, typical: Problem, *, num_elements: int) -> None:
        self._image = compile_lmmse(typical.shape, num_elements=num_elements)

    def image(self, network: DeepNetwork | None) -> Image:
        del network  # there is none
        return self._image


class _GnnSic:
    def __init__(self, typical: Problem, *, num_elements: int) -> None:
        self._typical, self._num_elements = typical, num_elements

    def image(self, network: DeepNetwork | None) -> Image:
        if not isinstance(network, GnnSic):
            raise TypeError(f"this compiles GnnSic, not {type(network).__name__}")
        integers = quantize(network, within(self._typical, network.max_snr_db))
        return compile_gnn_sic(integers, self._typical.shape, num_elements=self._num_elements)


class _LoraUnfolded:
    """The first network gives the units of all that follow, so that little differs."""

    def __init__(self, typical: Problem, *, num_elements: int) -> None:
        self._typical, self._num_elements = typical, num_elements
        self._first: IntegerLoraUnfolded | None = None

    def image(self, network: DeepNetwork | None) -> Image:
        if not isinstance(network, LoraUnfolded):
            raise TypeError(f"this compiles LoraUnfolded, not {type(network).__name__}")
        if self._first is None:
            typical = within(self._typical, network.max_snr_db)
            integers = self._first = lora_quantizing.quantize(network, typical)
        else:
            integers = lora_quantizing.requantize(network, like=self._first)
        return compile_lora_unfolded(integers, self._typical.shape, num_elements=self._num_elements)


class Builder(Protocol):
    """Makes a compiler."""

    def __call__(self, typical: Problem, *, num_elements: int) -> Compiler:
        """Return a compiler of images that take `num_elements` a run, alike `typical`."""
        ...


COMPILERS: Mapping[str, Builder] = {
    "lmmse": _Lmmse,
    "gnn-sic": _GnnSic,
    "lora-unfolded": _LoraUnfolded,
}
"""By the name of the detector."""
