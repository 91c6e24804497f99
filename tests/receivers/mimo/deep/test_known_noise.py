# SPDX-License-Identifier: Apache-2.0
"""No network is told less noise than its training had, wherever it runs."""

from dataclasses import replace

import numpy as np
import torch
from numpy.typing import NDArray

from receivers import interpolation
from receivers.ls import LeastSquares
from receivers.mimo.deep.known_noise import Within, within
from receivers.mimo.deep.trained import fresh_copy
from receivers.mimo.integer.deployment import Workshop
from receivers.mimo.linear import Filter, Linear
from sim.link import Link
from sim.modulation import Modulation
from tests.receivers.mimo.deep.teaching import teaching
from tests.receivers.mimo.drawn import rayleigh

PROBLEM = rayleigh("qpsk", num_rx_ant=4, num_tx=2, snr_db=20.0, num_elements=50).problem


def test_noise_is_at_least_that_of_the_highest_snr() -> None:
    power = PROBLEM.h.abs().square().mean((1, 2))

    found = within(PROBLEM, 10.0).noise_variance

    torch.testing.assert_close(found, torch.maximum(PROBLEM.noise_variance, power / 10.0))
    assert torch.equal(within(PROBLEM, float("inf")).noise_variance, PROBLEM.noise_variance)


def test_a_detector_within_believes_what_it_would_with_that_noise() -> None:
    detector = Linear(Filter.LMMSE)

    found = Within(detector, 10.0).detect(PROBLEM)

    assert torch.equal(found.llr, detector.detect(within(PROBLEM, 10.0)).llr)
    assert not torch.equal(found.llr, detector.detect(PROBLEM).llr)


class _Listener:
    """Runs nothing, and keeps the noise that elements come with."""

    def __init__(self) -> None:
        self.noise: list[NDArray[np.float32]] = []

    def run(self, x: NDArray[np.int8]) -> NDArray[np.int8]:
        self.noise.append(np.ascontiguousarray(x[0, :, -4:]).view("<f4")[:, 0])
        return np.zeros((1, x.shape[1], 2 * 4), np.int8)


def test_a_device_is_told_no_less_either() -> None:
    scenario, estimator = teaching(), LeastSquares(interpolation.linear)
    workshop, listener = Workshop("gnn-sic", scenario, estimator), _Listener()
    deployed = workshop.deployed(fresh_copy("gnn-sic", Modulation.QAM16))
    observation = Link(scenario, seed=1).slots(0, 8, snr_db=12.0).observation
    silent = replace(observation, no=torch.zeros_like(observation.no))

    deployed.receiver(listener).detect(silent)

    assert min(noise.min() for noise in listener.noise) > 0.0
