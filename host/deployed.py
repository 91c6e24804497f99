# SPDX-License-Identifier: Apache-2.0
"""What a device was given to run, and how slots go through it."""

from dataclasses import dataclass
from typing import Protocol

from boards.graph import Graph
from boards.image import Image
from receivers.neural.deployment import Executor, QuantizedReceiver
from receivers.receiver import Receiver


class Deployed(Protocol):
    """An image, and the receiver around whatever runs it."""

    @property
    def image(self) -> Image:
        """Return what the device loads."""
        ...

    @property
    def names(self) -> tuple[str, ...]:
        """Return what its operators are called."""
        ...

    @property
    def runs_per_slot(self) -> int:
        """Return how often it runs for one slot."""
        ...

    def receiver(self, executor: Executor) -> Receiver:
        """Return the receiver, which has the executor run the image."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class DeployedNetwork:
    """An OFDM receiver's network, which takes a slot in one run; satisfies `Deployed`.

    Parameters
    ----------
    graph : Graph
        The quantized network; tells the scales of input and output.
    image : Image
        The same, compiled.
    """

    graph: Graph
    image: Image

    @property
    def names(self) -> tuple[str, ...]:
        """Return what its operators are called."""
        return tuple(operator.name for operator in self.graph.operators)

    @property
    def runs_per_slot(self) -> int:
        """Return 1."""
        return 1

    def receiver(self, executor: Executor) -> Receiver:
        """Return the receiver, which has the executor run the image."""
        return QuantizedReceiver(self.graph, executor)
