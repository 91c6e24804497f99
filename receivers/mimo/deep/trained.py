# SPDX-License-Identifier: Apache-2.0
"""Detectors that were trained beforehand: the weights that ship, by the problem's modulation."""

from functools import lru_cache
from pathlib import Path

from receivers.errors import UnsuitedProblemError
from receivers.mimo.deep import weights
from receivers.mimo.deep.known_noise import Within
from receivers.mimo.deep.network import Deep, DeepNetwork
from receivers.mimo.deep.weights_file import COMMAND, shipped
from receivers.mimo.detector import Beliefs
from receivers.mimo.model import require
from sim.mimo.problem import Problem, Shape
from sim.modulation import Modulation


class Trained:
    """A kind of detector with all weights that ship; satisfies `Detector`.

    Parameters
    ----------
    kind : str
        One of `receivers.mimo.deep.weights_file.KINDS`.
    """

    def __init__(self, kind: str) -> None:
        self.kind = kind

    def obstacle(self, shape: Shape) -> str:
        """Return that no weights are there for the modulation, where there are none."""
        found = shipped(self.kind)
        if shape.modulation in found:
            return ""
        return (
            f"{self.kind} has no weights for {shape.modulation}, only for {', '.join(found)}; "
            f"train others: {COMMAND} --help"
        )

    def detect(self, problem: Problem) -> Beliefs:
        """Return the beliefs of the last iteration.

        Raises
        ------
        UnsuitedProblemError
            There is an obstacle.
        WeightsError
            The weights are damaged.
        """
        require(self, problem)
        return _loaded(shipped(self.kind)[problem.modulation]).detect(problem)


def bounded(network: DeepNetwork) -> Within:
    """Return the detector that a trained network is, told no less noise than it knows."""
    return Within(Deep(network), network.max_snr_db)


def fresh_copy(kind: str, modulation: Modulation) -> DeepNetwork:
    """Return a network with the weights that ship, to be taught further.

    Raises
    ------
    UnsuitedProblemError
        No weights are there for the modulation.
    WeightsError
        The weights are damaged.
    """
    found = shipped(kind)
    if modulation not in found:
        problem = f"no weights for {modulation} are there, only for {', '.join(found)}"
        raise UnsuitedProblemError(detector=kind, problem=problem)
    return weights.load(found[modulation]).network


@lru_cache(maxsize=16)
def _loaded(path: Path) -> Within:
    """Read weights that ship, which nobody changes while a process runs."""
    return bounded(weights.load(path).network)
