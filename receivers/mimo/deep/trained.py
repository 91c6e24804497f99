# SPDX-License-Identifier: Apache-2.0
"""Detectors that were trained beforehand: the weights that ship, by the problem's modulation."""

import math
from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import lru_cache
from pathlib import Path

import torch

from receivers.errors import UnsuitedProblemError
from receivers.mimo.deep import weights
from receivers.mimo.deep.network import Deep, DeepNetwork
from receivers.mimo.deep.weights_file import COMMAND, shipped
from receivers.mimo.detector import Beliefs
from receivers.mimo.model import require
from sim.mimo.problem import Problem, Shape
from sim.modulation import Modulation


class Trained:
    """A kind of detector with weights for some modulations; satisfies `Detector`.

    Parameters
    ----------
    kind : str
        One of `receivers.mimo.deep.weights_file.KINDS`.
    files : mapping of str to Path or None
        The weights by modulation; None for those that ship.
    """

    def __init__(self, kind: str, files: Mapping[str, Path] | None = None) -> None:
        self.kind = kind
        self._files = shipped(kind) if files is None else files

    def obstacle(self, shape: Shape) -> str:
        """Return that no weights are there for the modulation, where there are none."""
        if shape.modulation in self._files:
            return ""
        legal = ", ".join(self._files)
        return (
            f"{self.kind} has no weights for {shape.modulation}, only for {legal}; "
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
        trained = _loaded(self._files[problem.modulation])
        return Deep(trained.network).detect(_within(problem, trained.max_snr_db))


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


@dataclass(frozen=True, slots=True, kw_only=True)
class _Loaded:
    """A network, and the least noise that it was trained with."""

    network: DeepNetwork
    max_snr_db: float


@lru_cache(maxsize=16)
def _loaded(path: Path) -> _Loaded:
    found = weights.load(path)
    mixture = found.record["mixture"]
    max_snr_db = mixture["max_snr_db"] if isinstance(mixture, dict) else math.inf
    return _Loaded(network=found.network, max_snr_db=max_snr_db)


def _within(problem: Problem, max_snr_db: float) -> Problem:
    """Return the problem with the noise of the highest SNR of the training, where it has less.

    A network knows nothing of less noise, and what it would make of it is not to be trusted.
    """
    power = problem.h.abs().square().mean((1, 2))
    least = power * 10.0 ** (-max_snr_db / 10.0)
    return replace(problem, noise_variance=torch.maximum(problem.noise_variance, least))
