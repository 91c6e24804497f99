# SPDX-License-Identifier: Apache-2.0
r"""SOFTMAX of integers by fixed-point exponentials, bit for bit as LiteRT's kernels.

With d = x - max(x) <= 0 and s the scale times beta, :math:`y = 256\, e^{s d} / \sum e^{s d} - 128`.
The exponent is Q5.26, exponentials are Q0.31, their sum is Q12.19, its reciprocal is found by three
steps of Newton's method on the sum scaled to 1..2. Differences beyond -32 / s count as zero.

:math:`e^a` splits a into a multiple of 1/4, for which constants are multiplied, and a rest in
[-1/4, 0), for which the Taylor series around -1/8 is taken to its fourth power.

Source
------
The algorithm of gemmlowp's fixed-point functions (Apache-2.0; github.com/google/gemmlowp,
doc/public.md and the LiteRT quantization specification); written from their mathematics.
"""

import math

import numpy as np
from numpy.typing import NDArray

from boards.compress.fixed_point import (
    doubling_high_multiply,
    quantize_multiplier,
    rounding_divide_by_power_of_two,
)
from boards.errors import GraphError
from boards.graph import Graph, Operator
from boards.kernels.values import Values
from boards.options import Softmax
from boards.requantization import quantization_of

_Integers = NDArray[np.int64]

OUTPUT_SCALE, OUTPUT_ZERO_POINT = 1.0 / 256.0, -128
_EXPONENT_BITS, _SUM_BITS = 5, 12
_FRACTION_BITS = 31 - _EXPONENT_BITS
_ONE = 2**31 - 1
_MOST_SHIFT = 31


def _q31(value: float) -> int:
    return round(value * 2**31)


_FACTORS = tuple((power, _q31(math.exp(-(2.0**power)))) for power in range(-2, 5))
_EXP_MINUS_EIGHTH, _THIRD = _q31(math.exp(-0.125)), _q31(1.0 / 3.0)
_48_OVER_17, _MINUS_32_OVER_17 = round(48 / 17 * 2**29), round(-32 / 17 * 2**29)


def softmax_float(_: Graph, operator: Operator, values: Values) -> NDArray[np.float32]:
    """Return the softmax along the last axis, float32."""
    x = values[operator.inputs[0]].astype(np.float64) * _beta(operator)
    powers = np.exp(x - x.max(axis=-1, keepdims=True))
    y: NDArray[np.float32] = (powers / powers.sum(axis=-1, keepdims=True)).astype(np.float32)
    return y


def softmax_int8(graph: Graph, operator: Operator, values: Values) -> NDArray[np.int8]:
    """Return the softmax along the last axis, int8 of scale 1/256 and zero point -128."""
    x = values[operator.inputs[0]].astype(np.int64)
    powers = powers_of(graph, operator)[x.max(axis=-1, keepdims=True) - x]
    total = rounding_divide_by_power_of_two(powers, _SUM_BITS).sum(axis=-1, keepdims=True)
    reciprocal, num_bits_over_one = _reciprocal(total)
    y = rounding_divide_by_power_of_two(
        doubling_high_multiply(powers, reciprocal), num_bits_over_one + 31 - 8
    )
    return (y + OUTPUT_ZERO_POINT).clip(-128, 127).astype(np.int8)


def powers_of(graph: Graph, operator: Operator) -> _Integers:
    """Return what counts of an input that is 0, 1, ... 255 below the greatest: int64 [256], Q0.31.

    0 where it is so far below that it does not count.
    """
    scale = float(quantization_of(graph.tensors[operator.inputs[0]]).scale[0])
    real = min(scale * _beta(operator) * 2**_FRACTION_BITS, float(_ONE))
    factor = quantize_multiplier(real, max_shift=_MOST_SHIFT)
    least = -math.floor((2**_EXPONENT_BITS - 1) * 2.0 ** (_FRACTION_BITS - factor.shift))
    below = -np.arange(256, dtype=np.int64)
    counts = below >= least
    exponent = doubling_high_multiply(below << factor.shift, factor.multiplier)
    return np.where(counts, _exponential(np.where(counts, exponent, 0)), 0)


def _beta(operator: Operator) -> float:
    if not isinstance(operator.options, Softmax):
        raise GraphError(f"operator {operator.name!r} has no beta")
    return operator.options.beta


def _exponential(a: _Integers) -> _Integers:
    """Return e^a, Q0.31, of a in -32..0, Q5.26."""
    quarter = 1 << (_FRACTION_BITS - 2)
    rest = (a & (quarter - 1)) - quarter
    power = _exponential_of_rest(rest << _EXPONENT_BITS)
    whole = rest - a
    for exponent, factor in _FACTORS:
        is_set = whole & (1 << (_FRACTION_BITS + exponent))
        power = np.where(is_set, doubling_high_multiply(power, factor), power)
    return np.where(a == 0, _ONE, power)


def _exponential_of_rest(a: _Integers) -> _Integers:
    """Return e^a, Q0.31, of a in [-1/4, 0), Q0.31."""
    x = a + 2**28
    x2 = doubling_high_multiply(x, x)
    x3, x4 = doubling_high_multiply(x2, x), doubling_high_multiply(x2, x2)
    cubic = rounding_divide_by_power_of_two(x4, 2) + x3
    series = rounding_divide_by_power_of_two(doubling_high_multiply(cubic, _THIRD) + x2, 1)
    return _EXP_MINUS_EIGHTH + doubling_high_multiply(x + series, _EXP_MINUS_EIGHTH)


def _reciprocal(total: _Integers) -> tuple[_Integers, _Integers]:
    """Return 1 / m, Q0.31, for total = m 2^n, Q12.19 with m in 1..2, and n."""
    num_leading_zeros = 32 - np.frexp(total.astype(np.float64))[1].astype(np.int64)
    above_one = (total << num_leading_zeros) - 2**31
    half = (above_one + _ONE + 1) // 2
    x = _48_OVER_17 + doubling_high_multiply(half, _MINUS_32_OVER_17)
    for _ in range(3):
        missing = 2**29 - doubling_high_multiply(half, x)
        x = x + (doubling_high_multiply(x, missing) << 2)
    return x << 1, _SUM_BITS - num_leading_zeros
