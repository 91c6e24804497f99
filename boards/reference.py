# SPDX-License-Identifier: Apache-2.0
"""What a network computes, in NumPy: in float32, or in int8 bit for bit as the devices do.

The integers are those of LiteRT's reference kernels (resolver BUILTIN_REF): int32 sums, fixed-point
rescaling, double rounding with ties of the second step away from zero, but for FULLY_CONNECTED,
which rounds once, ties away from zero. There LiteRT multiplies by a factor of double precision, and
may round a sum within some billionths of a half to the other side. LiteRT's optimized kernels
(BUILTIN_WITHOUT_DEFAULT_DELEGATES) differ by one where they round the tie of a negative number up.
"""

from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from boards.affine import to_float
from boards.compress.fixed_point import rescale, rescale_once
from boards.convolution import convolve, convolve_depthwise
from boards.errors import GraphError
from boards.graph import DType, Graph, Operator, OperatorKind
from boards.kernels import lookup, movement, pooling, reduction, softmax
from boards.kernels.values import Step, Values, activate, constant, joined
from boards.requantization import (
    AdditionConstants,
    ConvolutionConstants,
    MultiplicationConstants,
    addition_constants,
    convolution_constants,
    multiplication_constants,
    quantization_of,
)

_CONVOLUTIONS = {
    OperatorKind.CONV_2D: convolve,
    OperatorKind.DEPTHWISE_CONV_2D: convolve_depthwise,
}


def run(graph: Graph, x: NDArray[Any]) -> NDArray[Any]:
    """Run a network on one slot or a batch of slots.

    Parameters
    ----------
    graph : Graph
        A float32 or an int8 network.
    x : float32 or int8 [..., height, width, num_channels]
        The input, of the dtype and trailing shape of the graph's input tensor, which may have
        other axes.

    Returns
    -------
    float32 or int8 [..., height, width, num_out]
        The output, with the trailing shape of the output tensor.

    Raises
    ------
    GraphError
        If the input does not match the graph.
    """
    return run_all(graph, x)[graph.output]


def run_all(graph: Graph, x: NDArray[Any]) -> Mapping[str, NDArray[Any]]:
    """Run a network as `run` does and return every activation by the name of its tensor."""
    expected = graph.tensors[graph.input]
    num_axes = x.ndim - len(expected.shape)
    if x.dtype != expected.dtype or num_axes < 0 or x.shape[num_axes:] != expected.shape:
        raise GraphError(
            f"network {graph.name!r} reads {expected.dtype} {list(expected.shape)}, "
            f"not {x.dtype} {list(x.shape)}"
        )
    values: Values = {graph.input: x.reshape(-1, *expected.shape)}
    for operator in graph.operators:
        values[operator.output] = _step(graph, operator)(graph, operator, values)
    slots = x.shape[:num_axes]
    return {name: value.reshape(*slots, *value.shape[1:]) for name, value in values.items()}


def requantize(
    accumulator: NDArray[np.float64], bias: NDArray[np.int32], constants: ConvolutionConstants
) -> NDArray[np.int8]:
    """Add the bias to the sums of a convolution [..., num_channels], rescale, clamp to int8."""
    scaled = rescale(
        accumulator.astype(np.int64) + bias,
        multiplier=constants.multipliers,
        shift=constants.shifts,
    )
    shifted = scaled + constants.output_zero_point
    return shifted.clip(constants.minimum, constants.maximum).astype(np.int8)


def add_int8(
    one: NDArray[np.int8],
    other: NDArray[np.int8],
    constants: AdditionConstants,
    *,
    is_difference: bool = False,
) -> NDArray[np.int8]:
    """Add two int8 activations that broadcast, each with its own scale, or subtract the other."""
    first, second = (
        rescale(
            (x.astype(np.int64) - zero_point) << constants.left_shift,
            multiplier=factor.multiplier,
            shift=factor.shift,
        )
        for x, zero_point, factor in zip(
            (one, other), constants.input_zero_points, constants.inputs, strict=True
        )
    )
    total = first - second if is_difference else first + second
    output = constants.output
    scaled = rescale(total, multiplier=output.multiplier, shift=output.shift)
    shifted = scaled + constants.output_zero_point
    return shifted.clip(constants.minimum, constants.maximum).astype(np.int8)


def multiply_int8(
    one: NDArray[np.int8], other: NDArray[np.int8], constants: MultiplicationConstants
) -> NDArray[np.int8]:
    """Multiply two int8 activations that broadcast, each with its own scale."""
    zero_points = constants.input_zero_points
    product = (one.astype(np.int64) - zero_points[0]) * (other.astype(np.int64) - zero_points[1])
    output = constants.output
    scaled = rescale(product, multiplier=output.multiplier, shift=output.shift)
    shifted = scaled + constants.output_zero_point
    return shifted.clip(constants.minimum, constants.maximum).astype(np.int8)


def _step(graph: Graph, operator: Operator) -> Step:
    dtype = graph.tensors[operator.output].dtype
    try:
        return _STEPS[dtype][operator.kind]
    except KeyError:
        raise GraphError(f"operator {operator.name!r}: no {operator.kind} for {dtype}") from None


def _convolution_float(graph: Graph, operator: Operator, values: Values) -> NDArray[np.float32]:
    activation, weights, bias = operator.inputs
    y = _CONVOLUTIONS[operator.kind](
        values[activation],
        constant(graph, weights),
        dilation=operator.dilation,
        stride=operator.stride,
        padding=operator.padding,
    )
    return activate(y + constant(graph, bias), operator.activation)


