# SPDX-License-Identifier: Apache-2.0
"""Files of weights that nobody trained: right in form, and made in no time."""

from pathlib import Path


def save_untrained(path: Path, *, num_rx_ant: int = 2, size: str = "xxs", seed: int = 1) -> None:
    """Write the random initial weights of a network for QPSK."""
    import torch

    from receivers.neural.network import Network
    from receivers.neural.planes import num_planes
    from receivers.neural.sizes import SIZES
    from receivers.neural.weights import Weights, save

    torch.manual_seed(seed)
    network = Network(SIZES[size], num_planes=num_planes(num_rx_ant), num_bits_per_symbol=2)
    weights = Weights(
        size=size,
        num_rx_ant=num_rx_ant,
        num_bits_per_symbol=2,
        network=network.eval(),
        record={"seed": seed},
    )
    save(path, weights)
