# SPDX-License-Identifier: Apache-2.0
"""What a network computes, in NumPy: in float32, or in int8 bit for bit as the devices do.

The integers are those of LiteRT's reference kernels (resolver BUILTIN_REF) and of its embedded
kernels: int32 sums, fixed-point rescaling, double rounding with ties of the second step away from
zero. LiteRT's optimized kernels (BUILTIN_WITHOUT_DEFAULT_DELEGATES) differ by one where vector code
rounds such a tie of a negative number up.
"""

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from boards.compress.fixed_point import rescale
from boards.convolution import convolve, convolve_depthwise
from boards.errors import GraphError
from boards.graph import Activation, DType, Graph, Operator, OperatorKind
from boards.requantization import (
    AdditionConstants,
    ConvolutionConstants,
    MultiplicationConstants,
    addition_constants,
    convolution_constants,
    multiplication_constants,
)

Values = dict[str, NDArray[Any]]
Step = Callable[[Graph, Operator, Values], NDArray[Any]]

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
        The input, of the dtype and trailing shape of the graph's input tensor.

    Returns
    -------
    float32 or int8 [..., height, width, num_out]
        The output.

    Raises
    ------
    GraphError
        If the input does not match the graph.
    """
    return run_all(graph, x)[graph.output]


def run_all(graph: Graph, x: NDArray[Any]) -> Mapping[str, NDArray[Any]]:
    """Run a network as `run` does and return every activation by the name of its tensor."""
    expected = graph.tensors[graph.input]
    if x.dtype != expected.dtype or x.shape[-3:] != expected.shape:
        raise GraphError(
            f"network {graph.name!r} reads {expected.dtype} {list(expected.shape)}, "
            f"not {x.dtype} {list(x.shape)}"
        )
    values: Values = {graph.input: x}
    for operator in graph.operators:
        values[operator.output] = _step(graph, operator)(graph, operator, values)
    return values


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
    one: NDArray[np.int8], other: NDArray[np.int8], constants: AdditionConstants
) -> NDArray[np.int8]:
    """Add two int8 activations of one shape, each with its own scale."""
    total = np.zeros(one.shape, dtype=np.int64)
    terms = zip((one, other), constants.input_zero_points, constants.inputs, strict=True)
    for x, zero_point, factor in terms:
        centred = (x.astype(np.int64) - zero_point) << constants.left_shift
        total += rescale(centred, multiplier=factor.multiplier, shift=factor.shift)
    output = constants.output
    scaled = rescale(total, multiplier=output.multiplier, shift=output.shift)
    shifted = scaled + constants.output_zero_point
    return shifted.clip(constants.minimum, constants.maximum).astype(np.int8)


def multiply_int8(
    one: NDArray[np.int8], other: NDArray[np.int8], constants: MultiplicationConstants
) -> NDArray[np.int8]:
    """Multiply two int8 activations of one shape, each with its own scale."""
    zero_points = constants.input_zero_points
    product = (one.astype(np.int64) - zero_points[0]) * (other.astype(np.int64) - zero_points[1])
    output = constants.output
    scaled = rescale(product, multiplier=output.multiplier, shift=output.shift)
    shifted = scaled + constants.output_zero_point
    return shifted.clip(constants.minimum, constants.maximum).astype(np.int8)


def _step(graph: Graph, operator: Operator) -> Step:
    dtype = graph.tensors[operator.output].dtype
    try:
        return _STEPS[operator.kind, dtype]
    except KeyError:
        raise GraphError(f"operator {operator.name!r}: no {operator.kind} for {dtype}") from None


def _constant(graph: Graph, name: str) -> NDArray[Any]:
    data = graph.tensors[name].data
    if data is None:
        raise GraphError(f"tensor {name!r} is an activation where weights or bias are expected")
    return data


def _convolution_float(graph: Graph, operator: Operator, values: Values) -> NDArray[np.float32]:
    activation, weights, bias = operator.inputs
    y = _CONVOLUTIONS[operator.kind](
        values[activation], _constant(graph, weights), dilation=operator.dilation
    )
    return _activate(y + _constant(graph, bias), operator.activation)


def _addition_float(_: Graph, operator: Operator, values: Values) -> NDArray[np.float32]:
    one, other = operator.inputs
    return _activate(values[one] + values[other], operator.activation)


def _product_float(_: Graph, operator: Operator, values: Values) -> NDArray[np.float32]:
    one, other = operator.inputs
    return _activate(values[one] * values[other], operator.activation)


def _activate(y: NDArray[np.float32], activation: Activation) -> NDArray[np.float32]:
    return np.maximum(y, np.float32(0)) if activation is Activation.RELU else y


def _convolution_int8(graph: Graph, operator: Operator, values: Values) -> NDArray[np.int8]:
    activation, weights, bias = operator.inputs
    constants = convolution_constants(graph, operator)
    accumulator = _CONVOLUTIONS[operator.kind](
        values[activation].astype(np.float64) - constants.input_zero_point,
        _constant(graph, weights).astype(np.float64),
        dilation=operator.dilation,
    )
    return requantize(accumulator, _constant(graph, bias), constants)


def _addition_int8(graph: Graph, operator: Operator, values: Values) -> NDArray[np.int8]:
    one, other = operator.inputs
    return add_int8(values[one], values[other], addition_constants(graph, operator))


def _product_int8(graph: Graph, operator: Operator, values: Values) -> NDArray[np.int8]:
    one, other = operator.inputs
    return multiply_int8(values[one], values[other], multiplication_constants(graph, operator))


_STEPS: Mapping[tuple[OperatorKind, DType], Step] = {
    (OperatorKind.CONV_2D, "float32"): _convolution_float,
    (OperatorKind.DEPTHWISE_CONV_2D, "float32"): _convolution_float,
    (OperatorKind.ADD, "float32"): _addition_float,
    (OperatorKind.MUL, "float32"): _product_float,
    (OperatorKind.CONV_2D, "int8"): _convolution_int8,
    (OperatorKind.DEPTHWISE_CONV_2D, "int8"): _convolution_int8,
    (OperatorKind.ADD, "int8"): _addition_int8,
    (OperatorKind.MUL, "int8"): _product_int8,
}
