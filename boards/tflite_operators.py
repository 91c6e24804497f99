# SPDX-License-Identifier: Apache-2.0
"""The operators of a `.tflite` model, one by one, as those of a graph."""

from collections.abc import Callable, Mapping, Sequence
from functools import cache
from typing import Any

import numpy as np

from boards import tflite_moving as moving
from boards.errors import GraphError
from boards.graph import Operator, OperatorKind, Quantization, Tensor
from boards.kernels.softmax import OUTPUT_SCALE, OUTPUT_ZERO_POINT
from boards.options import Axes, Leak, Pool, Softmax
from boards.tflite_node import Node, Read, plain_operator
from boards.tflite_tensors import TensorTable

_Handler = Callable[[Node], Read]


def operator_of(
    node: Any,  # noqa: ANN401  # the schema's classes have no types
    codes: Sequence[Any],
    table: TensorTable,
    *,
    number: int,
    known: Mapping[str, Tensor],
) -> tuple[Operator, dict[str, Tensor]]:
    """Return an operator, and the tensors that come with it: constants and output.

    Raises
    ------
    GraphError
        It is not supported, or does not fit its tensors; the message says what and where.
    FollowUpError
        It reads an activation that nobody makes.
    """
    entry = codes[node.opcodeIndex]
    code = max(int(entry.builtinCode or 0), int(entry.deprecatedBuiltinCode or 0))
    found = Node(
        code=_code_names().get(code, f"operator {code} of the schema"),
        options=node.builtinOptions,
        inputs=tuple(int(i) for i in (() if node.inputs is None else node.inputs)),
        outputs=tuple(int(i) for i in (() if node.outputs is None else node.outputs)),
        table=table,
        known=known,
    )
    try:
        if found.code not in _HANDLERS:
            raise GraphError("is not supported")
        operator, constants = _HANDLERS[found.code](found)
    except GraphError as error:
        raise GraphError(f"{found.code}, operator {number}: {error}") from None
    return operator, {tensor.name: tensor for tensor in (*constants, found.output)}


def supported() -> tuple[str, ...]:
    """Return the operators that can be read, as the schema calls them."""
    return tuple(sorted(_HANDLERS))


@cache
def _code_names() -> Mapping[int, str]:
    """Return the operators of the schema by their codes."""
    from ai_edge_litert import schema_py_generated as schema

    return {code: name for name, code in vars(schema.BuiltinOperator).items() if name.isupper()}


def _convolution(node: Node) -> Read:
    kind = OperatorKind(node.code)
    channel_axis = 3 if kind is OperatorKind.DEPTHWISE_CONV_2D else 0
    x, weights, bias = _weighted(node, channel_axis=channel_axis)
    operator = Operator(
        name=node.name,
        kind=kind,
        inputs=(x.name, weights.name, bias.name),
        output=node.output.name,
        activation=node.fused,
        dilation=(int(node.option("dilationHFactor", 1)), int(node.option("dilationWFactor", 1))),
        stride=node.stride,
        padding=node.padding,
    )
    return operator, (weights, bias)


def _connection(node: Node) -> Read:
    x, weights, bias = _weighted(node, channel_axis=0)
    if node.option("weightsFormat", 0):
        raise GraphError("shuffled weights are not supported")
    return plain_operator(node, OperatorKind.FULLY_CONNECTED, (x, weights, bias))


def _weighted(node: Node, *, channel_axis: int) -> tuple[Tensor, Tensor, Tensor]:
    x, weights = node.activation(0), node.constant(1)
    if len(weights.shape) <= channel_axis or weights.dtype != x.dtype:
        raise GraphError(f"weights {weights.dtype} {list(weights.shape)} on {x.dtype}")
    if weights.quantization is not None and weights.quantization.axis not in (None, channel_axis):
        raise GraphError(f"scales run along axis {weights.quantization.axis} of the weights")
    bias = node.constant(2) if node.has(2) else _no_bias(node, x, weights, channel_axis)
    wanted = "int32" if x.dtype == "int8" else "float32"
    if bias.dtype != wanted:
        raise GraphError(f"the bias is {bias.dtype}, not {wanted}")
    return x, weights, bias


