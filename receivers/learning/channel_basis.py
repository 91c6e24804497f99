# SPDX-License-Identifier: Apache-2.0
r"""What any channel looks like inside a slot: few smooth functions of time and frequency.

All that is known of a channel is that its echoes come within some delay and its Doppler shifts stay
within some frequency; every delay and every shift in between is equally likely. Over the elements
of a slot the covariance of such a channel is a product of two sincs, whose eigenvectors (discrete
prolate spheroidal sequences) are the functions and whose eigenvalues are their mean energies.

Source
------
Y. Li, L. J. Cimini, N. R. Sollenberger, Robust channel estimation for OFDM systems with rapid
dispersive fading channels, IEEE Trans. Commun. 46 (7), 1998; D. Slepian, Bell Syst. Tech. J. 57
(5), 1978.
"""

from dataclasses import dataclass
from functools import lru_cache

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from channels.grid import Grid

MIN_DELAY_S, MAX_DELAY_S = -0.3e-6, 4.4e-6
"""Delays of echoes: to the last one of a TDL-C of 500 ns, with room for a receiver that is late."""

MAX_DOPPLER_HZ = 1700.0
"""Doppler shift: 120 m/s at 3.5 GHz are 1400 Hz, and an oscillator may be 300 Hz off."""

_LEAST_ENERGY = 0.1  # in elements; of 14 x 64 all that is left out takes 34 dB less than the rest


@dataclass(frozen=True, slots=True, kw_only=True)
class ChannelBasis:
    """A channel of unit mean energy is ramp * (functions @ c), c uncorrelated with these energies.

    Parameters
    ----------
    functions : float32 [num_resource_elements, num_terms]
        Orthonormal columns, the ones of most energy first.
    energies : float32 [num_terms]
        Mean of |c|^2.
    ramp : complex64 [num_resource_elements]
        The turn over frequency that belongs to the mean delay; its modulus is 1.
    """

    functions: Tensor
    energies: Tensor
    ramp: Tensor


@lru_cache(maxsize=8)
def channel_basis(grid: Grid) -> ChannelBasis:
    """Return the basis of a grid's slot; made once."""
    spacing_hz = grid.subcarrier_spacing_hz
    spread = (MAX_DELAY_S - MIN_DELAY_S) * spacing_hz
    over_frequency, frequency_energies = _prolate(grid.num_subcarriers, spread)
    over_time, time_energies = _prolate(
        grid.num_symbols, 2.0 * MAX_DOPPLER_HZ * grid.symbol_duration_s
    )
    energies = time_energies[:, None] * frequency_energies
    symbol, subcarrier = np.nonzero(energies > _LEAST_ENERGY)
    order = np.argsort(-energies[symbol, subcarrier], kind="stable")
    symbol, subcarrier = symbol[order], subcarrier[order]
    functions = over_time[:, None, symbol] * over_frequency[None, :, subcarrier]
    turns = 0.5 * (MIN_DELAY_S + MAX_DELAY_S) * spacing_hz * np.arange(grid.num_subcarriers)
    return ChannelBasis(
        functions=torch.from_numpy(functions.reshape(-1, order.size).astype(np.float32)),
        energies=torch.from_numpy(energies[symbol, subcarrier].astype(np.float32)),
        ramp=torch.from_numpy(
            np.tile(np.exp(-2j * np.pi * turns), grid.num_symbols).astype(np.complex64)
        ),
    )


def _prolate(size: int, width: float) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return eigenvectors and eigenvalues of sinc(width (i - j)), largest first."""
    index = np.arange(size)
    energies, vectors = np.linalg.eigh(np.sinc(width * (index[:, None] - index)))
    return vectors[:, ::-1], energies[::-1]
