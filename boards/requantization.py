# SPDX-License-Identifier: Apache-2.0
r"""The integer constants of each quantized operator, derived from the scales of its tensors.

A convolution rescales its accumulator by :math:`s_{in} s_w / s_{out}`, one factor a channel. An
addition first brings both inputs to the common scale :math:`2 \max(s_1, s_2) / 2^{20}`, adds, and
rescales the sum to the output. A product is rescaled by :math:`s_1 s_2 / s_{out}`.

Source
------
LiteRT 8-bit quantization specification; Jacob et al., arXiv 1712.05877, sec. 2.4 and appendix A.2.
"""

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from boards.affine import INT8_MAX, INT8_MIN
from boards.compress.fixed_point import FixedPoint, quantize_multiplier, quantize_multipliers
from boards.errors import GraphError
from boards.graph import REAL_RANGES, Activation, Graph, Operator, Quantization, Tensor

ADD_LEFT_SHIFT = 20


@dataclass(frozen=True, slots=True, kw_only=True)
class ConvolutionConstants:
    """What CONV_2D and DEPTHWISE_CONV_2D need besides weights and bias.

    Parameters
    ----------
    multipliers, shifts : int64 [num_channels]
        Factor of each output channel: multiplier / 2^31 * 2^shift.
    input_zero_point, output_zero_point : int
        -128 .. 127.
    minimum, maximum : int
        Range of the output, which holds the fused activation.
    """

    multipliers: NDArray[np.int64]
    shifts: NDArray[np.int64]
    input_zero_point: int
    output_zero_point: int
    minimum: int
    maximum: int


@dataclass(frozen=True, slots=True, kw_only=True)
class AdditionConstants:
    """What ADD needs.

    Inputs are shifted left by `left_shift` before their factors, `output` scales the sum.
    """

    left_shift: int
    inputs: tuple[FixedPoint, FixedPoint]
    output: FixedPoint
    input_zero_points: tuple[int, int]
    output_zero_point: int
    minimum: int
    maximum: int


@dataclass(frozen=True, slots=True, kw_only=True)
class MultiplicationConstants:
    """What MUL needs; `output` scales the product of the inputs less their zero points."""

    output: FixedPoint
    input_zero_points: tuple[int, int]
    output_zero_point: int
    minimum: int
    maximum: int


def quantization_of(tensor: Tensor) -> Quantization:
    """Return the quantization of a tensor, or raise a `GraphError` that names it."""
    if tensor.quantization is None:
        raise GraphError(f"tensor {tensor.name!r} has no quantization: quantize the graph first")
    return tensor.quantization


def convolution_constants(graph: Graph, operator: Operator) -> ConvolutionConstants:
    """Return the integer constants of a convolution or FULLY_CONNECTED of an int8 graph."""
    activation, weights, _ = (quantization_of(graph.tensors[name]) for name in operator.inputs)
    output = graph.tensors[operator.output]
    result = quantization_of(output)
    factors = float(activation.scale[0]) * weights.scale / float(result.scale[0])
    num_channels = output.shape[-1]
    multipliers, shifts = quantize_multipliers(np.broadcast_to(factors, (num_channels,)))
    minimum, maximum = activation_range(result, operator.activation)
    return ConvolutionConstants(
        multipliers=multipliers,
        shifts=shifts,
        input_zero_point=activation.zero_point,
        output_zero_point=result.zero_point,
        minimum=minimum,
        maximum=maximum,
    )


def addition_constants(graph: Graph, operator: Operator) -> AdditionConstants:
    """Return the integer constants of an ADD or SUB of an int8 graph."""
    one, other = (quantization_of(graph.tensors[name]) for name in operator.inputs)
    result = quantization_of(graph.tensors[operator.output])
    common = 2.0 * max(float(one.scale[0]), float(other.scale[0]))
    minimum, maximum = activation_range(result, operator.activation)
    return AdditionConstants(
        left_shift=ADD_LEFT_SHIFT,
        inputs=(
            quantize_multiplier(float(one.scale[0]) / common),
            quantize_multiplier(float(other.scale[0]) / common),
        ),
        output=quantize_multiplier(common / (2.0**ADD_LEFT_SHIFT * float(result.scale[0]))),
        input_zero_points=(one.zero_point, other.zero_point),
        output_zero_point=result.zero_point,
        minimum=minimum,
        maximum=maximum,
    )


def multiplication_constants(graph: Graph, operator: Operator) -> MultiplicationConstants:
    """Return the integer constants of a MUL of an int8 graph.

    The factor is computed in single precision, as LiteRT computes it.
    """
    one, other = (quantization_of(graph.tensors[name]) for name in operator.inputs)
    result = quantization_of(graph.tensors[operator.output])
    scales = (np.float32(tensor.scale[0]) for tensor in (one, other, result))
    first, second, divisor = scales
    minimum, maximum = activation_range(result, operator.activation)
    return MultiplicationConstants(
        output=quantize_multiplier(float(first * second / divisor)),
        input_zero_points=(one.zero_point, other.zero_point),
        output_zero_point=result.zero_point,
        minimum=minimum,
        maximum=maximum,
    )


def activation_range(output: Quantization, activation: Activation) -> tuple[int, int]:
    """Return the int8 range a fused activation leaves: RELU cuts at the integer that means 0."""
    low, high = REAL_RANGES[activation]
    return (
        INT8_MIN if low is None else max(INT8_MIN, _quantized(low, output)),
        INT8_MAX if high is None else min(INT8_MAX, _quantized(high, output)),
    )


def _quantized(real: float, output: Quantization) -> int:
    """Return the integer of a real number, ties away from zero, in single precision as LiteRT."""
    scaled = float(np.float32(real) / np.float32(output.scale[0]))
    nearest = math.floor(abs(scaled) + 0.5)
    return output.zero_point + (nearest if scaled >= 0.0 else -nearest)
