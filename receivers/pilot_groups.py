# SPDX-License-Identifier: Apache-2.0
r"""Pilots of several users on the same elements: each group of neighbours is solved for its users.

A group of G neighbouring subcarriers is taken to have one channel, so what an antenna gets there is
y = P h + n with the users' pilots in the columns of P. Where those are orthogonal, G is the number
of users and

.. math:: \hat h = P^H y / G, \qquad \mathrm{err} = N_0 / G

as an orthogonal cover code is despread; where they are not, G is twice as large if it fits, and the
users, each of unit gain, are estimated together:

.. math:: C = (I + P^H P / N_0)^{-1}, \qquad \hat h = C P^H y / N_0, \qquad
          \mathrm{err} = \mathrm{diag}(C)

which stays finite where random pilots happen to be alike.
"""

import torch
from torch import Tensor

from sim.slot import Observation

_ORTHOGONAL = 1e-4
_TINY = 1e-12


def is_overlapping(observation: Observation) -> bool:
    """Return whether users send pilots on the same elements anywhere."""
    return bool((observation.pilot_mask.sum(1) > 1).any())


def in_groups(
    observation: Observation, slots: slice, mask: Tensor, *, i_tx: int
) -> tuple[Tensor, Tensor, Tensor]:
    """Return one user's estimates in the middle of each group.

    Parameters
    ----------
    observation : Observation
    slots : slice
    mask : bool [num_symbols, num_subcarriers]
        Where pilots of all users stand in these slots: whole symbols, as in the standard design.
    i_tx : int

    Returns
    -------
    h_hat : complex64 [num_slots, num_rx_ant, num_pilots]
        One a group, in the order of the mask.
    err_var : float32 [num_slots, num_pilots]
    mask : bool [num_symbols, num_subcarriers]
        The middle of each group.
    """
    num_tx = observation.pilot_mask.shape[1]
    pilots = observation.pilots[slots][..., mask].transpose(1, 2)
    y = observation.y[slots][..., mask]
    no = observation.no[slots]
    is_orthogonal = _are_orthogonal(pilots.unflatten(1, (-1, num_tx)))
    size = num_tx if is_orthogonal else _group_size(observation, num_tx)
    solve = _despread if is_orthogonal else _together
    estimate, variance = solve(pilots.unflatten(1, (-1, size)), _grouped(y, size), no)
    return estimate[..., i_tx], variance[..., i_tx], _middles(mask, size)


def _group_size(observation: Observation, num_tx: int) -> int:
    num_subcarriers = observation.grid.num_subcarriers
    return 2 * num_tx if num_subcarriers % (2 * num_tx) == 0 else num_tx


def _grouped(y: Tensor, size: int) -> Tensor:
    """Return what is received in groups: num_slots, groups, elements, num_rx_ant."""
    groups: Tensor = y.transpose(1, 2).unflatten(1, (-1, size))
    return groups


def _are_orthogonal(pilots: Tensor) -> bool:
    gram = pilots.mH @ pilots
    size = pilots.shape[2]
    return bool(((gram - size * torch.eye(gram.shape[-1])).abs() < _ORTHOGONAL * size).all())


def _despread(pilots: Tensor, y: Tensor, no: Tensor) -> tuple[Tensor, Tensor]:
    size = pilots.shape[2]
    estimate = (pilots.mH @ y) / size
    variance = (no / size)[:, None, None].expand(-1, pilots.shape[1], pilots.shape[3])
    return _by_antenna(estimate), variance


def _together(pilots: Tensor, y: Tensor, no: Tensor) -> tuple[Tensor, Tensor]:
    noise = no.clamp(min=_TINY)[:, None, None, None]
    identity = torch.eye(pilots.shape[3], dtype=pilots.dtype)
    covariance = torch.linalg.inv(identity + pilots.mH @ pilots / noise)
    estimate = covariance @ (pilots.mH @ y) / noise
    return _by_antenna(estimate), torch.diagonal(covariance, dim1=-2, dim2=-1).real


def _by_antenna(estimate: Tensor) -> Tensor:
    """Return the groups last but one: num_slots, num_rx_ant, groups, num_tx."""
    return estimate.permute(0, 3, 1, 2)


def _middles(mask: Tensor, size: int) -> Tensor:
    places = torch.nonzero(mask.flatten())[:, 0].unflatten(0, (-1, size))
    middles = torch.zeros(mask.numel(), dtype=torch.bool)
    middles[places[:, (size - 1) // 2]] = True
    return middles.view_as(mask)
