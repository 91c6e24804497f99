# SPDX-License-Identifier: Apache-2.0
"""Constants of a float32 graph as integers: weights, biases, and operands of sums and the like."""

from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from boards.affine import quantization_for, to_int8
from boards.graph import Graph, Operator, OperatorKind, Quantization, Tensor
from boards.narrow import WIDE, WeightBits, weight_limit

_BIAS_MAX = 2**30
_CLIPPING = np.linspace(0.2, 1.0, 33)
CHANNEL_AXIS = {
    OperatorKind.CONV_2D: 0,
    OperatorKind.DEPTHWISE_CONV_2D: 3,
    OperatorKind.FULLY_CONNECTED: 0,
}
"""The axis of the weights along which each output channel has its own scale."""


def quantize_weights(
    graph: Graph,
    operator: Operator,
    source: Quantization,
    *,
    bits: WeightBits = WIDE,
    kept: NDArray[np.float64] | None = None,
) -> tuple[Tensor, Tensor]:
    """Return weights of so many bits, as int8, and int32 bias of a layer that has them.

    A channel whose weights are tiny beside its bias gets the scale that lets the bias fit; one that
    fits a scale that is `kept` keeps it.
    """
    weights, bias = (graph.tensors[name] for name in operator.inputs[1:])
    w, b = (np.asarray(tensor.data, dtype=np.float64) for tensor in (weights, bias))
    axis, source_scale = CHANNEL_AXIS[operator.kind], float(source.scale[0])
    scale = scales_of_channels(w, b, axis=axis, bits=bits, source_scale=source_scale)
    if kept is not None:
        scale = np.where(scale <= kept, kept, scale)
    return (
        quantized_weights(weights, w, scale, axis=axis, bits=bits),
        quantized_bias(bias, b, source_scale * scale),
    )


def scales_of_channels(
    weights: NDArray[np.float64],
    bias: NDArray[np.float64],
    *,
    axis: int,
    bits: WeightBits,
    source_scale: float,
) -> NDArray[np.float64]:
    """Return the scale of each channel's weights, such that its bias fits too.

    With 8 bits the largest weight of a channel is kept; with fewer it is clipped where that makes
    the square of all errors least.
    """
    largest = np.abs(weights).max(axis=_others(weights, axis))
    clipped = largest if bits == WIDE else largest * _best_clipping(weights, largest, axis, bits)
    scale = np.maximum(clipped / weight_limit(bits), np.abs(bias) / (source_scale * _BIAS_MAX))
    return np.where(scale > 0.0, scale, 1.0).astype(np.float32).astype(np.float64)


def quantized_weights(
    weights: Tensor,
    real: NDArray[np.float64],
    scale: NDArray[np.float64],
    *,
    axis: int,
    bits: WeightBits,
) -> Tensor:
    """Return real weights in the scales of their channels, as int8."""
    integers = _rounded(real, along_channels(scale, axis=axis, rank=real.ndim), bits)
    return replace(
        weights,
        dtype="int8",
        data=integers.astype(np.int8),
        quantization=Quantization(scale=scale, axis=axis, bits=bits),
    )


def quantized_bias(bias: Tensor, real: NDArray[np.float64], scale: NDArray[np.float64]) -> Tensor:
    """Return a real bias in the scales of its channels' sums, as int32."""
    return replace(
        bias,
        dtype="int32",
        data=np.rint(real / scale).astype(np.int32),
        quantization=Quantization(scale=scale, axis=0),
    )


def along_channels(scale: NDArray[np.float64], *, axis: int, rank: int) -> NDArray[np.float64]:
    """Return one scale a channel in the shape that broadcasts to the weights."""
    return scale.reshape([-1 if one == axis else 1 for one in range(rank)])


def _best_clipping(
    weights: NDArray[np.float64], largest: NDArray[np.float64], axis: int, bits: WeightBits
) -> NDArray[np.float64]:
    """Return how much of its largest weight each channel keeps, float64 [num_channels]."""
    errors: list[NDArray[np.float64]] = []
    for share in _CLIPPING:
        scale = np.where(largest > 0.0, share * largest, 1.0) / weight_limit(bits)
        steps = along_channels(scale, axis=axis, rank=weights.ndim)
        change = _rounded(weights, steps, bits) * steps - weights
        errors.append((change**2).sum(axis=_others(weights, axis)))
    best: NDArray[np.float64] = _CLIPPING[np.argmin(errors, axis=0)]
    return best


def _rounded(
    real: NDArray[np.float64], steps: NDArray[np.float64], bits: WeightBits
) -> NDArray[np.float64]:
    limit = weight_limit(bits)
    return np.rint(real / steps).clip(-limit, limit)


def _others(weights: NDArray[np.float64], axis: int) -> tuple[int, ...]:
    return tuple(one for one in range(weights.ndim) if one != axis)


def quantize_operand(tensor: Tensor, quantization: Quantization | None = None) -> Tensor:
    """Return a constant as int8, in the scale of its own range unless another is given."""
    data = np.asarray(tensor.data, dtype=np.float64)
    own = quantization_for(low=float(data.min()), high=float(data.max()))
    chosen = own if quantization is None else quantization
    return replace(tensor, dtype="int8", data=to_int8(data, chosen), quantization=chosen)


def with_own_constants(graph: Graph) -> Graph:
    """Return the graph with constants of which each is read by one operator, once.

    Files share weights between operators whose inputs have different scales.
    """
    tensors, operators = dict(graph.tensors), list[Operator]()
    taken: set[str] = set()
    for operator in graph.operators:
        inputs: list[str] = []
        for i, name in enumerate(operator.inputs):
            own = name if name not in taken else f"{name}_of_{operator.output}_{i}"
            inputs.append(own)
            if graph.tensors[name].data is not None:
                tensors[own] = replace(graph.tensors[name], name=own)
                taken.add(own)
        operators.append(replace(operator, inputs=tuple(inputs)))
    return replace(graph, tensors=tensors, operators=tuple(operators))
