# SPDX-License-Identifier: Apache-2.0
"""LMMSE channel estimation from the channel's statistics: the best a linear estimator can do."""

from collections import OrderedDict

import torch
from torch import Tensor

from channels.grid import Grid
from receivers.equalizer import soft_bits
from receivers.joint_wiener import estimate_jointly
from receivers.pilot_groups import is_overlapping
from receivers.pilots import estimate_from_pilots
from receivers.statistics import Covariance
from sim.slot import Observation

_CACHE_SIZE = 16


class Lmmse:
    r"""Two-dimensional Wiener filter over the pilots of a slot; satisfies `Receiver`.

    With least-squares estimates :math:`\hat h_p`, their error variances D and the covariance R
    of the channel between all elements (h) and pilots (p),

    .. math:: \hat h = R_{hp} (R_{pp} + D)^{-1} \hat h_p, \qquad
              \mathrm{err} = \mathrm{diag}(R_{hh} - R_{hp} (R_{pp} + D)^{-1} R_{hp}^H)

    Users whose pilots overlap are estimated together, see `receivers.joint_wiener`.

    Parameters
    ----------
    covariance : Covariance
        Statistics of the channel, measured beforehand.

    Source
    ------
    P. Hoeher, S. Kaiser, P. Robertson, ICASSP 1997, eqs. (6) to (9).
    """

    def __init__(self, covariance: Covariance) -> None:
        self._covariance = covariance
        self._filters: OrderedDict[bytes, tuple[Tensor, Tensor]] = OrderedDict()

    def detect(self, observation: Observation) -> Tensor:
        """Return the LLRs, float32 [num_slots, num_tx, num_bits]."""
        return soft_bits(observation, *self.estimate(observation))

    def estimate(self, observation: Observation) -> tuple[Tensor, Tensor]:
        """Return h_hat and err_var, shapes as in `receivers.pilots.estimate_from_pilots`."""
        if is_overlapping(observation):
            return estimate_jointly(observation, self._covariance)

        def smooth(at_pilots: Tensor, variance: Tensor, mask: Tensor) -> tuple[Tensor, Tensor]:
            size = observation.grid.num_resource_elements
            h_hat = torch.empty(*at_pilots.shape[:2], size, dtype=at_pilots.dtype)
            err_var = torch.empty(at_pilots.shape[0], size)
            for slots, same in _equal_rows(variance):
                weights, error = self._filter(mask, same, observation.grid)
                h_hat[slots] = at_pilots[slots] @ weights.T
                err_var[slots] = error
            return h_hat, err_var

        return estimate_from_pilots(observation, smooth)

    def _filter(self, mask: Tensor, variance: Tensor, grid: Grid) -> tuple[Tensor, Tensor]:
        key = mask.numpy().tobytes() + variance.numpy().tobytes()
        if key not in self._filters:
            self._filters[key] = _wiener(self._covariance, mask, variance, grid)
            if len(self._filters) > _CACHE_SIZE:
                self._filters.popitem(last=False)
        return self._filters[key]


def _wiener(
    covariance: Covariance, mask: Tensor, variance: Tensor, grid: Grid
) -> tuple[Tensor, Tensor]:
    """Return the filter, complex64 [num_resource_elements, num_pilots], and its error variance."""
    r_hp, r_pp = covariance.at(mask)
    loaded = r_pp + torch.diag(variance).to(r_pp.dtype)
    weights = torch.linalg.solve(loaded, r_hp, left=False)
    error = 1.0 - (weights * r_hp.conj()).sum(-1).real
    return weights, error.clamp(min=0.0)


def _equal_rows(variance: Tensor) -> list[tuple[Tensor, Tensor]]:
    """Group the slots whose pilots have the same error variances: (slots, float32 [num_pilots])."""
    distinct, group = torch.unique(variance, dim=0, return_inverse=True)
    return [(torch.nonzero(group == i)[:, 0], row) for i, row in enumerate(distinct)]
