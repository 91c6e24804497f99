# SPDX-License-Identifier: Apache-2.0
"""Whole slots through a detector of single resource elements, over any estimate of the channel."""

from typing import Protocol

import torch
from torch import Tensor

from receivers.mimo.detector import Detector
from sim.mimo.problem import Problem
from sim.modulation import with_bits
from sim.slot import Observation, Truth

_CHUNK = 4096  # elements detected together: bounds the memory; results differ by rounding alone


class Estimator(Protocol):
    """Estimates the channel of every user from pilots."""

    def estimate(self, observation: Observation) -> tuple[Tensor, Tensor]:
        """Return h_hat and err_var, as `receivers.pilots.estimate_from_pilots`."""
        ...


class ElementWise:
    """A channel estimate, then a detector on every data element; satisfies `Receiver`.

    Parameters
    ----------
    estimator : Estimator
    detector : Detector
    num_together : int or None
        Elements that the detector is given at a time; None for all.
    """

    def __init__(
        self, estimator: Estimator, detector: Detector, *, num_together: int | None = _CHUNK
    ) -> None:
        self._estimator, self._detector = estimator, detector
        self._num_together = num_together

    def detect(self, observation: Observation) -> Tensor:
        """Return the LLRs, float32 [num_slots, num_tx, num_bits]."""
        h_hat, err_var = self._estimator.estimate(observation)
        return _soft_bits(
            observation, h_hat, err_var, self._detector, num_together=self._num_together
        )


class ToldElementWise:
    """A detector that is told the channel; satisfies `GenieReceiver`, as `PerfectCsi` does.

    Parameters
    ----------
    detector : Detector
    """

    def __init__(self, detector: Detector) -> None:
        self._detector = detector

    def detect_with_truth(self, observation: Observation, truth: Truth) -> Tensor:
        """Return the LLRs, float32 [num_slots, num_tx, num_bits]."""
        exact = torch.zeros(observation.data_mask.shape, dtype=torch.float32)
        return _soft_bits(observation, truth.h, exact, self._detector)


def data_problem(observation: Observation, h_hat: Tensor, err_var: Tensor) -> Problem:
    """Return the data elements as one problem: slot by slot, symbol by symbol.

    Parameters
    ----------
    observation : Observation
    h_hat : complex64 [num_slots, num_rx_ant, num_tx, num_symbols, num_subcarriers]
    err_var : float32 [num_slots, num_tx, num_symbols, num_subcarriers]
        Error variance of one antenna, taken as white noise on top of the receiver's own.
    """
    return problem_at(observation, observation.data_mask[:, 0], h_hat=h_hat, err_var=err_var)


def problem_at(
    observation: Observation, where: Tensor, *, h_hat: Tensor, err_var: Tensor
) -> Problem:
    """Return the elements at some places as one problem: slot by slot, symbol by symbol.

    Parameters
    ----------
    observation : Observation
    where : bool [num_slots, num_symbols, num_subcarriers]
    h_hat, err_var : Tensor
        As of `data_problem`.
    """
    noise_variance = observation.no[:, None, None] + err_var.sum(1)
    return Problem(
        modulation=with_bits(observation.num_bits_per_symbol),
        y=observation.y.permute(0, 2, 3, 1)[where],
        h=h_hat.permute(0, 3, 4, 1, 2)[where],
        noise_variance=noise_variance[where],
    )


def _soft_bits(
    observation: Observation,
    h_hat: Tensor,
    err_var: Tensor,
    detector: Detector,
    *,
    num_together: int | None = _CHUNK,
) -> Tensor:
    problem = data_problem(observation, h_hat, err_var)
    step = num_together or problem.num_elements
    llr = torch.cat(
        [
            detector.detect(problem.part(start=first, stop=first + step)).llr
            for first in range(0, problem.num_elements, step)
        ]
    )
    by_slot: Tensor = llr.unflatten(0, (observation.num_slots, -1))
    return by_slot.transpose(1, 2).flatten(2)
