# SPDX-License-Identifier: Apache-2.0
"""Networks that others made, from files to images: integers stay, real numbers are quantized."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

from boards import image, keras_model, memory, tflite
from boards.borders import without_real_borders
from boards.compiler import operator_names
from boards.compress.pipeline import (
    Quantized,
    is_float,
    load_samples,
    quantize_model,
    shape_of_samples,
)
from boards.compress.widths import Narrowing, Widths, narrowed
from boards.errors import GraphError
from boards.graph import Graph
from boards.image import Image
from boards.memory import MemoryPlan


@dataclass(frozen=True, slots=True, kw_only=True)
class Model:
    """A network, compiled.

    Parameters
    ----------
    graph : Graph
        The int8 network.
    plan : MemoryPlan
        Where its activations lie.
    image : Image
    operators : tuple of str
        Which operator of the network each of the image's comes from.
    quantized : Quantized or None
        What quantization cost; None if the file holds integers.
    narrowings : tuple of Narrowing
        Layers of a file of integers that take less than 8 bits, and what that changed.
    """

    graph: Graph
    plan: MemoryPlan
    image: Image
    operators: tuple[str, ...]
    quantized: Quantized | None
    narrowings: tuple[Narrowing, ...]


def is_model(network: str) -> bool:
    """Return whether a file is one of these, by its suffix."""
    return Path(network).suffix in _READERS


def compile_model(
    path: Path, *, calibration: Path | None, weight_bits: Widths | None = None
) -> Model:
    """Read a network, quantize it if it is float32, and compile it.

    Parameters
    ----------
    path : Path
        A `.tflite` or `.keras` model.
    calibration : Path or None
        An `.npy` file of inputs, float32 [num_samples, ...], for a network of float32; None for
        one of integers.
    weight_bits : Widths or None
        What weights take; None = 8 bits of a network of float32, the fewest that hold them as they
        are of one of integers.

    Raises
    ------
    GraphError
        The network cannot be read or quantized, or there are samples for a network of integers, or
        none for one of float32; or it has no layer of a name.
    ImageError
        Devices do not run it.
    """
    graph, quantized, narrowings = _read(path, calibration, weight_bits)
    layout = memory.plan(graph)
    return Model(
        graph=graph,
        plan=layout,
        image=image.compile(graph, layout),
        operators=operator_names(graph, layout),
        quantized=quantized,
        narrowings=narrowings,
    )


def _read(
    path: Path, calibration: Path | None, weight_bits: Widths | None
) -> tuple[Graph, Quantized | None, tuple[Narrowing, ...]]:
    graph = _READERS[path.suffix](path)
    widths = Widths() if weight_bits is None else weight_bits
    if is_float(graph):
        quantized = _quantized(graph, calibration, widths)
        return quantized.graph, quantized, ()
    if calibration is not None:
        raise GraphError(f"{path}: holds integers already; leave {calibration} away")
    graph, narrowings = narrowed(graph, widths)
    return graph, None, narrowings


def _quantized(graph: Graph, calibration: Path | None, weight_bits: Widths) -> Quantized:
    if calibration is None:
        raise GraphError(
            f"network {graph.name!r} is float32; give inputs to quantize it with: "
            f"--calibration FILE.npy, float32 {shape_of_samples(graph)}"
        )
    return quantize_model(graph, load_samples(calibration, graph), weight_bits=weight_bits)


def _from_tflite(path: Path) -> Graph:
    return without_real_borders(tflite.load(path))


_READERS: Mapping[str, Callable[[Path], Graph]] = {
    ".keras": keras_model.load,
    ".tflite": _from_tflite,
}
