# SPDX-License-Identifier: Apache-2.0
"""A detector that runs as an image: on the twin, or on a device."""

from typing import Protocol

import numpy as np
import torch
from numpy.typing import NDArray

from boards.image import Image
from boards.parameters import Detection
from receivers.errors import UnsuitedProblemError
from receivers.mimo.detector import Beliefs, Rule
from receivers.mimo.integer import elements
from receivers.mimo.model import require
from sim.mimo.problem import Problem, Shape
from sim.modulation import with_bits


class Executor(Protocol):
    """Whatever runs an image: the twin, or a device behind a link."""

    def run(self, x: NDArray[np.int8]) -> NDArray[np.int8]:
        """Return int8 [height, width, num_out] for int8 [height, width, num_in]."""
        ...


class DeviceDetector:
    """Packs elements, runs them a batch at a time, and unpacks LLRs; satisfies `Detector`.

    Parameters
    ----------
    image : Image
        Of a detector; see `receivers.mimo.integer.image` and `receivers.mimo.integer.gnn_image`.
    executor : Executor
        Runs that image.

    Raises
    ------
    UnsuitedProblemError
        The image is not one of a detector.
    """

    def __init__(self, image: Image, executor: Executor) -> None:
        parameters = image.operators[0].parameters
        if not isinstance(parameters, Detection):
            raise UnsuitedProblemError(
                detector=image.source, problem="it is a network of another kind"
            )
        self._name, self._batch = image.source, parameters.num_elements
        self._scale, self._executor = np.float32(image.output.scale), executor
        self._shape = Shape(
            num_rx_ant=parameters.num_rx_ant,
            num_tx=parameters.num_tx,
            modulation=with_bits(2 * parameters.num_axis_bits),
        )

    def obstacle(self, shape: Shape) -> str:
        """Return why it cannot work: an image is for one shape."""
        if shape == self._shape:
            return ""
        one = self._shape
        return (
            f"its image is for {one.num_tx} users, {one.num_rx_ant} antennas and {one.modulation}"
        )

    def detect(self, problem: Problem) -> Beliefs:
        """Return max-log beliefs: a label's logit is the sum of the LLRs of its bits that are 1."""
        llr = torch.from_numpy(self.llr(problem).astype(np.float32) * self._scale)
        logits = llr @ problem.modulation.label_bits.T.float()
        return Beliefs(modulation=problem.modulation, logits=logits, rule=Rule.MAX)

    def llr(self, problem: Problem) -> NDArray[np.int8]:
        """Return the LLRs as they come, int8 [num_elements, num_tx, num_bits_per_symbol].

        Raises
        ------
        UnsuitedProblemError
            There is an obstacle.
        """
        require(self, problem)
        packed = elements.pack(problem)
        missing = -len(packed) % self._batch
        whole = np.pad(packed, ((0, missing), (0, 0)))
        runs = whole.reshape(-1, 1, self._batch, whole.shape[1])
        llr = np.concatenate([self._executor.run(one)[0] for one in runs])[: len(packed)]
        return llr.reshape(len(packed), self._shape.num_tx, -1)
