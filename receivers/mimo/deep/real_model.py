# SPDX-License-Identifier: Apache-2.0
r"""The real equations that learned detectors solve: one unknown an axis of each user's symbol.

.. math:: y = H x + n, \qquad n \sim \mathcal{N}(0, \sigma^2 I / 2)

Square QAM is two independent amplitude modulations, in phase and in quadrature; so K users are
2 K unknowns (K of BPSK), each with one of the square root of num_points levels. Unknowns come in
phase first, for all users, then in quadrature.
"""

import math
from dataclasses import dataclass

import torch
from torch import Tensor

from sim.mimo.problem import Problem
from sim.modulation import Modulation
from sim.qam import pam_levels


@dataclass(frozen=True, slots=True, kw_only=True)
class RealModel:
    """Real equations with levels of unit mean energy.

    Parameters
    ----------
    y : float32 [num_elements, 2 * num_rx_ant]
    h : float32 [num_elements, 2 * num_rx_ant, num_unknowns]
    noise_variance : float32 [num_elements]
        Of one equation.
    """

    y: Tensor
    h: Tensor
    noise_variance: Tensor


def real_model(problem: Problem) -> RealModel:
    """Return the equations of a problem."""
    y = torch.cat([problem.y.real, problem.y.imag], dim=1)
    variance = problem.noise_variance / 2.0
    if problem.modulation is Modulation.BPSK:
        h = problem.h * problem.modulation.points[0]
        return RealModel(y=y, h=torch.cat([h.real, h.imag], dim=1), noise_variance=variance)
    in_phase, quadrature = problem.h.real, problem.h.imag
    upper = torch.cat([in_phase, -quadrature], dim=2)
    lower = torch.cat([quadrature, in_phase], dim=2)
    h = torch.cat([upper, lower], dim=1) * math.sqrt(0.5)
    return RealModel(y=y, h=h, noise_variance=variance)


def num_levels(modulation: Modulation) -> int:
    """Return the levels of one axis."""
    return 2 if modulation is Modulation.BPSK else math.isqrt(modulation.num_points)


def levels(modulation: Modulation) -> Tensor:
    """Return the amplitude of every level, float32 [num_levels], in the order of their bits."""
    amplitudes = pam_levels(max(1, modulation.num_bits_per_symbol // 2))
    return amplitudes / amplitudes.square().mean().sqrt()


def joined_logits(logits: Tensor, modulation: Modulation) -> Tensor:
    """Return the logits of labels, from those of levels.

    Parameters
    ----------
    logits : float32 [..., num_unknowns, num_levels]
    modulation : Modulation

    Returns
    -------
    float32 [..., num_tx, num_points]
    """
    if modulation is Modulation.BPSK:
        return logits
    in_phase, quadrature = _axes(modulation)
    of_phase, of_quadrature = logits.chunk(2, dim=-2)
    return of_phase[..., in_phase] + of_quadrature[..., quadrature]


def _axes(modulation: Modulation) -> tuple[Tensor, Tensor]:
    """Return the level of each label on both axes, int64 [num_points]: its even and odd bits."""
    bits = modulation.label_bits.long()
    weights = 2 ** torch.arange(bits.shape[1] // 2 - 1, -1, -1)
    return (bits[:, 0::2] * weights).sum(1), (bits[:, 1::2] * weights).sum(1)
