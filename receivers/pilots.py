# SPDX-License-Identifier: Apache-2.0
"""From pilots to a channel estimate everywhere: the loop that pilot-based estimators share."""

from collections.abc import Callable

import torch
from torch import Tensor

from receivers.pilot_groups import in_groups
from sim.slot import Observation

SpreadPilots = Callable[[Tensor, Tensor, Tensor], tuple[Tensor, Tensor]]
"""Takes (least squares at the pilots complex64 [num_slots, num_rx_ant, num_pilots], its error
variance float32 [num_slots, num_pilots], the mask bool [num_symbols, num_subcarriers]) and returns
(h_hat complex64 [num_slots, num_rx_ant, num_resource_elements], err_var float32 [num_slots,
num_resource_elements])."""


def estimate_from_pilots(observation: Observation, spread: SpreadPilots) -> tuple[Tensor, Tensor]:
    """Estimate every user's channel with one way of spreading least squares over the slot.

    Neighbouring slots that share their pilot positions are handed over together. Where users send
    pilots on the same elements, groups of neighbours stand for one pilot in their middle each
    (`receivers.pilot_groups`), and those that teach are left out.

    Returns
    -------
    h_hat : complex64 [num_slots, num_rx_ant, num_tx, num_symbols, num_subcarriers]
    err_var : float32 [num_slots, num_tx, num_symbols, num_subcarriers]
        Error variance of one antenna.
    """
    grid = observation.grid
    num_tx = observation.pilot_mask.shape[1]
    size = grid.num_resource_elements
    h_hat = torch.zeros(*observation.y.shape[:2], num_tx, size, dtype=torch.complex64)
    err_var = torch.zeros(observation.num_slots, num_tx, size)
    has_groups = bool((_usual(observation).sum(1) > 1).any())
    usable = _usual(observation) if has_groups else _alone(observation)
    for k in range(num_tx):
        for slots, mask in _patterns(usable[:, k]):
            estimate = in_groups if has_groups else _least_squares
            h_hat[slots, :, k], err_var[slots, k] = spread(
                *estimate(observation, slots, mask, i_tx=k)
            )
    shape = (grid.num_symbols, grid.num_subcarriers)
    return h_hat.unflatten(-1, shape), err_var.unflatten(-1, shape)


def _usual(observation: Observation) -> Tensor:
    """Return where pilots stand that do not teach, bool as `pilot_mask`."""
    return observation.pilot_mask & ~observation.learning_mask


def _alone(observation: Observation) -> Tensor:
    """Return where a user sends a pilot and no other does, bool as `pilot_mask`."""
    mask = observation.pilot_mask
    return mask & (mask.sum(1, keepdim=True) == 1)


def _patterns(masks: Tensor) -> list[tuple[slice, Tensor]]:
    """Return one user's pilot positions: (slots, bool [num_symbols, num_subcarriers]).

    One entry for each run of slots that share their positions.
    """
    moves = (masks[1:] != masks[:-1]).flatten(1).any(1)
    first = [0, *(torch.nonzero(moves)[:, 0] + 1).tolist()]
    ends = [*first[1:], len(masks)]
    return [(slice(a, b), masks[a]) for a, b in zip(first, ends, strict=True)]


def _least_squares(
    observation: Observation, slots: slice, mask: Tensor, *, i_tx: int
) -> tuple[Tensor, Tensor, Tensor]:
    """Return y / p, complex64 [num_slots, num_rx_ant, num_pilots], its error variance, the mask."""
    pilots = observation.pilots[slots, i_tx][:, mask]
    h_hat = observation.y[slots][:, :, mask] / pilots[:, None]
    return h_hat, observation.no[slots, None] / pilots.abs() ** 2, mask
