# SPDX-License-Identifier: Apache-2.0
r"""The equations that classical detectors solve, in double precision: y = H x + n with its scales.

Symbols of BPSK are real, and so is what a detector should make of them: their N complex equations
become 2N real ones with symbols of +1 and -1, which linear filters exploit (widely linear).
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

import torch
from torch import Tensor

from receivers.errors import UnsuitedProblemError
from receivers.mimo.detector import Detector
from sim.mimo.problem import Problem, Shape
from sim.modulation import Modulation

if TYPE_CHECKING:
    from sionna.phy.mapping import Constellation

LEAST_NOISE = 1e-10  # of the strongest user's energy: with less, solutions lose their digits
_LEAST_USER = 1e-14  # of the same: what stands for a user that is not heard at all
_LEAST_ENERGY = 1e-30
MAX_VECTORS = 1 << 16  # that an exhaustive search goes through
_PIECE_NUMBERS = 1 << 22

Solver = Callable[[Tensor, Tensor, Tensor], Tensor]
"""Takes y, h and the noise's covariance of a `LinearModel`, as Sionna's detectors do."""


@dataclass(frozen=True, slots=True, kw_only=True)
class LinearModel:
    r"""Equations with white Gaussian noise.

    .. math:: \ln p(y | x) = -\|y - H x\|^2 / S + \mathrm{const}

    Parameters
    ----------
    y : complex128 [num_elements, num_equations]
    h : complex128 [num_elements, num_equations, num_tx]
    spread : float64 [num_elements]
        S: the noise variance of a complex equation, twice that of a real one.
    points : complex128 [num_points]
        The symbol of every label, of unit mean energy.
    power : float
        What a symbol's variance weighs against `spread`: 1, or 2 where all is real.
    """

    y: Tensor
    h: Tensor
    spread: Tensor
    points: Tensor
    power: float

    @property
    def covariance(self) -> Tensor:
        """Return S I, complex128 [num_elements, num_equations, num_equations]."""
        identity = torch.eye(self.y.shape[-1], dtype=self.y.dtype)
        return self.spread[:, None, None] * identity


def linear_model(problem: Problem) -> LinearModel:
    """Return the equations of a problem; noise is at least 100 dB below the strongest user."""
    y, h = problem.y.to(torch.complex128), with_every_user(problem.h.to(torch.complex128))
    strongest = h.abs().square().sum(1).amax(-1)
    spread = problem.noise_variance.double().maximum(LEAST_NOISE * strongest)
    if problem.modulation is not Modulation.BPSK:
        return LinearModel(
            y=y, h=h, spread=spread, points=model_points(problem.modulation), power=1.0
        )
    h = h * problem.modulation.points[0].to(torch.complex128)
    return LinearModel(
        y=_stacked(y),
        h=_stacked(h),
        spread=spread,
        points=model_points(problem.modulation),
        power=2.0,
    )


def with_every_user(h: Tensor) -> Tensor:
    """Return a channel in which users that are not heard are heard by the first antenna, barely.

    Their columns would have no inverse; 140 dB below the strongest user they tell nothing either.

    Parameters
    ----------
    h : complex64 or complex128 [num_elements, num_rx_ant, num_tx]
    """
    energy = h.abs().square().sum(1)
    least = (_LEAST_USER * energy.amax(-1, keepdim=True)).clamp(min=_LEAST_ENERGY).sqrt()
    barely = torch.zeros_like(h)
    barely[:, 0] = torch.where(energy > 0.0, 0.0, least).to(h.dtype)
    return h + barely


def model_points(modulation: Modulation) -> Tensor:
    """Return the symbols of a model's equations, complex128 [num_points]."""
    if modulation is Modulation.BPSK:
        return torch.tensor([1.0, -1.0], dtype=torch.complex128)
    points = modulation.points.to(torch.complex128)
    # Rounded to float32 they have not quite unit energy.
    return points / points.abs().square().mean().sqrt()


def sionna_constellation(modulation: Modulation) -> "Constellation":
    """Return the symbols of a model's equations as Sionna's detectors take them."""
    from sionna.phy.mapping import Constellation

    return Constellation(
        "custom",
        modulation.num_bits_per_symbol,
        points=model_points(modulation),
        normalize=False,
        center=False,
        precision="double",
        device="cpu",
    )


def gaussian_logits(model: LinearModel, x_hat: Tensor, spread: Tensor) -> Tensor:
    r"""Return :math:`-|\hat x - s|^2 / S`, float32 [num_elements, num_tx, num_points].

    Parameters
    ----------
    model : LinearModel
    x_hat : complex128 [num_elements, num_tx]
        Unbiased estimates.
    spread : float64 [num_elements, num_tx]
        S of each of them.
    """
    distance = (x_hat[..., None] - model.points).abs().square()
    return (-distance / spread[..., None]).float()


def piecewise(model: LinearModel, solve: Solver, *, numbers_per_element: int) -> Tensor:
    """Return what a solver returns for all elements, as float32, a piece of them at a time.

    Parameters
    ----------
    model : LinearModel
    solve : Solver
    numbers_per_element : int
        That it needs in memory at once, about.
    """
    step = max(1, _PIECE_NUMBERS // numbers_per_element)
    pieces = zip(
        model.y.split(step), model.h.split(step), model.covariance.split(step), strict=True
    )
    return torch.cat([solve(y, h, covariance).float() for y, h, covariance in pieces])


def require(detector: Detector, problem: Problem) -> None:
    """Raise UnsuitedProblemError if a detector cannot solve such problems."""
    obstacle = detector.obstacle(problem.shape)
    if obstacle:
        raise UnsuitedProblemError(detector=type(detector).__name__, problem=obstacle)


def too_few_equations(shape: Shape) -> str:
    """Return the obstacle of detectors that invert the channel; empty without one."""
    if shape.num_equations >= shape.num_tx:
        return ""
    return f"{shape.num_rx_ant} antennas are too few for {shape.num_tx} users of {shape.modulation}"


def too_many_vectors(shape: Shape) -> str:
    """Return the obstacle of an exhaustive search; empty without one."""
    if shape.num_vectors <= MAX_VECTORS:
        return ""
    return (
        f"{shape.num_tx} users of {shape.modulation} send one of {shape.num_vectors} vectors, "
        f"more than the {MAX_VECTORS} of an exhaustive search; use sphere"
    )


def _stacked(values: Tensor) -> Tensor:
    return torch.cat([values.real, values.imag], dim=1).to(torch.complex128)
