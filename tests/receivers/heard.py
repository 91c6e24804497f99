# SPDX-License-Identifier: Apache-2.0
"""What a receiver hears of pilots alone, through a channel that the test gives."""

import torch

from channels.grid import Grid
from sim.dmrs import Dmrs
from sim.slot import Observation


def heard(
    dmrs: Dmrs,
    h: torch.Tensor,
    *,
    grid: Grid,
    num_bits_per_symbol: int,
    no: float,
    rng: torch.Generator,
) -> Observation:
    """Return slots of pilots, and of noise alone where data would stand.

    `h` is complex64 [num_slots, num_rx_ant, num_tx, num_symbols, num_subcarriers].
    """
    clean = (h * dmrs.pilots[:, None]).sum(2)
    noise = torch.randn(clean.shape, dtype=torch.complex64, generator=rng)
    return Observation(
        grid=grid,
        num_bits_per_symbol=num_bits_per_symbol,
        y=clean + no**0.5 * noise,
        pilots=dmrs.pilots,
        pilot_mask=dmrs.pilot_mask,
        learning_mask=dmrs.learning_mask,
        data_mask=dmrs.data_mask,
        no=torch.full((len(clean),), no),
    )
