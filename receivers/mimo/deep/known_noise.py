# SPDX-License-Identifier: Apache-2.0
"""The least noise that a trained network knows: with less it is told that much.

A network knows nothing of less noise than it saw; what it would make of it is not to be trusted.
"""

from dataclasses import replace

import torch

from receivers.mimo.detector import Beliefs, Detector
from sim.mimo.problem import Problem, Shape


def within(problem: Problem, max_snr_db: float) -> Problem:
    """Return the problem with the noise of the highest SNR of a training, where it has less.

    Parameters
    ----------
    problem : Problem
    max_snr_db : float [dB]
        Of one user at one antenna; infinite where nothing is known of a training.
    """
    power = problem.h.abs().square().mean((1, 2))
    least = power * 10.0 ** (-max_snr_db / 10.0)
    return replace(problem, noise_variance=torch.maximum(problem.noise_variance, least))


class Within:
    """A detector that is never told less noise than a training had; satisfies `Detector`.

    Parameters
    ----------
    detector : Detector
    max_snr_db : float [dB]
    """

    def __init__(self, detector: Detector, max_snr_db: float) -> None:
        self._detector, self._max_snr_db = detector, max_snr_db

    def obstacle(self, shape: Shape) -> str:
        """Return the detector's obstacle."""
        return self._detector.obstacle(shape)

    def detect(self, problem: Problem) -> Beliefs:
        """Return the detector's beliefs.

        Raises
        ------
        UnsuitedProblemError
            There is an obstacle.
        """
        return self._detector.detect(within(problem, self._max_snr_db))
