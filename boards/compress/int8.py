# SPDX-License-Identifier: Apache-2.0
"""Post-training quantization of a float32 graph to int8, by LiteRT's scheme.

Weights are symmetric, one scale an output channel, -127..127, or in fewer bits as `widths.py` has
it; activations are asymmetric, one scale a tensor; the bias is int32 at the scale of the products.
Behind a RELU the zero point is -128.
`scales.py` says which activations share a scale; where an input of a CONCATENATION does not have
that of its output, a QUANTIZE is put in between.

Source
------
LiteRT 8-bit quantization specification; Jacob et al., arXiv 1712.05877.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from boards import reference
from boards.affine import same_scale, to_float, to_int8
from boards.compress.constants import (
    CHANNEL_AXIS,
    quantize_operand,
    quantize_weights,
    with_own_constants,
)
from boards.compress.fixed_point import ROUNDING
from boards.compress.ranges import Range, RangeMethod, choose_range, observe
from boards.compress.scales import scales_of
from boards.compress.widths import EVERY_WIDE, Widths
from boards.errors import GraphError
from boards.graph import Graph, Operator, OperatorKind, Quantization, Tensor
from boards.narrow import WIDE, WeightBits
from boards.requantization import quantization_of

_NOT_FOR_FLOATS = (OperatorKind.QUANTIZE, OperatorKind.DEQUANTIZE)

OutputError = Callable[[NDArray[np.float32], NDArray[np.float32]], float]


def relative_square_error(expected: NDArray[np.float32], y: NDArray[np.float32]) -> float:
    """Return the mean square of y - expected over that of expected."""
    power = float(np.mean(np.square(expected, dtype=np.float64)))
    noise = float(np.mean(np.square(y - expected, dtype=np.float64)))
    return noise / power if power > 0.0 else noise


def quantize(
    graph: Graph,
    calibration: Iterable[NDArray[np.float32]],
    *,
    method: RangeMethod | None = None,
    ranges: Mapping[str, Range] | None = None,
    weight_bits: Widths = EVERY_WIDE,
    error: OutputError = relative_square_error,
) -> Graph:
    """Quantize a float32 graph to int8.

    Parameters
    ----------
    graph : Graph
        A float32 network of any operators but QUANTIZE and DEQUANTIZE.
    calibration : iterable of float32 [height, width, num_channels]
        Inputs as the network will meet them, of the shape that it reads; some dozens are enough.
    method : RangeMethod or None
        How activation ranges are chosen; None tries all and keeps the one whose int8 output has
        the least error on the calibration data.
    ranges : (low, high) by tensor name, or None
        Ranges that are known beforehand, such as that of a clipped input or output.
    weight_bits : Widths
        What weights take; layers that it does not mention take 8 bits.
    error : callable
        Takes the float output and the dequantized int8 output, both float32
        [num_slots, height, width, num_out], and returns what shall be small.

    Returns
    -------
    Graph
        int8, same names; its metadata tells the rounding, the calibration and the error reached.
        Constants that several operators read, and rescaled inputs of a CONCATENATION, have names of
        their own.

    Raises
    ------
    GraphError
        If the graph is not float32, the calibration data are missing or of another shape, or
        there are bits for a layer that it does not have.
    """
    _check_kinds(graph)
    bits = weight_bits.of(graph)
    graph = with_own_constants(graph)
    x = _stack(graph, calibration)
    histograms = observe(graph, x)
    expected: NDArray[np.float32] = reference.run(graph, x)
    reached: dict[RangeMethod, tuple[float, Graph]] = {}
    for candidate in [method] if method else list(RangeMethod):
        chosen = {name: choose_range(seen, candidate) for name, seen in histograms.items()}
        quantized = _convert(graph, scales_of(graph, chosen, given=ranges or {}), bits)
        reached[candidate] = error(expected, _run_in_float(quantized, x)), quantized
    best = min(reached, key=lambda candidate: reached[candidate][0])
    metadata = {
        **graph.metadata,
        "rounding": ROUNDING,
        "calibration": f"{len(x)} slots, ranges by {best}",
        "calibration_error": ", ".join(f"{one} {value:.3g}" for one, (value, _) in reached.items()),
    }
    return replace(reached[best][1], metadata=metadata)


def _check_kinds(graph: Graph) -> None:
    unknown = [f"{one.kind} ({one.name})" for one in graph.operators if one.kind in _NOT_FOR_FLOATS]
    if unknown:
        raise GraphError(
            f"network {graph.name!r} cannot be quantized here: {', '.join(unknown)}. Import a "
            "model that is float32 throughout, or int8 already"
        )


def requantize(graph: Graph, like: Graph) -> Graph:
    """Quantize a float32 graph with the scales of an int8 graph of the same operators.

    Activations keep scale and zero point, and weights their scales, so that little else than the
    weights themselves changes. A channel whose weights have outgrown its scale gets a new one.

    Parameters
    ----------
    graph : Graph
        The float32 network, after learning.
    like : Graph
        The int8 network before.

    Raises
    ------
    GraphError
        If the two do not have the same tensors.
    """
    if {t.name for t in graph.tensors.values()} != {t.name for t in like.tensors.values()}:
        raise GraphError(f"network {graph.name!r} is no variant of {like.name!r}: quantize it anew")
    tensors = {name: like.tensors[name] for name, t in graph.tensors.items() if t.data is None}
    for operator in graph.operators:
        if operator.kind in CHANNEL_AXIS:
            source = quantization_of(tensors[operator.inputs[0]])
            before = quantization_of(like.tensors[operator.inputs[1]])
            constants = quantize_weights(
                graph, operator, source, bits=before.bits, kept=before.scale
            )
            tensors |= {one.name: one for one in constants}
    return replace(like, tensors={name: tensors[name] for name in like.tensors})


def _stack(graph: Graph, calibration: Iterable[NDArray[np.float32]]) -> NDArray[np.float32]:
    """Return the calibration data as one array, once they and the graph are seen to fit."""
    floats = {t.name for t in graph.tensors.values() if t.dtype == "float32"}
    if len(floats) != len(graph.tensors):
        others = ", ".join(sorted(set(graph.tensors) - floats))
        raise GraphError(f"network {graph.name!r} is not float32 at {others}: quantize it once")
    slots = list(calibration)
    if not slots:
        raise GraphError(f"network {graph.name!r}: there are no calibration data; give some slots")
    return np.stack(slots).astype(np.float32)


def _run_in_float(graph: Graph, x: NDArray[np.float32]) -> NDArray[np.float32]:
    """Run an int8 graph slot by slot on real numbers."""
    source = quantization_of(graph.tensors[graph.input])
    result = quantization_of(graph.tensors[graph.output])
    outputs = [reference.run(graph, to_int8(slot, source)) for slot in x]
    return to_float(np.stack(outputs), result)


def _convert(
    graph: Graph, scales: Mapping[str, Quantization], bits: Mapping[str, WeightBits]
) -> Graph:
    """Return the graph with every tensor quantized."""
    tensors = {
        name: replace(tensor, dtype="int8", quantization=scales[name])
        for name, tensor in graph.tensors.items()
        if tensor.data is None
    }
    operators: list[Operator] = []
    for operator in graph.operators:
        if operator.kind is OperatorKind.CONCATENATION:
            operators += _joined(graph, operator, tensors)
            continue
        operators.append(operator)
        if operator.kind in CHANNEL_AXIS:
            source = scales[operator.inputs[0]]
            own = bits.get(operator.name, WIDE)
            made = quantize_weights(graph, operator, source, bits=own)
            tensors |= {one.name: one for one in made}
            continue
        constants = [graph.tensors[name] for name in operator.inputs if name not in tensors]
        tensors |= {one.name: quantize_operand(one) for one in constants}
    order = [*graph.tensors, *(name for name in tensors if name not in graph.tensors)]
    ordered = {name: tensors[name] for name in order}
    return replace(graph, tensors=ordered, operators=tuple(operators))


def _joined(graph: Graph, operator: Operator, tensors: dict[str, Tensor]) -> list[Operator]:
    """Return a CONCATENATION, and before it what rescales its inputs; add their tensors."""
    result = tensors[operator.output]
    operators: list[Operator] = []
    inputs: list[str] = []
    for i, name in enumerate(operator.inputs):
        inputs.append(name)
        if name not in tensors:
            tensors[name] = quantize_operand(graph.tensors[name], result.quantization)
        elif not same_scale(tensors[name], result):
            inputs[i] = f"{name}_for_{operator.output}_{i}"
            tensors[inputs[i]] = replace(
                tensors[name], name=inputs[i], quantization=result.quantization
            )
            operators.append(
                Operator(
                    name=inputs[i],
                    kind=OperatorKind.QUANTIZE,
                    inputs=(name,),
                    output=inputs[i],
                )
            )
    return [*operators, replace(operator, inputs=tuple(inputs))]
