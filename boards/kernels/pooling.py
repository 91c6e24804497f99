# SPDX-License-Identifier: Apache-2.0
r"""AVERAGE_POOL_2D and MAX_POOL_2D: what lies outside the plane takes no part.

An int8 average is :math:`\mathrm{sgn}(S) \lfloor (|S| + \lfloor n / 2 \rfloor) / n \rfloor` of the
sum S of the n integers inside: nearest, ties away from zero. Scale and zero point stay.
"""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from boards.convolution import shifted_parts
from boards.errors import GraphError
from boards.graph import Graph, Operator
from boards.kernels.values import Values, activate
from boards.options import Pool
from boards.requantization import activation_range, quantization_of


def average_float(_: Graph, operator: Operator, values: Values) -> NDArray[np.float32]:
    """Return the mean of each window, float32."""
    total, count = _sums(operator, values[operator.inputs[0]].astype(np.float64))
    return activate((total / count).astype(np.float32), operator.activation)


def average_int8(graph: Graph, operator: Operator, values: Values) -> NDArray[np.int8]:
    """Return the mean of each window, int8."""
    total, count = _sums(operator, values[operator.inputs[0]].astype(np.float64))
    mean = np.sign(total) * np.floor((np.abs(total) + np.floor(count / 2)) / count)
    return _clamped(graph, operator, mean)


def maximum_float(_: Graph, operator: Operator, values: Values) -> NDArray[np.float32]:
    """Return the greatest value of each window, float32."""
    greatest = _maxima(operator, values[operator.inputs[0]].astype(np.float64))
    return activate(greatest.astype(np.float32), operator.activation)


def maximum_int8(graph: Graph, operator: Operator, values: Values) -> NDArray[np.int8]:
    """Return the greatest value of each window, int8."""
    greatest = _maxima(operator, values[operator.inputs[0]].astype(np.float64))
    return _clamped(graph, operator, greatest)


def _sums(
    operator: Operator, x: NDArray[np.float64]
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return the sum over each window, and how many elements it has inside the plane."""
    total = sum(_parts(operator, x, fill=0.0))
    count = sum(_parts(operator, np.ones((*x.shape[-3:-1], 1)), fill=0.0))
    return np.asarray(total), np.asarray(count)


def _maxima(operator: Operator, x: NDArray[np.float64]) -> NDArray[np.float64]:
    maxima: NDArray[np.float64] = np.maximum.reduce(_parts(operator, x, fill=-np.inf))
    return maxima


def _parts(operator: Operator, x: NDArray[np.float64], *, fill: float) -> list[NDArray[np.float64]]:
    pool = operator.options
    if not isinstance(pool, Pool):
        raise GraphError(f"operator {operator.name!r} has no window")
    _, parts = shifted_parts(
        x, pool.kernel, stride=operator.stride, padding=operator.padding, fill=fill
    )
    return [part for _, part in parts]


def _clamped(graph: Graph, operator: Operator, y: NDArray[Any]) -> NDArray[np.int8]:
    output = quantization_of(graph.tensors[operator.output])
    return y.clip(*activation_range(output, operator.activation)).astype(np.int8)
