# SPDX-License-Identifier: Apache-2.0
"""From a receiver's name to what a device runs: the int8 network, its memory plan, its image."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from boards import image, memory
from boards.complexity import count_macs
from boards.graph import Graph
from boards.image import Image
from boards.memory import MemoryPlan
from channels.scenario import Scenario
from receivers import catalog
from receivers.errors import UnsuitedReceiverError
from receivers.neural import deployment
from receivers.neural.weights import Weights, load, shipped


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


def deploy(receiver: str, scenario: Scenario) -> Deployment:
    """Quantize and compile the network of a receiver for a scenario's grid.

    Parameters
    ----------
    receiver : str
        A network of the catalog, or a file of weights (*.npz).
    scenario : Scenario
        Gives the size of the grid, and the slots that the quantizer looks at.

    Raises
    ------
    UnknownReceiverError, UnsuitedReceiverError, WeightsError
        There is no such receiver, it is no network, or it was made for another link.
    """
    graph = deployment.int8_graph(_weights(receiver, scenario), scenario)
    plan = memory.plan(graph)
    return Deployment(
        graph=graph, plan=plan, image=image.compile(graph, plan), macs=count_macs(graph)
    )


def _weights(receiver: str, scenario: Scenario) -> Weights:
    if receiver.endswith(".npz"):
        return load(Path(receiver))
    catalog.build(receiver, scenario)
    if not receiver.startswith(catalog.NEURAL_PREFIX):
        raise UnsuitedReceiverError(
            receiver=receiver,
            scenario=scenario.name,
            problem="it is no network and runs on the host only",
        )
    return load(shipped(receiver.removeprefix(catalog.NEURAL_PREFIX)))
