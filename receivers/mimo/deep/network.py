# SPDX-License-Identifier: Apache-2.0
"""The contract of learned detectors: a network of iterations, and the detector around it."""

import math
from abc import ABC, abstractmethod
from collections.abc import Mapping

import torch
from torch import Tensor, nn

from receivers.mimo.detector import Beliefs
from receivers.mimo.model import require
from sim.mimo.problem import Problem, Shape
from sim.modulation import Modulation

_PIECE_ELEMENTS = 1024  # detected together: bounds the memory, and caches like it


class DeepNetwork(nn.Module, ABC):
    """A network that believes more of every symbol, iteration by iteration.

    `max_snr_db` is the highest SNR of its training [dB]: what it knows nothing beyond.
    """

    max_snr_db: float = math.inf

    @abstractmethod
    def obstacle(self, shape: Shape) -> str:
        """Return why it cannot solve problems of this shape, in one clause; empty when it can."""

    @abstractmethod
    def forward(self, problem: Problem) -> Tensor:
        """Return the logits, float32 [num_iterations, num_elements, num_tx, num_points]."""

    @property
    @abstractmethod
    def size(self) -> Mapping[str, int]:
        """Return what its constructor was given, beside modulation and seed, by keyword."""

    def phases(self) -> tuple[list[nn.Parameter], ...]:
        """Return what learns in each phase of a training beforehand: all in one, as a rule."""
        return (list(self.parameters()),)

    def confine(self) -> None:
        """Bring weights back to where they may be, behind a step of learning on; all may, here."""

    @property
    def num_parameters(self) -> int:
        """Return the number of trained values."""
        return sum(parameter.numel() for parameter in self.parameters())


class Deep:
    """A trained network; satisfies `Detector`.

    Parameters
    ----------
    network : DeepNetwork
        In evaluation mode from now on.
    """

    def __init__(self, network: DeepNetwork) -> None:
        self.network = network.eval()

    def obstacle(self, shape: Shape) -> str:
        """Return the obstacle of the network."""
        return self.network.obstacle(shape)

    def detect(self, problem: Problem) -> Beliefs:
        """Return the beliefs of the last iteration.

        Raises
        ------
        UnsuitedProblemError
            The network is for problems of another shape.
        """
        require(self, problem)
        starts = range(0, max(problem.num_elements, 1), _PIECE_ELEMENTS)
        pieces = [problem.part(start=start, stop=start + _PIECE_ELEMENTS) for start in starts]
        with torch.no_grad():
            logits = torch.cat([self.network(piece)[-1] for piece in pieces])
        return Beliefs(modulation=problem.modulation, logits=logits)


def other_modulation(trained: Modulation, shape: Shape) -> str:
    """Return the obstacle of a network that was trained for one modulation; empty without one."""
    if shape.modulation is trained:
        return ""
    return f"it was trained for {trained}, not for {shape.modulation}"
