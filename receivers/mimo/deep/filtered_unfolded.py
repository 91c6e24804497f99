# SPDX-License-Identifier: Apache-2.0
r"""The unfolded detector whose every stage filters, as soft cancellation does (LMMSE).

In place of a gradient step a stage estimates each unknown k behind cancellation of all others, by
the LMMSE filter for what is left of them: with means x, variances v, :math:`V = \mathrm{diag}(v)`
and noise of variance s,

.. math:: M = (V^{1/2} H^T H V^{1/2} + s I)^{-1}, \qquad q_k = (1 - s M_{kk}) / v_k

.. math:: z_k = x_k + \rho_t \, [V^{-1/2} M V^{1/2} H^T (y - H x)]_k / q_k, \qquad
          N_k = 1 / q_k - v_k

the equations of `receivers.mimo.cancellation` by the matrix inversion lemma. The first stage's z is
LMMSE. Gradient steps from it do not tell columns apart that are alike; this costs an inversion a
stage, of as many rows as there are unknowns.

Source
------
J. Choi, A. C. Cheong, J. M. Cioffi, WCNC 2000, for the cancellation; `lora_unfolded` for the rest.
"""

import torch
from torch import Tensor

from receivers.mimo.deep.lora_unfolded import Equations, LoraUnfolded, Start
from receivers.mimo.deep.real_model import RealModel
from sim.modulation import Modulation

_TINY = 1e-6
_LEAST_VARIANCE = 1e-3  # of what is believed: below it single precision loses q


class FilteredUnfolded(LoraUnfolded):
    """The network; see the module.

    Parameters
    ----------
    modulation : Modulation
    num_stages, num_hidden, seed : int
        As of `LoraUnfolded`.
    """

    def __init__(
        self, modulation: Modulation, *, num_stages: int = 8, num_hidden: int = 40, seed: int = 1
    ) -> None:
        super().__init__(
            modulation,
            num_stages=num_stages,
            num_hidden=num_hidden,
            start=Start.MATCHED,
            seed=seed,
        )

    def _equations(self, model: RealModel) -> Equations:
        return _Filtered(model)


class _Filtered(Equations):
    """Equations whose cancellation filters what is left of others."""

    def cancelled(self, x: Tensor, variance: Tensor) -> tuple[Tensor, Tensor]:
        """Return the unbiased LMMSE estimates behind cancellation, and their variances."""
        v = variance.clamp(min=_LEAST_VARIANCE)
        root, noise = v.sqrt(), self.noise[..., None]
        inverse = torch.linalg.inv(
            root[:, :, None] * self.gram * root[:, None, :] + noise * self.identity
        )
        q = (1.0 - self.noise * inverse.diagonal(dim1=1, dim2=2)).clamp(min=_TINY) / v
        gradient = self.matched_sums - (self.gram @ x[..., None])[..., 0]
        filtered = (inverse @ (root * gradient)[..., None])[..., 0] / root
        return x + filtered / q, (1.0 / q - v).clamp(min=_TINY)
