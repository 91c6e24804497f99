# SPDX-License-Identifier: Apache-2.0
"""Constants of a float32 graph as integers: weights, biases, and operands of sums and the like."""

from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from boards.affine import quantization_for, to_int8
from boards.graph import Graph, Operator, OperatorKind, Quantization, Tensor

WEIGHT_MAX = 127
_BIAS_MAX = 2**30
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
    kept: NDArray[np.float64] | None = None,
) -> tuple[Tensor, Tensor]:
    """Return int8 weights and int32 bias of a convolution or FULLY_CONNECTED.

    A channel whose weights are tiny beside its bias gets the scale that lets the bias fit; one that
    fits a scale that is `kept` keeps it.
    """
    weights, bias = (graph.tensors[name] for name in operator.inputs[1:])
    w, b = (np.asarray(tensor.data, dtype=np.float64) for tensor in (weights, bias))
    axis = CHANNEL_AXIS[operator.kind]
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
