# SPDX-License-Identifier: Apache-2.0
"""Networks of integers for tests: untrained ones that are quantized, and others drawn at random."""

import numpy as np

from receivers.mimo.deep.gnn_sic import GnnSic
from receivers.mimo.integer.gnn_network import IntegerGnnSic
from receivers.mimo.integer.gnn_quantizing import quantize
from sim.mimo.problem import Shape
from sim.modulation import Modulation
from tests.receivers.mimo.drawn import rayleigh

EXTREME_SHARE = 0.05


def quantized(shape: Shape) -> IntegerGnnSic:
    """Return an untrained network, of odd sizes but for four users, quantized on some elements."""
    block = rayleigh(
        shape.modulation,
        num_rx_ant=shape.num_rx_ant,
        num_tx=shape.num_tx,
        snr_db=12.0,
        num_elements=200,
        seed=7,
    )
    usual = shape.num_tx == 4
    sizes = {} if usual else {"num_messages": 11, "num_hidden": 19, "num_memory": 3}
    network = GnnSic(shape.modulation, num_iterations=3, seed=shape.num_tx, **sizes)
    return quantize(network, block.problem)


def drawn_network(modulation: Modulation, *, seed: int) -> IntegerGnnSic:
    """Return a network of odd sizes whose numbers are of all sizes that a device takes."""
    rng = np.random.default_rng(seed)
    num_levels = 1 << modulation.num_bits_per_symbol // 2
    memory, messages, hidden = (int(rng.integers(low, 20)) for low in (0, 1, 9))
    memory = min(memory, 16)
    known, outputs = 5 + memory, memory + num_levels

    def weights(*size: int) -> "np.ndarray[tuple[int, ...], np.dtype[np.int8]]":
        return rng.integers(-128, 128, size).astype(np.int8)

    def bias(size: int) -> "np.ndarray[tuple[int, ...], np.dtype[np.int32]]":
        usual = rng.integers(-(2**17), 2**17, size)
        extreme = rng.choice([-(2**30), 2**30], size)
        return np.where(rng.random(size) < EXTREME_SHARE, extreme, usual).astype(np.int32)

    return IntegerGnnSic(
        modulation=modulation,
        num_iterations=int(rng.integers(1, 5)),
        levels=rng.integers(-4096, 4097, num_levels).astype(np.int16),
        sender=weights(messages, known),
        receiver=weights(messages, known),
        receiver_bias=bias(messages),
        pair=weights(messages, 3),
        message_shift=int(rng.integers(0, 13)),
        message_shifts=rng.integers(8, 18, messages).astype(np.uint8),
        hidden=weights(hidden, known + messages),
        hidden_bias=bias(hidden),
        hidden_shifts=rng.integers(8, 14, hidden).astype(np.uint8),
        output=weights(outputs, hidden),
        output_bias=rng.integers(-(2**20), 2**20, outputs).astype(np.int32),
        output_multipliers=rng.integers(2**15, 2**19, outputs).astype(np.int32),
    )