def _no_bias(node: Node, x: Tensor, weights: Tensor, channel_axis: int) -> Tensor:
    num_out = weights.shape[channel_axis]
    data = np.zeros(num_out, np.int32 if x.dtype == "int8" else np.float32)
    quantization = None
    if x.quantization is not None and weights.quantization is not None:
        scale = x.quantization.scale * weights.quantization.scale
        quantization = Quantization(scale=scale, axis=0 if len(scale) > 1 else None)
    return Tensor(
        name=f"{node.name}_bias",
        shape=(num_out,),
        dtype="int32" if x.dtype == "int8" else "float32",
        quantization=quantization,
        data=data,
    )


def _elementwise(node: Node) -> Read:
    rank = len(node.output.shape)
    one, other = (node.operand(i, rank=rank) for i in range(2))
    if one.data is not None and other.data is not None:
        raise GraphError("both inputs are constants")
    if one.dtype != other.dtype or one.dtype == "int32":
        raise GraphError(f"inputs {one.dtype} and {other.dtype}")
    return plain_operator(node, OperatorKind(node.code), (one, other))


def _pool(node: Node) -> Read:
    x = node.unscaled()
    kernel = int(node.option("filterHeight", 0)), int(node.option("filterWidth", 0))
    operator = Operator(
        name=node.name,
        kind=OperatorKind(node.code),
        inputs=(x.name,),
        output=node.output.name,
        activation=node.fused,
        stride=node.stride,
        padding=node.padding,
        options=Pool(kernel=kernel),
    )
    return operator, ()


def _mean(node: Node) -> Read:
    x = node.activation(0)
    axes = tuple(sorted({node.axis(axis, rank=len(x.shape)) for axis in node.integers(1)}))
    return plain_operator(node, OperatorKind.MEAN, (x,), options=Axes(axes=axes))


def _softmax(node: Node) -> Read:
    beta = float(node.option("beta", 1.0))
    quantization = node.output.quantization
    if quantization is not None and node.output.dtype == "int8":
        told = (float(quantization.scale[0]), quantization.zero_point)
        if told != (OUTPUT_SCALE, OUTPUT_ZERO_POINT):
            raise GraphError(f"its output has scale and zero point {told}, not (1/256, -128)")
    x = node.activation(0)
    return plain_operator(node, OperatorKind.SOFTMAX, (x,), options=Softmax(beta=beta))


def _unary(node: Node) -> Read:
    return plain_operator(node, OperatorKind(node.code), (node.activation(0),))


def _leaky_relu(node: Node) -> Read:
    leak = Leak(alpha=float(node.option("alpha", 0.0)))
    return plain_operator(node, OperatorKind.LEAKY_RELU, (node.activation(0),), options=leak)


_HANDLERS: Mapping[str, _Handler] = {
    "CONV_2D": _convolution,
    "DEPTHWISE_CONV_2D": _convolution,
    "FULLY_CONNECTED": _connection,
    "ADD": _elementwise,
    "SUB": _elementwise,
    "MUL": _elementwise,
    "AVERAGE_POOL_2D": _pool,
    "MAX_POOL_2D": _pool,
    "MEAN": _mean,
    "SOFTMAX": _softmax,
    "LOGISTIC": _unary,
    "TANH": _unary,
    "RELU": _unary,
    "RELU6": _unary,
    "LEAKY_RELU": _leaky_relu,
    "QUANTIZE": _unary,
    "DEQUANTIZE": _unary,
    "RESHAPE": moving.read_reshape,
    "SQUEEZE": moving.read_reshape,
    "EXPAND_DIMS": moving.read_reshape,
    "TRANSPOSE": moving.read_transpose,
    "CONCATENATION": moving.read_concatenation,
    "TILE": moving.read_tile,
    "PAD": moving.read_pad,
    "SLICE": moving.read_slice,
    "STRIDED_SLICE": moving.read_strided_slice,
    "RESIZE_NEAREST_NEIGHBOR": moving.read_resize,
}
