# SPDX-License-Identifier: Apache-2.0
"""A network by name or file, compiled: receivers, weights, models of others, and images."""

from dataclasses import dataclass
from pathlib import Path

from boards.body import Body
from boards.compress.pipeline import Quantized
from boards.compress.widths import EVERY_WIDE, Narrowing, Widths
from boards.errors import GraphError
from boards.graph import Graph
from boards.image import Image
from boards.memory import MemoryPlan
from host import models
from host.memory_map import MemoryMap, memory_map

_IMAGE, _WEIGHTS = ".image", ".npz"


@dataclass(frozen=True, slots=True, kw_only=True)
class Compiled:
    """What a board loads, and what is known of where it comes from.

    Parameters
    ----------
    image : Image
    operators : tuple of str
        Which operator of the network each of the image's comes from; empty for a bare image.
    planned : (Graph, MemoryPlan) or None
        The int8 network and where its activations lie; None for a bare image.
    quantized : Quantized or None
        What quantization cost, where that was done here.
    narrowings : tuple of Narrowing
        Layers of a file of integers that take less than 8 bits, and what that changed.
    """

    image: Image
    operators: tuple[str, ...] = ()
    planned: tuple[Graph, MemoryPlan] | None = None
    quantized: Quantized | None = None
    narrowings: tuple[Narrowing, ...] = ()

    def memory_map(self, body: Body) -> MemoryMap | None:
        """Return the arena on a kind of core; None for a bare image."""
        if self.planned is None:
            return None
        graph, plan = self.planned
        return memory_map(graph, plan, self.image, body)


def compile_network(
    network: str, *, scenario: str, calibration: Path | None, weight_bits: Widths | None = None
) -> Compiled:
    """Compile whatever a network is named by.

    Parameters
    ----------
    network : str
        A neural receiver, a file of weights, a `.tflite` or `.keras` model, or an image.
    scenario : str
        Gives a receiver the grid, and the slots that the quantizer looks at.
    calibration : Path or None
        Inputs that a model of float32 is quantized with.
    weight_bits : Widths or None
        What weights take; None = 8 bits, and the fewest that hold them as they are of a model of
        integers.

    Raises
    ------
    GraphError, ImageError
        It cannot be read, quantized or compiled, or there are inputs for what is no such model.
    WeightsError, ReceiverError, ChannelError
        There is no such receiver or scenario, or they do not fit each other.
    """
    if models.is_model(network):
        model = models.compile_model(
            Path(network), calibration=calibration, weight_bits=weight_bits
        )
        planned = (model.graph, model.plan)
        return Compiled(
            image=model.image,
            operators=model.operators,
            planned=planned,
            quantized=model.quantized,
            narrowings=model.narrowings,
        )
    if calibration is not None:
        raise GraphError(f"--calibration: {network} is no network of float32; leave it away")
    is_other_file = Path(network).is_file() and not network.endswith(_WEIGHTS)
    if network.endswith(_IMAGE) or is_other_file:
        if weight_bits is not None:
            raise GraphError(f"--weight-bits: {network} is compiled already; leave it away")
        return Compiled(image=Image.load(network))
    return _receiver(network, scenario, weight_bits or EVERY_WIDE)


def _receiver(network: str, scenario: str, weight_bits: Widths) -> Compiled:
    from channels import scenario as scenarios
    from host import deployment, networks

    link = scenarios.load(scenario)
    made = deployment.deploy(networks.find(network, link), link, weight_bits=weight_bits)
    names = tuple(operator.name for operator in made.graph.operators)
    return Compiled(image=made.image, operators=names, planned=(made.graph, made.plan))
