# SPDX-License-Identifier: Apache-2.0
"""Channels of one path, whose statistics have closed forms: none, Rayleigh and Rician."""

from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from channels.channel import Channel
from channels.rays import RayChannel, Rays, unit_phasor, with_los
from channels.scenario import Scenario

NUM_RAYS = 20
LOS_COSINE = 0.7  # as TR 38.901 places the line of sight of a TDL in the Doppler spectrum


class Awgn:
    """No fading: the response is 1 everywhere, for every antenna and user."""

    def __init__(self, scenario: Scenario) -> None:
        grid, antennas = scenario.grid, scenario.antennas
        self._shape = (antennas.num_rx_ant, antennas.num_tx, grid.num_symbols, grid.num_subcarriers)

    def response(self, first_slot: int, num_slots: int) -> Tensor:
        """Return complex64 ones [num_slots, num_rx_ant, num_tx, num_symbols, num_subcarriers]."""
        return torch.ones((num_slots, *self._shape), dtype=torch.complex64)


@dataclass(frozen=True, slots=True, kw_only=True)
class FlatFading:
    r"""One path of Gaussian rays from all around, and with `has_los` a line of sight.

    .. math:: h(t) = \sqrt{\tfrac{K}{K+1}} e^{j(2 \pi 0.7 f_d t + \phi_0)}
              + \sqrt{\tfrac{1}{K+1}} \sum_{r=1}^{20} g_r e^{j 2 \pi f_d \cos(\alpha_r) t}

    The g_r are CN(0, 1/20), so that h is exactly Gaussian at any instant (rays of constant
    amplitude are only nearly so, and their deep fades are 2.5 % too rare), and alpha_r is uniform
    in the r-th of 20 equal sectors, so that the autocorrelation is exactly J0(2 pi f_d tau).

    Source
    ------
    Clarke's model: Proakis & Salehi, Digital Communications, 5th ed., chapter 13; sectors as in C.
    Xiao, Y. R. Zheng, N. C. Beaulieu, IEEE Trans. Wireless Commun. 5 (12), 2006.
    """

    num_rx_ant: int
    has_los: bool = False

    @property
    def delays(self) -> NDArray[np.float64]:
        """Return the delay of the only path."""
        return np.zeros(1)

    @property
    def num_uniforms(self) -> int:
        """Return how many random numbers one drop consumes."""
        return 1 + NUM_RAYS * (1 + 2 * self.num_rx_ant)

    def rays(self, uniforms: NDArray[np.float32]) -> Rays:
        """Return one drop for each row of float32 [num_drops, num_uniforms]."""
        num_drops = uniforms.shape[0]
        u = uniforms[:, 1 + NUM_RAYS :].reshape(num_drops, 2, self.num_rx_ant, 1, NUM_RAYS)
        gains = np.sqrt(-np.log1p(-u[:, 0]) / np.float32(NUM_RAYS)) * unit_phasor(u[:, 1])
        sector = np.arange(NUM_RAYS, dtype=np.float32)
        cosines = unit_phasor(
            (sector + uniforms[:, None, 1 : 1 + NUM_RAYS]) / np.float32(NUM_RAYS)
        ).real
        scattered = Rays(gains=gains, cosines=cosines)
        if not self.has_los:
            return scattered
        los = unit_phasor(uniforms[:, :1]).repeat(self.num_rx_ant, axis=1)
        return with_los(
            scattered, gains=los, cosines=np.full(num_drops, LOS_COSINE, dtype=np.float32)
        )

    def weights(self, k_factor: NDArray[np.float64]) -> NDArray[np.float32] | None:
        """Return float32 [num_slots, 1, 1, num_rays]: shares of scattering and line of sight."""
        if not self.has_los:
            return None
        share = np.sqrt(1 / (k_factor + 1)).astype(np.float32)
        weights = np.repeat(share[:, None, None, None], NUM_RAYS + 1, axis=-1)
        weights[..., -1] *= np.sqrt(k_factor).astype(np.float32)[:, None, None]
        return weights


def awgn(scenario: Scenario, *, seed: int) -> Channel:
    """Build the channel that does nothing; the noise belongs to the link."""
    return Awgn(scenario)


def rayleigh(scenario: Scenario, *, seed: int) -> Channel:
    """Build flat Rayleigh fading: h is CN(0, 1), independent between antennas."""
    source = FlatFading(num_rx_ant=scenario.antennas.num_rx_ant)
    return RayChannel(scenario=scenario, seed=seed, source=source)


def rician(scenario: Scenario, *, seed: int) -> Channel:
    """Build flat Rician fading of mean energy 1 and factor channel.k_factor_db [dB]."""
    source = FlatFading(num_rx_ant=scenario.antennas.num_rx_ant, has_los=True)
    return RayChannel(scenario=scenario, seed=seed, source=source)
