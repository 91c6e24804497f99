# SPDX-License-Identifier: Apache-2.0
"""Channel matrices of single resource elements, in blocks: for detectors rather than whole slots.

A block of a (source, seed) is one and the same whatever else is drawn. All have unit mean energy a
user and antenna, but for the synthetic decay, whose matrix is what its papers print.
"""

import math
from dataclasses import dataclass
from typing import Protocol

import numpy as np
import torch
from torch import Tensor

from channels import catalog
from channels.randomness import generator
from channels.scenario import Scenario

SED_PERIODS = (51, 39, 33, 21)  # blocks, user by user


class MatrixSource(Protocol):
    """Draws channel matrices, block by block."""

    @property
    def is_block_fading(self) -> bool:
        """Return whether all elements of a block have the same matrix."""
        ...

    @property
    def is_real(self) -> bool:
        """Return whether no matrix has imaginary parts."""
        ...

    def draw(self, *, block: int, num_elements: int, seed: int) -> Tensor:
        """Return complex64 [num_elements, num_rx_ant, num_tx]."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Rayleigh:
    r"""Rayleigh fading, independent or with exponential correlation of antennas and users.

    .. math:: H = R_r^{1/2} G R_t^{T/2}, \qquad (R)_{ij} = \rho^{|i - j|}, \qquad
              G_{ij} \sim \mathcal{CN}(0, 1)

    Parameters
    ----------
    num_rx_ant, num_tx : int
    rx_correlation, tx_correlation : float, 0 <= rho < 1
        Of neighbouring receive antennas, and of neighbouring users.
    is_block_fading : bool
        One matrix a block in place of one an element.

    Source
    ------
    S. L. Loyka, Channel capacity of MIMO architecture using the exponential correlation matrix,
    IEEE Commun. Lett. 5 (9), 2001, eq. (5) for real rho; J. P. Kermoal et al., IEEE J. Sel. Areas
    Commun. 20 (6), 2002, for the product.
    """

    num_rx_ant: int
    num_tx: int
    rx_correlation: float = 0.0
    tx_correlation: float = 0.0
    is_block_fading: bool = False

    def __post_init__(self) -> None:
        for name in ("rx_correlation", "tx_correlation"):
            if not 0.0 <= getattr(self, name) < 1.0:
                raise ValueError(f"{name} {getattr(self, name)} is not in 0 <= rho < 1")

    @property
    def is_real(self) -> bool:
        """Return False."""
        return False

    def draw(self, *, block: int, num_elements: int, seed: int) -> Tensor:
        """Return complex64 [num_elements, num_rx_ant, num_tx]."""
        rng = generator(seed=seed, stream="matrices", index=block)
        num_draws = 1 if self.is_block_fading else num_elements
        parts = rng.standard_normal((num_draws, self.num_rx_ant, self.num_tx, 2), dtype=np.float32)
        gains = torch.view_as_complex(torch.from_numpy(parts)) * math.sqrt(0.5)
        left = _root(self.num_rx_ant, correlation=self.rx_correlation)
        right = _root(self.num_tx, correlation=self.tx_correlation)
        return (left @ gains @ right.T).expand(num_elements, -1, -1)


@dataclass(frozen=True, slots=True, kw_only=True)
class SyntheticDecay:
    r"""The synthetic channel of exponential decay (SED) of DeepSIC, real, with fading by block.

    .. math:: H_{ij} = e^{-|i - j|} f_j(b), \qquad f_j(b) = 0.8 + 0.2 \cos(2 \pi b / P_j)

    with block b and periods P of 51, 39, 33, 21 blocks, over again from the fifth user on.

    Parameters
    ----------
    num_rx_ant, num_tx : int
    has_fading : bool
        False: f = 1.

    Source
    ------
    N. Shlezinger, R. Fu, Y. C. Eldar, DeepSIC, arXiv 2002.03214, section IV; the fading as in the
    repository ShlezingerLab/deepsic-official.
    """

    num_rx_ant: int
    num_tx: int
    has_fading: bool = True

    @property
    def is_block_fading(self) -> bool:
        """Return True: the matrix changes between blocks only."""
        return True

    @property
    def is_real(self) -> bool:
        """Return True."""
        return True

    def draw(self, *, block: int, num_elements: int, seed: int) -> Tensor:
        """Return complex64 [num_elements, num_rx_ant, num_tx]; the same for every seed."""
        del seed
        antenna, user = np.arange(self.num_rx_ant)[:, None], np.arange(self.num_tx)
        h = np.exp(-np.abs(antenna - user).astype(np.float64))
        if self.has_fading:
            periods = np.resize(np.asarray(SED_PERIODS), self.num_tx)
            h = h * (0.8 + 0.2 * np.cos(2 * np.pi * block / periods))
        return torch.from_numpy(h.astype(np.complex64)).expand(num_elements, -1, -1)


@dataclass(frozen=True, slots=True, kw_only=True)
class FromScenario:
    """The resource elements of a scenario's slots: symbol by symbol, subcarrier by subcarrier.

    A block takes as many whole slots as it needs and leaves what is over of the last one.
    """

    scenario: Scenario

    @property
    def is_block_fading(self) -> bool:
        """Return False: every subcarrier has a matrix of its own."""
        return False

    @property
    def is_real(self) -> bool:
        """Return False."""
        return False

    def draw(self, *, block: int, num_elements: int, seed: int) -> Tensor:
        """Return complex64 [num_elements, num_rx_ant, num_tx]."""
        num_slots = -(-num_elements // self.scenario.grid.num_resource_elements)
        channel = catalog.build(self.scenario, seed=seed)
        h = channel.response(block * num_slots, num_slots)
        return h.permute(0, 3, 4, 1, 2).flatten(0, 2)[:num_elements]


def _root(size: int, *, correlation: float) -> Tensor:
    """Return a square root of the exponential correlation matrix, complex64 and square."""
    index = torch.arange(size)
    matrix = correlation ** (index[:, None] - index).abs().double()
    root: Tensor = torch.linalg.cholesky(matrix)
    return root.to(torch.complex64)
