# SPDX-License-Identifier: Apache-2.0
r"""Interference cancellation: what is believed of other users is taken away, the rest filtered.

With means m and variances v of all symbols, user k is estimated from

.. math:: y - \sum_{j \ne k} h_j m_j = h_k x_k + \sum_{j \ne k} h_j (x_j - m_j) + n

by the LMMSE filter for interference of variances v. With :math:`A = \sum_j v_j h_j h_j^H +
\sigma^2 I`, :math:`f_k = A^{-1} h_k` and :math:`q_k = h_k^H f_k` the matrix inversion lemma gives
its unbiased estimate and the variance that is left without one filter a user,

.. math:: \hat x_k = m_k + f_k^H (y - H m) / q_k, \qquad N_k = 1 / q_k - v_k
"""

from enum import StrEnum

import torch
from torch import Tensor

from receivers.mimo.detector import Beliefs
from receivers.mimo.model import LinearModel, gaussian_logits, linear_model
from sim.mimo.problem import Problem, Shape

_TINY = 1e-12  # of the symbol energy: below it double precision tells nothing


class Cancellation(StrEnum):
    """What is taken away of a detected user: the nearest symbol, or the expected one."""

    HARD = "hard"
    SOFT = "soft"


class MmseSic:
    r"""Successive cancellation, the best user first; satisfies `Detector`.

    Of the users that are left, the one with the largest 1 / N_k is detected and cancelled: with
    its nearest symbol as if it were certain, or with its expected symbol and the variance that
    goes with it.

    Parameters
    ----------
    cancellation : Cancellation

    Source
    ------
    P. W. Wolniansky et al., V-BLAST, ISSSE 1998, for the order; D. Tse and P. Viswanath,
    Fundamentals of Wireless Communication, section 8.3.4.
    """

    def __init__(self, cancellation: Cancellation) -> None:
        self._cancellation = cancellation

    def obstacle(self, shape: Shape) -> str:
        """Return nothing: it solves problems of any shape."""
        del shape
        return ""

    def detect(self, problem: Problem) -> Beliefs:
        """Return Gaussian beliefs around each symbol at its turn."""
        model = linear_model(problem)
        num_elements, num_tx = problem.num_elements, problem.shape.num_tx
        mean, variance = _ignorance(model)
        logits = torch.zeros(num_elements, num_tx, problem.modulation.num_points)
        is_open = torch.ones(num_elements, num_tx, dtype=torch.bool)
        rows = torch.arange(num_elements)
        for _ in range(num_tx):
            x_hat, spread = estimates(model, mean, variance)
            chosen = spread.masked_fill(~is_open, torch.inf).argmin(-1)
            found = gaussian_logits(model, x_hat, spread)[rows, chosen]
            logits[rows, chosen] = found
            is_open[rows, chosen] = False
            mean[rows, chosen], variance[rows, chosen] = self._decided(model, found)
        return Beliefs(modulation=problem.modulation, logits=logits)

    def _decided(self, model: LinearModel, logits: Tensor) -> tuple[Tensor, Tensor]:
        if self._cancellation is Cancellation.SOFT:
            return moments(logits, model.points)
        nearest = model.points[logits.argmax(-1)]
        return nearest, torch.zeros(nearest.shape, dtype=torch.float64)


class SoftSic:
    r"""Iterative soft cancellation, all users at once; satisfies `Detector`.

    Each round takes the expected symbols of the round before away, and believes what is left. One
    round is LMMSE; DeepSIC puts a network in place of every (user, round).

    Parameters
    ----------
    num_iterations : int >= 1
        Rounds.

    Source
    ------
    W.-J. Choi, K.-W. Cheong, J. M. Cioffi, Iterative soft interference cancellation for multiple
    antenna systems, WCNC 2000; N. Shlezinger et al., DeepSIC, arXiv 2002.03214, section II-C.
    """

    def __init__(self, *, num_iterations: int = 5) -> None:
        if num_iterations < 1:
            raise ValueError(f"num_iterations {num_iterations} must be at least 1")
        self._num_iterations = num_iterations

    def obstacle(self, shape: Shape) -> str:
        """Return nothing: it solves problems of any shape."""
        del shape
        return ""

    def detect(self, problem: Problem) -> Beliefs:
        """Return the Gaussian beliefs of the last round."""
        model = linear_model(problem)
        mean, variance = _ignorance(model)
        logits = gaussian_logits(model, *estimates(model, mean, variance))
        for _ in range(self._num_iterations - 1):
            mean, variance = moments(logits, model.points)
            logits = gaussian_logits(model, *estimates(model, mean, variance))
        return Beliefs(modulation=problem.modulation, logits=logits)


def estimates(model: LinearModel, mean: Tensor, variance: Tensor) -> tuple[Tensor, Tensor]:
    """Return each user's unbiased estimate behind cancellation, and the spread that is left.

    Parameters
    ----------
    model : LinearModel
    mean : complex128 [num_elements, num_tx]
        Of each symbol, as believed.
    variance : float64 [num_elements, num_tx]

    Returns
    -------
    x_hat : complex128 [num_elements, num_tx]
    spread : float64 [num_elements, num_tx]
        As `LinearModel.spread`.
    """
    h, variance = model.h, model.power * variance
    covariance = (h * variance[:, None]) @ h.mH + model.covariance
    filters = torch.linalg.solve(covariance, h)
    gain = (h.conj() * filters).sum(1).real
    left = model.y - (h @ mean[..., None])[..., 0]
    x_hat = mean + (filters.mH @ left[..., None])[..., 0] / gain
    return x_hat, (1.0 / gain - variance).clamp(min=_TINY)


def moments(logits: Tensor, points: Tensor) -> tuple[Tensor, Tensor]:
    """Return mean, complex128 [...], and variance, float64 [...], of symbols of these logits.

    Parameters
    ----------
    logits : float32 [..., num_points]
    points : complex128 [num_points]
    """
    p = logits.double().softmax(-1)
    mean = p.to(points.dtype) @ points
    variance = (p * (points - mean[..., None]).abs().square()).sum(-1)
    return mean, variance


def _ignorance(model: LinearModel) -> tuple[Tensor, Tensor]:
    """Return the moments before anything is known: 0 and 1."""
    mean = torch.zeros(model.h.shape[0], model.h.shape[-1], dtype=torch.complex128)
    return mean, torch.ones(mean.shape, dtype=torch.float64)
