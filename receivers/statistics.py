# SPDX-License-Identifier: Apache-2.0
"""Second-order statistics of a scenario's channel, measured on drops of their own.

They are what an LMMSE estimator is told beforehand: how the channel correlates over symbols and
over subcarriers, at the scenario's start, before any drift.
"""

from dataclasses import dataclass

import torch
from torch import Tensor

from channels import catalog
from channels.scenario import Scenario

STATISTICS_SEED = 0x5747  # far from the seeds that trials use
NUM_DROPS = 1024
_BATCH = 64


@dataclass(frozen=True, slots=True, kw_only=True)
class Covariance:
    """Separable covariance: E[h(s, k) h*(s', k')] = time[s, s'] frequency[k, k'].

    Parameters
    ----------
    time : complex64 [num_symbols, num_symbols]
        Unit diagonal.
    frequency : complex64 [num_subcarriers, num_subcarriers]
        Unit diagonal.
    """

    time: Tensor
    frequency: Tensor

    def at(self, mask: Tensor) -> tuple[Tensor, Tensor]:
        """Return the covariance of all elements with some, and of those.

        Parameters
        ----------
        mask : bool [num_symbols, num_subcarriers]
            Where pilots stand.

        Returns
        -------
        r_hp : complex64 [num_resource_elements, num_pilots]
            Rows symbol by symbol, subcarrier by subcarrier.
        r_pp : complex64 [num_pilots, num_pilots]
        """
        symbols, subcarriers = torch.nonzero(mask, as_tuple=True)
        time, frequency = self.time[:, symbols], self.frequency[:, subcarriers]
        r_hp = (time[:, None] * frequency[None]).flatten(0, 1)
        return r_hp, time[symbols] * frequency[subcarriers]


def measure(scenario: Scenario, *, num_drops: int = NUM_DROPS) -> Covariance:
    """Measure the covariance of a scenario's channel over independent drops.

    Both factors are averaged along their diagonals: the channel is taken as wide-sense stationary
    with uncorrelated scattering. A recording has no drops: it is played, from its beginning again
    where it is short, so that the estimator is told the statistics of what it will receive.

    Source
    ------
    P. Hoeher, S. Kaiser, P. Robertson, Two-dimensional pilot-symbol-aided channel estimation by
    Wiener filtering, ICASSP 1997, section 2.
    """
    at_start = scenario.model_copy(
        update={
            "drift": (),
            "channel": scenario.channel.model_copy(update={"slots_per_drop": 1, "loop": True}),
        }
    )
    channel = catalog.build(at_start, seed=STATISTICS_SEED)
    grid = scenario.grid
    time = torch.zeros(grid.num_symbols, grid.num_symbols, dtype=torch.complex64)
    frequency = torch.zeros(grid.num_subcarriers, grid.num_subcarriers, dtype=torch.complex64)
    for first in range(0, num_drops, _BATCH):
        h = channel.response(first, min(_BATCH, num_drops - first)).flatten(0, 2)
        frequency += torch.einsum("nsk,nsl->kl", h, h.conj())
        time += torch.einsum("nsk,ntk->st", h, h.conj())
    return Covariance(time=_toeplitz(time), frequency=_toeplitz(frequency))


def _toeplitz(covariance: Tensor) -> Tensor:
    """Average a Hermitian matrix along its diagonals and scale its diagonal to 1."""
    size = covariance.shape[0]
    lags = torch.stack([torch.diagonal(covariance, -lag).mean() for lag in range(size)])
    lags = lags / lags[0].real
    index = torch.arange(size)[:, None] - torch.arange(size)
    return torch.where(index >= 0, lags[index.abs()], lags[index.abs()].conj())