def _convolution_int8(graph: Graph, operator: Operator, values: Values) -> NDArray[np.int8]:
    activation, weights, bias = operator.inputs
    constants = convolution_constants(graph, operator)
    accumulator = _CONVOLUTIONS[operator.kind](
        values[activation].astype(np.float64) - constants.input_zero_point,
        constant(graph, weights).astype(np.float64),
        dilation=operator.dilation,
        stride=operator.stride,
        padding=operator.padding,
    )
    return requantize(accumulator, constant(graph, bias), constants)


def _connection_float(graph: Graph, operator: Operator, values: Values) -> NDArray[np.float32]:
    activation, weights, bias = operator.inputs
    filters = constant(graph, weights)
    x = values[activation]
    y = x.reshape(len(x), -1, filters.shape[1]) @ filters.T + constant(graph, bias)
    shape = graph.tensors[operator.output].shape
    return activate(y.reshape(len(x), *shape), operator.activation)


def _connection_int8(graph: Graph, operator: Operator, values: Values) -> NDArray[np.int8]:
    """Multiply by a matrix, and round once."""
    activation, weights, bias = operator.inputs
    constants = convolution_constants(graph, operator)
    filters, x = constant(graph, weights).astype(np.float64), values[activation]
    centred = x.astype(np.float64) - constants.input_zero_point
    sums = (centred.reshape(len(x), -1, filters.shape[1]) @ filters.T).astype(np.int64)
    scaled = rescale_once(
        sums + constant(graph, bias), multiplier=constants.multipliers, shift=constants.shifts
    )
    y = (scaled + constants.output_zero_point).clip(constants.minimum, constants.maximum)
    return y.astype(np.int8).reshape(len(x), *graph.tensors[operator.output].shape)


def _elementwise_float(graph: Graph, operator: Operator, values: Values) -> NDArray[np.float32]:
    one, other = joined(graph, operator, values)
    y: NDArray[np.float32] = _JOINED[operator.kind](one, other)
    return activate(y, operator.activation)


def _sum_int8(graph: Graph, operator: Operator, values: Values) -> NDArray[np.int8]:
    one, other = joined(graph, operator, values)
    is_difference = operator.kind is OperatorKind.SUB
    return add_int8(one, other, addition_constants(graph, operator), is_difference=is_difference)


def _product_int8(graph: Graph, operator: Operator, values: Values) -> NDArray[np.int8]:
    one, other = joined(graph, operator, values)
    return multiply_int8(one, other, multiplication_constants(graph, operator))


def _quantize(graph: Graph, operator: Operator, values: Values) -> NDArray[np.int8]:
    x = values[operator.inputs[0]]
    if x.dtype == np.int8:
        return lookup.look_up(graph, operator, values)
    return lookup.rounded(x, quantization_of(graph.tensors[operator.output]))


def _dequantize(graph: Graph, operator: Operator, values: Values) -> NDArray[np.float32]:
    (name,) = operator.inputs
    return to_float(values[name], quantization_of(graph.tensors[name]))


_JOINED = {
    OperatorKind.ADD: np.add,
    OperatorKind.SUB: np.subtract,
    OperatorKind.MUL: np.multiply,
}
_FLOAT32: Mapping[OperatorKind, Step] = {
    OperatorKind.CONV_2D: _convolution_float,
    OperatorKind.DEPTHWISE_CONV_2D: _convolution_float,
    OperatorKind.FULLY_CONNECTED: _connection_float,
    OperatorKind.ADD: _elementwise_float,
    OperatorKind.SUB: _elementwise_float,
    OperatorKind.MUL: _elementwise_float,
    OperatorKind.AVERAGE_POOL_2D: pooling.average_float,
    OperatorKind.MAX_POOL_2D: pooling.maximum_float,
    OperatorKind.MEAN: reduction.mean_float,
    OperatorKind.SOFTMAX: softmax.softmax_float,
    OperatorKind.LOGISTIC: lookup.map_float,
    OperatorKind.TANH: lookup.map_float,
    OperatorKind.RELU: lookup.map_float,
    OperatorKind.RELU6: lookup.map_float,
    OperatorKind.LEAKY_RELU: lookup.map_float,
    OperatorKind.DEQUANTIZE: _dequantize,
}
_INT8: Mapping[OperatorKind, Step] = {
    OperatorKind.CONV_2D: _convolution_int8,
    OperatorKind.DEPTHWISE_CONV_2D: _convolution_int8,
    OperatorKind.FULLY_CONNECTED: _connection_int8,
    OperatorKind.ADD: _sum_int8,
    OperatorKind.SUB: _sum_int8,
    OperatorKind.MUL: _product_int8,
    OperatorKind.AVERAGE_POOL_2D: pooling.average_int8,
    OperatorKind.MAX_POOL_2D: pooling.maximum_int8,
    OperatorKind.MEAN: reduction.mean_int8,
    OperatorKind.SOFTMAX: softmax.softmax_int8,
    OperatorKind.LOGISTIC: lookup.look_up,
    OperatorKind.TANH: lookup.look_up,
    OperatorKind.RELU: lookup.look_up,
    OperatorKind.RELU6: lookup.look_up,
    OperatorKind.LEAKY_RELU: lookup.look_up,
    OperatorKind.QUANTIZE: _quantize,
}
_MOVING: Mapping[OperatorKind, Step] = {
    OperatorKind.RESHAPE: movement.reshape,
    OperatorKind.TRANSPOSE: movement.transpose,
    OperatorKind.CONCATENATION: movement.concatenate,
    OperatorKind.PAD: movement.pad,
    OperatorKind.STRIDED_SLICE: movement.strided_slice,
    OperatorKind.RESIZE_NEAREST_NEIGHBOR: movement.resize_nearest,
}
_STEPS: Mapping[DType, Mapping[OperatorKind, Step]] = {
    "float32": {**_FLOAT32, **_MOVING},
    "int8": {**_INT8, **_MOVING},
    "int32": {},
}
