# SPDX-License-Identifier: Apache-2.0
"""LoraUnfolded of integers as an image: the parts of `firmware/image/detector.h`, in order."""

from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from boards.image import Image
from boards.layout import aligned
from boards.lowering.lowered import Lowered
from boards.parameters import DeviceKind
from receivers.mimo.integer.image import LLR_BITS, detection, record, require, sealed
from receivers.mimo.integer.lora_network import IntegerLayer, IntegerLoraUnfolded
from sim.mimo.problem import Shape

_NAME = "lora-unfolded"
_WIDTH = 8
_BIAS_WIDTH = 4


def compile_lora_unfolded(
    network: IntegerLoraUnfolded, shape: Shape, *, num_elements: int, llr_bits: int = LLR_BITS
) -> Image:
    """Return the image of a network for problems of a shape; equal arguments give equal bytes.

    Parameters
    ----------
    network : IntegerLoraUnfolded
    shape : Shape
        Of any number of users and antennas.
    num_elements : int
        Of a run.
    llr_bits : int
        Behind the point of an LLR, 0 .. 7.

    Raises
    ------
    UnsuitedProblemError
        Devices cannot detect such problems, or the network is for another modulation.
    """
    require(_NAME, shape, trained=network.modulation)
    first, second, last = network.layers
    parameters = replace(
        detection(shape, num_elements=num_elements, llr_bits=llr_bits),
        num_iterations=network.num_stages,
        num_hidden=_up(network.num_hidden),
        ranks=(first.rank, second.rank, last.rank),
        channel_rank=first.channel_rank,
    )
    macs = num_elements * macs_of(network, shape)
    return sealed(
        Lowered(
            record=record(DeviceKind.LORA_UNFOLDED, parameters, macs=macs),
            weights=b"".join(one.ljust(aligned(len(one)), b"\0") for one in _parts(network)),
        ),
        parameters,
        name=f"{_NAME}-{shape.num_tx}x{shape.num_rx_ant}",
    )


def macs_of(network: IntegerLoraUnfolded, shape: Shape) -> int:
    """Return the multiply-accumulates of an element behind LMMSE, those of merging left out."""
    nodes = 2 * shape.num_tx
    weights = sum(layer.weight.size - len(layer.weight) for layer in network.layers)
    return network.num_stages * nodes * (weights + nodes - 1)


def _parts(network: IntegerLoraUnfolded) -> list[bytes]:
    num_hidden = _up(network.num_hidden)
    depths = (_WIDTH, num_hidden, num_hidden)
    rows = (num_hidden, num_hidden, len(network.levels))
    layers = [
        _filled(layer, num_rows=num_rows, depth=depth)
        for layer, num_rows, depth in zip(network.layers, rows, depths, strict=True)
    ]
    shifts = np.pad(network.hidden_shifts, ((0, 0), (0, num_hidden - network.num_hidden)))
    return [
        network.levels.astype("<i2").tobytes(),
        network.steps.astype("<i2").tobytes(),
        b"".join(layer.weight.tobytes() for layer in layers),
        b"".join(
            layer.up[stage].tobytes() + layer.down[stage].tobytes()
            for stage in range(network.num_stages)
            for layer in layers
        ),
        b"".join(layer.channel_up.tobytes() + layer.channel_down.tobytes() for layer in layers),
        shifts.tobytes(),
        network.output_factors.astype("<i4").tobytes(),
    ]


def _filled(layer: IntegerLayer, *, num_rows: int, depth: int) -> IntegerLayer:
    """Return a layer of whole rows: zeros behind inputs and rows, and the bias behind these."""

    def columns(numbers: NDArray[np.int8]) -> NDArray[np.int8]:
        missing = [(0, 0)] * (numbers.ndim - 1)
        inputs = np.pad(numbers[..., :-1], [*missing, (0, depth + 1 - numbers.shape[-1])])
        bias = np.pad(numbers[..., -1:], [*missing, (0, _BIAS_WIDTH - 1)])
        return np.concatenate([inputs, bias], axis=-1)

    more = num_rows - len(layer.weight)
    return IntegerLayer(
        weight=np.pad(columns(layer.weight), ((0, more), (0, 0))),
        up=np.pad(layer.up, ((0, 0), (0, more), (0, 0))),
        down=columns(layer.down),
        channel_up=np.pad(layer.channel_up, ((0, more), (0, 0))),
        channel_down=columns(layer.channel_down),
    )


def _up(size: int) -> int:
    return -(-size // _WIDTH) * _WIDTH
