# SPDX-License-Identifier: Apache-2.0
"""Least-squares channel estimation at the pilots, interpolated, then LMMSE equalization."""

import torch
from torch import Tensor

from receivers.equalizer import soft_bits
from receivers.interpolation import Interpolation
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
        """Return h_hat [num_slots, num_rx_ant, num_tx, num_symbols, num_subcarriers] and err_var.

        `err_var` is float32 [num_slots, num_tx, num_symbols, num_subcarriers].
        """
        grid = observation.grid
        num_tx = observation.pilot_mask.shape[1]
        size = grid.num_resource_elements
        h_hat = torch.zeros(*observation.y.shape[:2], num_tx, size, dtype=torch.complex64)
        err_var = torch.zeros(observation.num_slots, num_tx, size)
        for k in range(num_tx):
            for slots, mask in pilot_patterns(observation, i_tx=k):
                weights = self._interpolation(mask, grid).T
                at_pilots, variance = least_squares(observation, slots, mask, i_tx=k)
                h_hat[slots, :, k] = torch.complex(
                    at_pilots.real @ weights, at_pilots.imag @ weights
                )
                err_var[slots, k] = variance @ weights**2
        shape = (grid.num_symbols, grid.num_subcarriers)
        return h_hat.unflatten(-1, shape), err_var.unflatten(-1, shape)


def pilot_patterns(observation: Observation, *, i_tx: int) -> list[tuple[slice, Tensor]]:
    """Return one user's pilot positions: (slots, bool [num_symbols, num_subcarriers]).

    One entry when all slots of the batch share their positions, one a slot otherwise.
    """
    masks = observation.pilot_mask[:, i_tx]
    if bool((masks == masks[:1]).all()):
        return [(slice(0, observation.num_slots), masks[0])]
    return [(slice(i, i + 1), masks[i]) for i in range(observation.num_slots)]


def least_squares(
    observation: Observation, slots: slice, mask: Tensor, *, i_tx: int
) -> tuple[Tensor, Tensor]:
    """Return the estimates at one user's pilots in slots that share their positions.

    Returns
    -------
    h_hat : complex64 [num_slots, num_rx_ant, num_pilots]
    variance : float32 [num_slots, num_pilots]
        Error variance of one antenna.
    """
    pilots = observation.pilots[slots, i_tx][:, mask]
    h_hat = observation.y[slots][:, :, mask] / pilots[:, None]
    return h_hat, observation.no[slots, None] / pilots.abs() ** 2
