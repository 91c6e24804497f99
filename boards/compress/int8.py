# SPDX-License-Identifier: Apache-2.0
"""Post-training quantization of a float32 graph to int8, by LiteRT's scheme.

Weights are symmetric, one scale an output channel, -127..127; activations are asymmetric, one scale
a tensor; the bias is int32 at the scale of the products. Behind a RELU the zero point is -128.

Source
------
LiteRT 8-bit quantization specification; Jacob et al., arXiv 1712.05877.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from boards import reference
from boards.affine import quantization_for, to_float, to_int8
from boards.compress.fixed_point import ROUNDING
from boards.compress.ranges import Range, RangeMethod, choose_range, observe
from boards.errors import GraphError
from boards.graph import (
    ELEMENTWISE,
    Activation,
    Graph,
    Operator,
    OperatorKind,
    Quantization,
    Tensor,
)
from boards.requantization import quantization_of

WEIGHT_MAX = 127
_BIAS_MAX = 2**30
_CHANNEL_AXIS = {OperatorKind.CONV_2D: 0, OperatorKind.DEPTHWISE_CONV_2D: 3}

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
    error: OutputError = relative_square_error,
) -> Graph:
    """Quantize a float32 graph to int8.

    Parameters
    ----------
    graph : Graph
        A float32 network.
    calibration : iterable of float32 [height, width, num_channels]
        Inputs as the network will meet them; some dozens of slots are enough.
    method : RangeMethod or None
        How activation ranges are chosen; None tries all and keeps the one whose int8 output has
        the least error on the calibration data.
    ranges : (low, high) by tensor name, or None
        Ranges that are known beforehand, such as that of a clipped input or output.
    error : callable
        Takes the float output and the dequantized int8 output, both float32
        [num_slots, height, width, num_out], and returns what shall be small.

    Returns
    -------
    Graph
        int8, same names; its metadata tells the rounding, the calibration and the error reached.

    Raises
    ------
    GraphError
        If the graph is not float32, or the calibration data are missing or of another shape.
    """
    _check_kinds(graph)
    x = _stack(graph, calibration)
    histograms = observe(graph, x)
    expected: NDArray[np.float32] = reference.run(graph, x)
    reached: dict[RangeMethod, tuple[float, Graph]] = {}
    for candidate in [method] if method else list(RangeMethod):
        chosen = {name: choose_range(seen, candidate) for name, seen in histograms.items()}
        quantized = _convert(graph, {**chosen, **(ranges or {})})
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
    legal = (*_CHANNEL_AXIS, *ELEMENTWISE)
    unknown = [f"{one.kind} ({one.name})" for one in graph.operators if one.kind not in legal]
    if unknown:
        raise GraphError(
            f"network {graph.name!r} cannot be quantized here: {', '.join(unknown)}. Import a "
            "model that is int8 already"
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
        if operator.kind in _CHANNEL_AXIS:
            source = quantization_of(tensors[operator.inputs[0]])
            kept = np.asarray(quantization_of(like.tensors[operator.inputs[1]]).scale)
            constants = _quantize_constants(graph, operator, source, kept=kept)
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


def _convert(graph: Graph, ranges: Mapping[str, Range]) -> Graph:
    """Return the graph with every tensor quantized."""
    tensors = {
        name: replace(
            tensor,
            dtype="int8",
            quantization=quantization_for(low=ranges[name][0], high=ranges[name][1]),
        )
        for name, tensor in graph.tensors.items()
        if tensor.data is None
    }
    for operator in graph.operators:
        if operator.activation is Activation.RELU:
            high = ranges[operator.output][1]
            rectified = quantization_for(low=0.0, high=high)
            tensors[operator.output] = replace(tensors[operator.output], quantization=rectified)
    for operator in graph.operators:
        if operator.kind in _CHANNEL_AXIS:
            source = quantization_of(tensors[operator.inputs[0]])
            tensors |= {one.name: one for one in _quantize_constants(graph, operator, source)}
    return replace(graph, tensors={name: tensors[name] for name in graph.tensors})


def _quantize_constants(
    graph: Graph,
    operator: Operator,
    source: Quantization,
    *,
    kept: NDArray[np.float64] | None = None,
) -> tuple[Tensor, Tensor]:
    """Return int8 weights and int32 bias of a convolution.

    A channel whose weights are tiny beside its bias gets the scale that lets the bias fit; one that
    fits a scale that is `kept` keeps it.
    """
    weights, bias = (graph.tensors[name] for name in operator.inputs[1:])
    w, b = (np.asarray(tensor.data, dtype=np.float64) for tensor in (weights, bias))
    axis = _CHANNEL_AXIS[operator.kind]
    largest = np.abs(w).max(axis=tuple(one for one in range(w.ndim) if one != axis))
    scale = np.maximum(largest / WEIGHT_MAX, np.abs(b) / (source.scale[0] * _BIAS_MAX))
    scale = np.where(scale > 0.0, scale, 1.0).astype(np.float32).astype(np.float64)
    if kept is not None:
        scale = np.where(scale <= kept, kept, scale)
    along = scale.reshape([-1 if one == axis else 1 for one in range(w.ndim)])
    integers = np.rint(w / along).clip(-WEIGHT_MAX, WEIGHT_MAX).astype(np.int8)
    bias_scale = source.scale[0] * scale
    return (
        replace(
            weights,
            dtype="int8",
            data=integers,
            quantization=Quantization(scale=scale, axis=axis),
        ),
        replace(
            bias,
            dtype="int32",
            data=np.rint(b / bias_scale).astype(np.int32),
            quantization=Quantization(scale=bias_scale, axis=0),
        ),
    )
