# SPDX-License-Identifier: Apache-2.0
"""Unfolded networks of integers for tests: untrained ones, and others drawn at random."""

import numpy as np
import torch

from receivers.mimo.deep.lora_unfolded import LoraUnfolded
from receivers.mimo.deep.staged import Stages
from receivers.mimo.integer.lora_network import IntegerLayer, IntegerLoraUnfolded, Scales
from receivers.mimo.integer.lora_quantizing import quantize
from sim.mimo.problem import Shape
from sim.modulation import Modulation
from tests.receivers.mimo.drawn import rayleigh


def stirred(
    modulation: Modulation,
    *,
    num_stages: int = 3,
    num_hidden: int = 24,
    stages: Stages = Stages.LORA,
    has_channel: bool = False,
) -> LoraUnfolded:
    """Return an untrained network whose factors are not zero."""
    network = LoraUnfolded(modulation, num_stages=num_stages, num_hidden=num_hidden, stages=stages)
    network = network.with_channel_factors() if has_channel else network
    rng = torch.Generator().manual_seed(2)
    for name, weights in network.named_parameters():
        if name == "step" or name.endswith(("up", "down")):
            weights.data += 0.1 * torch.randn(weights.shape, generator=rng)
    return network


def quantized(shape: Shape) -> IntegerLoraUnfolded:
    """Return an untrained network, of odd sizes but for four users, quantized on some elements."""
    block = rayleigh(
        shape.modulation,
        num_rx_ant=shape.num_rx_ant,
        num_tx=shape.num_tx,
        snr_db=12.0,
        num_elements=200,
        seed=7,
    )
    num_hidden = 24 if shape.num_tx == 4 else 19
    stages = Stages.SHARED if shape.num_tx == 1 else Stages.LORA
    network = stirred(
        shape.modulation, num_hidden=num_hidden, stages=stages, has_channel=shape.num_tx == 4
    )
    return quantize(network, block.problem)


def drawn_unfolded(modulation: Modulation, *, seed: int) -> IntegerLoraUnfolded:
    """Return a network of odd sizes whose numbers are of all sizes that a device takes."""
    rng = np.random.default_rng(seed)
    num_levels = 1 << modulation.num_bits_per_symbol // 2
    num_stages, num_hidden = int(rng.integers(1, 5)), int(rng.integers(1, 57))
    channel_rank = int(rng.integers(0, 5))

    def numbers(*size: int) -> "np.ndarray[tuple[int, ...], np.dtype[np.int8]]":
        return rng.integers(-128, 128, size).astype(np.int8)

    def layer(num_inputs: int, num_outputs: int) -> IntegerLayer:
        rank = int(rng.integers(0, 5))
        return IntegerLayer(
            weight=numbers(num_outputs, num_inputs + 1),
            up=numbers(num_stages, num_outputs, rank),
            down=numbers(num_stages, rank, num_inputs + 1),
            channel_up=numbers(num_outputs, channel_rank),
            channel_down=numbers(channel_rank, num_inputs + 1),
        )

    return IntegerLoraUnfolded(
        modulation=modulation,
        levels=rng.integers(-4096, 4097, num_levels).astype(np.int16),
        steps=rng.integers(-(2**15), 2**15, num_stages).astype(np.int16),
        layers=(layer(6, num_hidden), layer(num_hidden, num_hidden), layer(num_hidden, num_levels)),
        hidden_shifts=rng.integers(8, 16, (2, num_hidden)).astype(np.uint8),
        output_factors=rng.integers(2**15, 2**22, num_levels).astype(np.int32),
        scales=Scales(columns=(), rows=()),
    )
