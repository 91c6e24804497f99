# SPDX-License-Identifier: Apache-2.0
"""From trained weights to what a device runs: the int8 network, its memory plan, its image."""

from collections.abc import Mapping
from dataclasses import dataclass

from boards import image, memory
from boards.complexity import count_macs
from boards.compress.widths import EVERY_WIDE, Widths
from boards.graph import Graph
from boards.image import Image
from boards.memory import MemoryPlan
from channels.scenario import Scenario
from host.deployed import DeployedNetwork
from host.networks import Network
from receivers.neural import deployment
from receivers.neural.weights import load


@dataclass(frozen=True, slots=True, kw_only=True)
class Deployment:
    """One network, compiled.

    Parameters
    ----------
    graph : Graph
        The int8 network.
    plan : MemoryPlan
        Where its activations lie.
    image : Image
        What a device loads.
    macs : mapping of str to int
        Multiply-accumulates of each operator for one slot.
    """

    graph: Graph
    plan: MemoryPlan
    image: Image
    macs: Mapping[str, int]

    @property
    def network(self) -> DeployedNetwork:
        """Return what a device was given of it."""
        return DeployedNetwork(graph=self.graph, image=self.image)


def deploy(network: Network, scenario: Scenario, *, weight_bits: Widths = EVERY_WIDE) -> Deployment:
    """Quantize and compile a network for a scenario's grid.

    Parameters
    ----------
    network : Network
    scenario : Scenario
        Gives the size of the grid, and the slots that the quantizer looks at.
    weight_bits : Widths
        What weights take; layers that it does not mention take 8 bits.

    Raises
    ------
    WeightsError
        The file of weights is gone, or has changed.
    GraphError
        The network has no layer of a name.
    """
    weights = load(network.path, sha256=network.sha256)
    graph = deployment.int8_graph(weights, scenario, weight_bits=weight_bits)
    plan = memory.plan(graph)
    return Deployment(
        graph=graph, plan=plan, image=image.compile(graph, plan), macs=count_macs(graph)
    )
