# SPDX-License-Identifier: Apache-2.0
"""Functions of integers by table and straight lines: the twin of `kernels/fixed_point.h`."""

import math

import numpy as np
from numpy.typing import NDArray

FEATURE_BITS = 11
"""Behind the point of what a network knows of a node."""
SPREAD_BITS = 20
"""Behind the point of the variance of what is left of a node."""
LOGIT_BITS = 8
WEIGHT_BITS = 15
"""Behind the point of a probability, and of a variance of a level."""
INT16_MAX = 2**15 - 1

_Integers = NDArray[np.int64]
_ONE = 1 << FEATURE_BITS
_LOG2_STEPS = 32
_TANH_END, _TANH_STEP_BITS = 4, 7  # steps of 1/16
_LOG2_OF_E = round(math.log2(math.e) * 2**14)
_LN_OF_2 = round(math.log(2.0) * 2**15)
_MOST_EXPONENT = 16 << LOGIT_BITS

LOG2 = np.rint(np.log2(1.0 + np.arange(_LOG2_STEPS + 1) / _LOG2_STEPS) * _ONE).astype(np.int64)
"""log2(1 + i / 32), int64 [33], with FEATURE_BITS."""
POWER = np.rint(np.exp2(-np.arange(_LOG2_STEPS + 1) / _LOG2_STEPS + WEIGHT_BITS)).astype(np.int64)
"""2^(-i / 32), int64 [33], with WEIGHT_BITS."""
TANH = np.rint(np.tanh(np.arange(16 * _TANH_END + 1) / 16.0) * _ONE).astype(np.int64)
"""tanh(i / 16), int64 [65], with FEATURE_BITS."""


def clipped(values: _Integers, limit: int) -> _Integers:
    """Return values within +-limit."""
    return np.clip(values, -limit, limit)


def saturated(values: _Integers) -> _Integers:
    """Return values within int16."""
    return np.clip(values, -INT16_MAX - 1, INT16_MAX)


def logarithm(spread: _Integers) -> _Integers:
    """Return ln of 1 .. 2^31 - 1 with SPREAD_BITS, with FEATURE_BITS."""
    n = np.frexp(spread.astype(np.float64))[1].astype(np.int64) - 1
    mantissa = spread << (31 - n)
    index, rest = mantissa >> 26 & 31, mantissa >> 10 & 0xFFFF
    part = LOG2[index] + ((LOG2[index + 1] - LOG2[index]) * rest >> 16)
    log2: _Integers = (n - SPREAD_BITS) * _ONE + part
    return log2 * _LN_OF_2 >> 15


def exponential(below: _Integers) -> _Integers:
    """Return exp(-x) with WEIGHT_BITS, of x >= 0 with LOGIT_BITS."""
    u = np.minimum(below, _MOST_EXPONENT) * _LOG2_OF_E >> 14
    index, rest = (u & 255) >> 3, u & 7
    power: _Integers = POWER[index] - ((POWER[index] - POWER[index + 1]) * rest >> 3)
    return power >> (u >> LOGIT_BITS)


def hyperbolic_tangent(values: _Integers) -> _Integers:
    """Return tanh, both with FEATURE_BITS."""
    size = np.minimum(np.abs(values), (_TANH_END << FEATURE_BITS) - 1)
    index, rest = size >> _TANH_STEP_BITS, size & (1 << _TANH_STEP_BITS) - 1
    found: _Integers = TANH[index] + ((TANH[index + 1] - TANH[index]) * rest >> _TANH_STEP_BITS)
    signed: _Integers = np.where(values < 0, -found, found)
    return signed


def moments(logits: _Integers, levels: _Integers) -> tuple[_Integers, _Integers]:
    """Return mean and variance of a level, with FEATURE_BITS and WEIGHT_BITS.

    Parameters
    ----------
    logits : int64 [..., num_levels]
        With LOGIT_BITS.
    levels : int64 [num_levels]
        With FEATURE_BITS.
    """
    weights = exponential(logits.max(-1, keepdims=True) - logits)
    inverse = (1 << 31) // weights.sum(-1, keepdims=True)
    p = weights * inverse >> 16
    mean = (p * levels).sum(-1) >> WEIGHT_BITS
    squares = (levels - mean[..., None]) ** 2 >> 2 * FEATURE_BITS - WEIGHT_BITS
    return mean, (p * squares).sum(-1) >> WEIGHT_BITS
