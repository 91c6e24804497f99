# SPDX-License-Identifier: Apache-2.0
r"""The channel of a block as its pilots show it, starting from what the receiver was told.

.. math:: \hat H = \arg\min_G \sum_i \|y_i - G x_i\|^2 + \lambda \|G - H_0\|^2

with the told channel :math:`H_0` and the weight :math:`\lambda` whose leave-one-out error is least:
a told channel that is exact is kept, one that is wrong is replaced. Behind a distortion this is the
linear part of it in Bussgang's sense, and what it leaves counts as noise.

Source
------
T. Hastie, R. Tibshirani, J. Friedman, The Elements of Statistical Learning, 2nd edition, section
7.10, for the leave-one-out error of a linear smoother in closed form.
"""

from dataclasses import dataclass, replace

import torch
from torch import Tensor

from receivers.mimo.detector import Beliefs, Detector
from sim.mimo.problem import Block, Problem, Shape

_WEIGHTS = tuple(10.0**exponent for exponent in range(-2, 7))  # in pilots


@dataclass(frozen=True, slots=True, kw_only=True)
class ChannelFit:
    """One channel for a whole block.

    Parameters
    ----------
    h : complex64 [num_rx_ant, num_tx]
    noise_variance : float
        Of an antenna: the leave-one-out error.
    """

    h: Tensor
    noise_variance: float

    def told(self, problem: Problem) -> Problem:
        """Return the problem with this channel and its noise in place of what was told."""
        return replace(
            problem,
            h=self.h.expand_as(problem.h),
            noise_variance=torch.full_like(problem.noise_variance, self.noise_variance),
        )


def is_of_one_channel(problem: Problem) -> bool:
    """Return whether all elements have the same channel, as it is told."""
    return bool((problem.h == problem.h[:1]).all())


def fit(pilots: Block) -> ChannelFit:
    """Return the fit to pilots of a block with one channel."""
    problem = pilots.problem
    x = problem.modulation.points[pilots.sent.labels].to(torch.complex128)
    first = problem.h[0].to(torch.complex128)
    left = problem.y.to(torch.complex128) - x @ first.T
    change, error = min(
        (_ridge(x, left, weight) for weight in _WEIGHTS), key=lambda found: found[1]
    )
    return ChannelFit(h=(first + change.T).to(torch.complex64), noise_variance=error)


class Fitted:
    """A detector that believes a fit in place of what it is told; satisfies `Detector`.

    Parameters
    ----------
    detector : Detector
    channel : ChannelFit
    """

    def __init__(self, detector: Detector, channel: ChannelFit) -> None:
        self.detector, self._channel = detector, channel

    def obstacle(self, shape: Shape) -> str:
        """Return the detector's obstacle, or that the fit is of another size."""
        num_rx_ant, num_tx = self._channel.h.shape
        if (shape.num_rx_ant, shape.num_tx) != (num_rx_ant, num_tx):
            return f"its channel was fitted for {num_tx} users on {num_rx_ant} antennas"
        return self.detector.obstacle(shape)

    def detect(self, problem: Problem) -> Beliefs:
        """Return the detector's beliefs, given the fitted channel.

        Raises
        ------
        UnsuitedProblemError
            There is an obstacle.
        """
        return self.detector.detect(self._channel.told(problem))


def _ridge(x: Tensor, y: Tensor, weight: float) -> tuple[Tensor, float]:
    """Return B, complex128 [num_tx, num_rx_ant], of y = x B, and its leave-one-out error."""
    identity = torch.eye(x.shape[1], dtype=x.dtype)
    inverse = torch.linalg.inv(x.mH @ x + weight * identity)
    change = inverse @ (x.mH @ y)
    leverage = (x @ inverse * x.conj()).sum(1).real
    error = (y - x @ change).abs() / (1.0 - leverage)[:, None]
    return change, float(error.square().mean())
