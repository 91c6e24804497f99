# SPDX-License-Identifier: Apache-2.0
"""Receivers of several users whose detector runs on a device: the host estimates, a device detects.

A run takes a batch of elements, so a slot takes many runs.
"""

import math
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor

from boards.image import Image
from channels.scenario import Scenario
from receivers.mimo.deep.known_noise import Within
from receivers.mimo.deep.network import DeepNetwork
from receivers.mimo.detector import Detector
from receivers.mimo.element_wise import ElementWise, Estimator, data_problem
from receivers.mimo.integer.compilers import COMPILERS
from receivers.mimo.integer.detector import DeviceDetector, Executor
from sim.link import Link
from sim.mimo.problem import Problem
from sim.slot import Observation

CALIBRATION_SEED = 0xCA11  # far from the seeds that trials use
CALIBRATION_SLOTS = 16
_ELEMENTS_A_CALIBRATION_SLOT = 40
_MAX_BATCH = 24  # bounds what a device keeps of a run


@dataclass(frozen=True, slots=True, kw_only=True)
class DeployedDetector:
    """An image of a detector behind an estimate on the host.

    Parameters
    ----------
    image : Image
    estimator : Estimator
    runs_per_slot : int
    max_snr_db : float [dB]
        Of the training of its network; infinite where it is none.
    """

    image: Image
    estimator: Estimator
    runs_per_slot: int
    max_snr_db: float

    @property
    def names(self) -> tuple[str, ...]:
        """Return what its one operator is called."""
        return ("detector",)

    def receiver(self, executor: Executor) -> "SlotBySlot":
        """Return the receiver, which has the executor run the image."""
        detector = Within(DeviceDetector(self.image, executor), self.max_snr_db)
        return SlotBySlot(self.estimator, detector)


class SlotBySlot:
    """Element-wise detection that never joins slots, so that runs belong to one; a `Receiver`.

    Parameters
    ----------
    estimator : Estimator
    detector : Detector
    """

    def __init__(self, estimator: Estimator, detector: Detector) -> None:
        self._receiver = ElementWise(estimator, detector, num_together=None)

    def detect(self, observation: Observation) -> Tensor:
        """Return the LLRs, float32 [num_slots, num_tx, num_bits]."""
        slots = (observation.part(start=i, stop=i + 1) for i in range(observation.num_slots))
        return torch.cat([self._receiver.detect(slot) for slot in slots])


class Workshop:
    """All that it takes to bring a detector of a scenario onto a device, again and again.

    Parameters
    ----------
    detector : str
        One of `receivers.mimo.integer.compilers.COMPILERS`.
    scenario : Scenario
    estimator : Estimator

    Raises
    ------
    UnsuitedProblemError
        Devices cannot detect the scenario's users.
    """

    def __init__(self, detector: str, scenario: Scenario, estimator: Estimator) -> None:
        problems = list(_typical(scenario, estimator))
        num_elements = problems[0].num_elements
        batch = batch_size(num_elements)
        self._estimator, self._runs_per_slot = estimator, -(-num_elements // batch)
        self._compiler = COMPILERS[detector](_sample(problems), num_elements=batch)

    def deployed(self, network: DeepNetwork | None) -> DeployedDetector:
        """Return the network compiled, in the same layout every time."""
        return DeployedDetector(
            image=self._compiler.image(network),
            estimator=self._estimator,
            runs_per_slot=self._runs_per_slot,
            max_snr_db=network.max_snr_db if network else math.inf,
        )


def batch_size(num_elements: int) -> int:
    """Return the elements of a run: the largest divisor that devices keep, or the most they do."""
    divisors = [n for n in range(1, _MAX_BATCH + 1) if num_elements % n == 0]
    return divisors[-1] if divisors[-1] * 3 >= _MAX_BATCH else _MAX_BATCH


def _typical(scenario: Scenario, estimator: Estimator) -> Iterator[Problem]:
    """Yield the data elements of slots spread over the scenario's SNR grid."""
    link = Link(scenario, seed=CALIBRATION_SEED)
    values = scenario.snr.values
    snr_db = np.array([values[i % len(values)] for i in range(CALIBRATION_SLOTS)])
    seen = link.slots(0, CALIBRATION_SLOTS, snr_db=snr_db).observation
    for i in range(CALIBRATION_SLOTS):
        slot = seen.part(start=i, stop=i + 1)
        yield data_problem(slot, *estimator.estimate(slot))


def _sample(problems: list[Problem]) -> Problem:
    """Return some elements of each, as far apart as they lie."""
    num_elements = problems[0].num_elements
    size = min(num_elements, _ELEMENTS_A_CALIBRATION_SLOT)
    chosen = torch.linspace(0, num_elements - 1, size).long()
    return Problem(
        modulation=problems[0].modulation,
        y=torch.cat([one.y[chosen] for one in problems]),
        h=torch.cat([one.h[chosen] for one in problems]),
        noise_variance=torch.cat([one.noise_variance[chosen] for one in problems]),
    )
