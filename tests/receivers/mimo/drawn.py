# SPDX-License-Identifier: Apache-2.0
"""Small blocks of detection problems for the tests of detectors."""

from channels.matrices import Rayleigh
from receivers.mimo import catalog
from receivers.mimo.deep.weights_file import KINDS
from sim.mimo.blocks import BlockSettings, draw
from sim.mimo.problem import Block
from sim.modulation import Modulation

CLASSICAL = tuple(name for name in catalog.names() if name not in KINDS)
"""The detectors that were not trained, and solve whatever they are given."""


def rayleigh(
    modulation: str,
    *,
    num_rx_ant: int,
    num_tx: int,
    snr_db: float,
    num_elements: int,
    seed: int = 1,
) -> Block:
    """Return one block of independent Rayleigh fading."""
    settings = BlockSettings(
        source=Rayleigh(num_rx_ant=num_rx_ant, num_tx=num_tx),
        modulation=Modulation(modulation),
        snr_db=snr_db,
        num_elements=num_elements,
    )
    return draw(settings, seed=seed, block=0)
