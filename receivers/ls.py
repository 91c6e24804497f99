# SPDX-License-Identifier: Apache-2.0
"""Least-squares channel estimation at the pilots, interpolated, then LMMSE equalization."""

import torch
from torch import Tensor

from receivers.equalizer import soft_bits
from receivers.interpolation import Interpolation
from receivers.pilots import estimate_from_pilots
from sim.slot import Observation


class LeastSquares:
    r"""The classical anchor; satisfies `Receiver`.

    At a pilot :math:`\hat h = y / p` with error variance :math:`N_0 / |p|^2`; elsewhere both follow
    the interpolation weights w: :math:`\sum w \hat h` and :math:`\sum w^2 N_0 / |p|^2`.

    Parameters
    ----------
    interpolation : callable
        `receivers.interpolation.nearest` or `linear`.
    """

    def __init__(self, interpolation: Interpolation) -> None:
        self._interpolation = interpolation

    def detect(self, observation: Observation) -> Tensor:
        """Return the LLRs, float32 [num_slots, num_tx, num_bits]."""
        return soft_bits(observation, *self.estimate(observation))

    def estimate(self, observation: Observation) -> tuple[Tensor, Tensor]:
        """Return h_hat and err_var, shapes as in `receivers.pilots.estimate_from_pilots`."""

        def interpolate(at_pilots: Tensor, variance: Tensor, mask: Tensor) -> tuple[Tensor, Tensor]:
            weights = self._interpolation(mask, observation.grid).T
            h_hat = torch.complex(at_pilots.real @ weights, at_pilots.imag @ weights)
            return h_hat, variance @ weights**2

        return estimate_from_pilots(observation, interpolate)
