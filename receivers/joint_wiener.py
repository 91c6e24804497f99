# SPDX-License-Identifier: Apache-2.0
r"""The Wiener filter of several users whose pilots overlap: all of them estimated together.

With users k of independent channels that share one covariance R, pilots :math:`p_k` on the elements
p and what an antenna gets there, :math:`y = \sum_k \mathrm{diag}(p_k) h_k + n`,

.. math:: Q = (R_{pp} \circ \sum_k p_k p_k^H + N_0 I)^{-1}, \qquad
          \hat h_k = R_{hp} \, \mathrm{diag}(p_k^*) \, Q y, \\
          \mathrm{err}_k = \mathrm{diag}(R_{hh} -
          R_{hp} \, \mathrm{diag}(p_k^*) \, Q \, \mathrm{diag}(p_k) R_{hp}^H)

Source
------
S. M. Kay, Fundamentals of Statistical Signal Processing: Estimation Theory, 1993, section 12.5.
"""

from functools import cached_property

import torch
from torch import Tensor

from receivers.statistics import Covariance
from sim.slot import Observation


class JointWiener:
    """The filters of all slots with the same pilots and the same noise.

    Parameters
    ----------
    covariance : Covariance
        Of every user.
    observation : Observation
        Of one slot: pilots and noise count.
    """

    def __init__(self, covariance: Covariance, observation: Observation) -> None:
        self._mask = observation.pilot_mask[0].any(0)
        self._sent = observation.pilots[0][:, self._mask]
        self._no = observation.no[0]
        # At high SNR the inverse is nearly singular: single precision is worth nothing there.
        self._pilots = self._sent.to(torch.complex128)
        self._r_hp, r_pp = (part.to(torch.complex128) for part in covariance.at(self._mask))
        received = r_pp * (self._pilots.T @ self._pilots.conj())
        noise = self._no.double() * torch.eye(len(received), dtype=torch.complex128)
        self._inverse = torch.linalg.inv(received + noise)

    def fits(self, observation: Observation, *, slot: int) -> bool:
        """Return whether a slot has the pilots and the noise that these filters are for."""
        mask = observation.pilot_mask[slot].any(0)
        return (
            torch.equal(mask, self._mask)
            and torch.equal(observation.pilots[slot][:, mask], self._sent)
            and torch.equal(observation.no[slot], self._no)
        )

    def estimate(self, y: Tensor) -> Tensor:
        """Return complex64 [num_rx_ant, num_tx, num_resource_elements].

        `y` is complex64 [num_rx_ant, num_symbols, num_subcarriers].
        """
        whitened = y[:, self._mask].to(torch.complex128) @ self._inverse.T
        at_pilots = whitened[:, None] * self._pilots.conj()
        everywhere: Tensor = at_pilots @ self._r_hp.T
        return everywhere.to(torch.complex64)

    @cached_property
    def error(self) -> Tensor:
        """Return float32 [num_tx, num_resource_elements]."""
        weighted = self._pilots.conj()[:, :, None] * self._inverse * self._pilots[:, None]
        explained: Tensor = ((self._r_hp @ weighted) * self._r_hp.conj()).sum(-1).real
        return (1.0 - explained).clamp(min=0.0).float()


def estimate_jointly(observation: Observation, covariance: Covariance) -> tuple[Tensor, Tensor]:
    """Return h_hat and err_var, shapes as in `receivers.pilots.estimate_from_pilots`."""
    grid, num_tx = observation.grid, observation.pilot_mask.shape[1]
    size = grid.num_resource_elements
    h_hat = torch.empty(*observation.y.shape[:2], num_tx, size, dtype=torch.complex64)
    err_var = torch.empty(observation.num_slots, num_tx, size)
    wiener: JointWiener | None = None
    for slot in range(observation.num_slots):
        if wiener is None or not wiener.fits(observation, slot=slot):
            wiener = JointWiener(covariance, observation.part(start=slot, stop=slot + 1))
        h_hat[slot] = wiener.estimate(observation.y[slot])
        err_var[slot] = wiener.error
    shape = (grid.num_symbols, grid.num_subcarriers)
    return h_hat.unflatten(-1, shape), err_var.unflatten(-1, shape)
