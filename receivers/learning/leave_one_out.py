# SPDX-License-Identifier: Apache-2.0
r"""How well each pilot agrees with the others of its slot.

Least squares at the pilots are the channel and noise, :math:`\hat h = \Phi c + w`, with c of
covariance :math:`\Lambda` and weights W, the inverse noise variances. With

.. math:: A = \Lambda^{-1} + \Phi^T W \Phi, \quad c = A^{-1} \Phi^T W \hat h, \quad
          v_i = \phi_i^T A^{-1} \phi_i, \quad s_i = W_i v_i

the estimate that all pilots but the i-th give there misses it by :math:`(\hat h_i - \phi_i^T c) /
(1 - s_i)`, of mean square :math:`1 / w_i + v_i / (1 - s_i)`. No pilot need be left out in earnest;
of those that are, W is 0 and s is 0.

Source
------
C. E. Rasmussen, C. K. I. Williams, Gaussian Processes for Machine Learning, MIT Press 2006,
section 5.4.2, in the form with weights (section 2.7).
"""

import torch
from torch import Tensor

_LEAST_REMAINDER = 1e-4  # 1 - s: what float32 can tell from 0


def leave_one_out(
    at_pilots: Tensor, precision: Tensor, *, kept: Tensor, functions: Tensor, energies: Tensor
) -> tuple[Tensor, Tensor]:
    """Return how far each pilot is from what the kept ones say without it, and how far is usual.

    Parameters
    ----------
    at_pilots : float32 [num_slots, num_pilots, num_parts]
        Least squares: real and imaginary parts of all antennas, which share the places of pilots.
    precision : float32 [num_slots, num_pilots]
        Inverse noise variance of a complex value, w.
    kept : bool [num_slots, num_pilots]
        The pilots that may be relied on; of the others W is 0.
    functions : float32 [num_slots, num_pilots, num_terms]
        The basis at the pilots.
    energies : float32 [num_terms]
        Of its terms.

    Returns
    -------
    squares : float32 [num_slots, num_pilots]
        Squared distance, summed over the parts.
    variances : float32 [num_slots, num_pilots]
        Its mean for one antenna.
    """
    weights = precision * kept
    weighted = (functions * weights[..., None]).mT
    normal = weighted @ functions
    normal.diagonal(dim1=1, dim2=2).add_(1.0 / energies)
    inverse = torch.cholesky_inverse(torch.linalg.cholesky(normal))
    smoothed = functions @ inverse
    fitted = smoothed @ (weighted @ at_pilots)
    spread = (smoothed * functions).sum(-1)
    remainder = (1.0 - weights * spread).clamp(min=_LEAST_REMAINDER)
    squares = (at_pilots - fitted).square().sum(-1) / remainder.square()
    return squares, 1.0 / precision + spread / remainder
