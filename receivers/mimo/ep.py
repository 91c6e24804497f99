# SPDX-License-Identifier: Apache-2.0
"""Expectation propagation: Gaussian stand-ins for all symbols, until their moments agree."""

from functools import lru_cache

import torch
from torch import Tensor

from receivers.mimo.detector import Beliefs
from receivers.mimo.model import linear_model
from sim.mimo.problem import Problem, Shape
from sim.modulation import Modulation


class ExpectationPropagation:
    r"""Sionna's detector by expectation propagation; satisfies `Detector`.

    A Gaussian of precision :math:`\lambda_k` and shift :math:`\gamma_k` stands for each symbol, so
    that all together are Gaussian with covariance :math:`(H^T H / \sigma^2 + \Lambda)^{-1}`. Each
    round moves them towards where mean and variance equal those of the symbol seen behind the
    others, by a share of 1 - damping.

    Parameters
    ----------
    num_iterations : int >= 1
        Rounds.
    damping : float, 0..1
        What stays of the round before; Sionna's beta.

    Source
    ------
    J. Céspedes et al., Expectation propagation detection for high-order high-dimensional MIMO
    systems, IEEE Trans. Commun. 62 (8), 2014, eqs. (28) to (38).
    """

    def __init__(self, *, num_iterations: int = 10, damping: float = 0.9) -> None:
        self._num_iterations, self._damping = num_iterations, damping

    def obstacle(self, shape: Shape) -> str:
        """Return nothing: it solves problems of any shape."""
        del shape
        return ""

    def detect(self, problem: Problem) -> Beliefs:
        """Return the beliefs of the last round."""
        from sionna.phy.mimo import EPDetector

        model = linear_model(problem)
        is_real = problem.modulation is Modulation.BPSK
        sent = Modulation.QPSK if is_real else problem.modulation
        detect = EPDetector(
            "symbol",
            sent.num_bits_per_symbol,
            l=self._num_iterations,
            beta=self._damping,
            precision="double",
            device="cpu",
        )
        # As QPSK, a real problem is two that do not touch; the imaginary one receives nothing.
        h = model.h * 2.0**0.5 if is_real else model.h
        logits = detect(model.y, h, model.covariance)[..., _places(sent)]
        if is_real:
            logits = logits.unflatten(-1, (2, 2)).logsumexp(-1)
        return Beliefs(modulation=problem.modulation, logits=logits.float())


@lru_cache(maxsize=4)
def _places(modulation: Modulation) -> Tensor:
    """Return where each label stands in what Sionna joins from the logits of two amplitudes.

    They are not in the order of the labels from 64-QAM on (Sionna 2.2): `PAM2QAM` gathers where it
    should scatter. So a sum that tells both amplitudes is sent through it, and found again.
    """
    from sionna.phy.mapping import PAM2QAM

    num_bits = modulation.num_bits_per_symbol
    size = 1 << num_bits // 2
    level = torch.arange(size, dtype=torch.float64)
    join = PAM2QAM(num_bits, hard_in_out=False, precision="double", device="cpu")
    standing: Tensor = join(size * level, level).long()
    bits = modulation.label_bits.long()
    weights = 1 << torch.arange(num_bits // 2 - 1, -1, -1)
    amplitudes = size * (bits[:, 0::2] * weights).sum(1) + (bits[:, 1::2] * weights).sum(1)
    return standing.argsort()[amplitudes]
