# SPDX-License-Identifier: Apache-2.0
r"""MEAN over some axes: of integers the sum, rescaled by :math:`s_{in} / (n s_{out})` at once.

The division by n goes into the multiplier, which is first shifted left as far as 64 bits allow.
"""

import math

import numpy as np
from numpy.typing import NDArray

from boards.compress.fixed_point import FixedPoint, quantize_multiplier, rescale
from boards.errors import GraphError
from boards.graph import Graph, Operator
from boards.kernels.values import Values
from boards.options import Axes
from boards.requantization import activation_range, quantization_of


def mean_float(graph: Graph, operator: Operator, values: Values) -> NDArray[np.float32]:
    """Return the mean, float32."""
    x = values[operator.inputs[0]].astype(np.float64)
    mean = x.mean(axis=_axes(operator)).reshape(len(x), *graph.tensors[operator.output].shape)
    single: NDArray[np.float32] = mean.astype(np.float32)
    return single


def mean_int8(graph: Graph, operator: Operator, values: Values) -> NDArray[np.int8]:
    """Return the mean, int8."""
    x, axes = values[operator.inputs[0]].astype(np.int64), _axes(operator)
    source = quantization_of(graph.tensors[operator.inputs[0]])
    result = quantization_of(graph.tensors[operator.output])
    count = math.prod(x.shape[axis] for axis in axes)
    factor = mean_factor(float(source.scale[0]) / float(result.scale[0]), count=count)
    total = (x - source.zero_point).sum(axis=axes)
    scaled = rescale(total, multiplier=factor.multiplier, shift=factor.shift) + result.zero_point
    clamped = scaled.clip(*activation_range(result, operator.activation)).astype(np.int8)
    return clamped.reshape(len(x), *graph.tensors[operator.output].shape)


def mean_factor(real: float, *, count: int) -> FixedPoint:
    """Return what a sum over `count` elements is multiplied by."""
    factor = quantize_multiplier(real)
    shift = min(count.bit_length() - 1, 32, 31 + factor.shift)
    return FixedPoint(multiplier=(factor.multiplier << shift) // count, shift=factor.shift - shift)


def _axes(operator: Operator) -> tuple[int, ...]:
    if not isinstance(operator.options, Axes):
        raise GraphError(f"operator {operator.name!r} has no axes")
    return tuple(axis + 1 for axis in operator.options.axes)
