# SPDX-License-Identifier: Apache-2.0
"""A network by name or file, compiled: receivers, weights, models of others, and images."""

from dataclasses import dataclass, replace
from pathlib import Path

from boards.board import Board
from boards.body import Body
from boards.compiler import operator_names
from boards.compress.pipeline import Quantized
from boards.compress.widths import EVERY_WIDE, Narrowing, Widths
from boards.errors import GraphError, ImageError
from boards.fitting import Tiling, fit
from boards.graph import Graph
from boards.image import Image
from boards.memory import MemoryPlan
from boards.parameters import Spiking
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
    tiling : Tiling or None
        How it was cut into bands; None if it was not.
    """

    image: Image
    operators: tuple[str, ...] = ()
    planned: tuple[Graph, MemoryPlan] | None = None
    quantized: Quantized | None = None
    narrowings: tuple[Narrowing, ...] = ()
    tiling: Tiling | None = None

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
        It cannot be read, quantized or compiled, or there are inputs for what is no such model;
        or it is the image of a spiking network.
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
        return Compiled(image=_loaded(network))
    return _receiver(network, scenario, weight_bits or EVERY_WIDE)


def fitted(network: Compiled, board: Board, *, arena_bytes: int | None) -> Compiled:
    """Return a network cut into bands if it needs that to fit, and as it is if not.

    Parameters
    ----------
    network : Compiled
    board : Board
        Whose arena it is for.
    arena_bytes : int or None
        What it may take; None = what the board has, and what does not fit in bands either is
        returned as it is.

    Raises
    ------
    GraphError
        A budget is given, and the network is an image already.
    ImageError
        It fits the budget in no way, or the budget is more than the board has.
    """
    there_is = board.memory.arena_bytes
    if arena_bytes is not None and arena_bytes > there_is:
        raise ImageError(f"--arena {arena_bytes}: {board.name} has {there_is} bytes; ask for less")
    if network.planned is None:
        if arena_bytes is not None:
            raise GraphError(f"--arena: {network.image.source} is compiled already; leave it away")
        return network
    if network.image.arena_bytes(board.body) <= (arena_bytes or there_is):
        return network
    try:
        found = fit(network.planned[0], body=board.body, arena_bytes=arena_bytes or there_is)
    except ImageError:
        if arena_bytes is not None:
            raise
        return network
    return replace(
        network,
        image=found.image,
        operators=operator_names(found.graph, found.plan),
        planned=(found.graph, found.plan),
        tiling=found.tiling,
    )


def _loaded(network: str) -> Image:
    image = Image.load(network)
    if any(isinstance(operator.parameters, Spiking) for operator in image.operators):
        raise GraphError(
            f"{network} holds a spiking network, and neither its time step nor its classes: "
            "deploy the file that it was made from (*.snn.npz)"
        )
    return image


def _receiver(network: str, scenario: str, weight_bits: Widths) -> Compiled:
    from channels import scenario as scenarios
    from host import deployment, networks

    link = scenarios.load(scenario)
    made = deployment.deploy(networks.find(network, link), link, weight_bits=weight_bits)
    names = tuple(operator.name for operator in made.graph.operators)
    return Compiled(image=made.image, operators=names, planned=(made.graph, made.plan))
