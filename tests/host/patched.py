# SPDX-License-Identifier: Apache-2.0
"""Networks of one layout with every operator, and a device in this process that runs them."""

from dataclasses import dataclass
from functools import cache

import numpy as np
from numpy.typing import NDArray

from boards import image, memory
from boards.compress import int8
from boards.errors import ImageError
from boards.image import Image
from sim.errors import TwinError
from sim.loopback import LoopbackAgent
from sim.twin import Twin
from tests.boards.networks import calibration_slots, residual_network


@dataclass(frozen=True, slots=True, kw_only=True)
class TwinNetwork:
    """What the loopback device runs: the image it was given, on its twin."""

    twin: Twin

    @property
    def num_input_bytes(self) -> int:
        return self.twin.image.input.num_bytes

    @property
    def operator_kinds(self) -> tuple[int, ...]:
        return tuple(operator.kind for operator in self.twin.image.operators)

    def run(self, data: bytes) -> bytes:
        x = np.frombuffer(data, np.int8).reshape(self.twin.image.input_shape)
        return self.twin.run(x).tobytes()


def open_image(data: bytes) -> TwinNetwork:
    """Make an image ready to run; raises ValueError when it is none."""
    try:
        return TwinNetwork(twin=Twin(Image(data)))
    except (ImageError, TwinError) as error:
        raise ValueError(str(error)) from error


def loopback(*, max_payload: int = 512) -> LoopbackAgent:
    """Return a device in this process that runs images."""
    return LoopbackAgent(open_image=open_image, max_payload=max_payload)


@cache
def network(seed: int) -> Image:
    """Return one of many networks of equal layout: all weights, biases and scales differ."""
    graph = int8.quantize(residual_network(seed=seed), calibration_slots(num_slots=4))
    return image.compile(graph, memory.plan(graph))


def slot(seed: int) -> NDArray[np.int8]:
    """Draw an input of these networks."""
    shape = network(1).input_shape
    return np.random.default_rng(seed).integers(-128, 128, shape, dtype=np.int8)


def output(of: Image, *, seed: int) -> NDArray[np.int8]:
    """Return what the twin of a network makes of an input."""
    return Twin(of).run(slot(seed))
