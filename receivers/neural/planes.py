# SPDX-License-Identifier: Apache-2.0
"""What the network sees of an observation: a stack of real planes over the resource grid.

    0 .. 2R-1       real, then imaginary part of y, antenna by antenna
    2R .. 4R-1      the least-squares estimate y / p at visible pilots, 0 elsewhere
    4R              1 at visible pilots, 0 elsewhere
    4R + 1          log10 of the noise variance, the same on every element

All amplitudes are divided by the slot's root mean square over antennas and elements, and the noise
variance by its square: what an automatic gain control does, and what keeps 8 bits in range.
"""

import torch
from torch import Tensor

from sim.slot import Observation


def num_planes(num_rx_ant: int) -> int:
    """Return the number of planes for `num_rx_ant` antennas."""
    return 4 * num_rx_ant + 2


def planes(observation: Observation) -> Tensor:
    """Return float32 [num_slots, num_planes, num_symbols, num_subcarriers] for the first user.

    The least-squares estimates at the pilots carry the phase reference: without them a small
    network does not start to learn.
    """
    y = observation.y
    power = (y.real**2 + y.imag**2).mean((1, 2, 3)).clamp(min=1e-12)
    y = y / power.sqrt()[:, None, None, None]
    pilots, mask = observation.pilots[:, 0], observation.pilot_mask[:, 0]
    divisor = torch.where(mask, pilots, torch.ones_like(pilots))
    at_pilots = torch.where(mask[:, None], y / divisor[:, None], torch.zeros_like(y))
    level = torch.log10(observation.no / power)[:, None, None, None].expand(-1, 1, *mask.shape[1:])
    return torch.cat(
        [y.real, y.imag, at_pilots.real, at_pilots.imag, mask[:, None].to(y.real.dtype), level],
        dim=1,
    )


def data_llrs(llr_planes: Tensor, observation: Observation) -> Tensor:
    """Pick the LLRs of the data elements out of the network's output planes.

    Parameters
    ----------
    llr_planes : float32 [num_slots, num_bits_per_symbol, num_symbols, num_subcarriers]
        One plane a bit of the QAM symbol.
    observation : Observation
        Tells where data stand.

    Returns
    -------
    float32 [num_slots, 1, num_bits]
    """
    at_data = llr_planes.permute(0, 2, 3, 1)[observation.data_mask[:, 0]]
    return at_data.reshape(observation.num_slots, 1, -1)
