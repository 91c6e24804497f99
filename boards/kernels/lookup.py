# SPDX-License-Identifier: Apache-2.0
"""Operators that map each int8 value by itself: 256 entries say all that they do.

RELU, RELU6, LEAKY_RELU and QUANTIZE rescale integers; LOGISTIC and TANH are computed in float32 and
rounded, ties away from zero.
"""

from collections.abc import Callable, Mapping

import numpy as np
from numpy.typing import NDArray

from boards.affine import INT8_MAX, INT8_MIN
from boards.compress.fixed_point import quantize_multiplier, rescale
from boards.errors import GraphError
from boards.graph import Activation, Graph, Operator, OperatorKind, Quantization
from boards.kernels.values import Values, activate
from boards.options import Leak
from boards.requantization import activation_range, quantization_of

_Real = NDArray[np.float32]


def table_of(graph: Graph, operator: Operator) -> NDArray[np.int8]:
    """Return what the operator makes of -128, -127, ..., 127: int8 [256]."""
    source = quantization_of(graph.tensors[operator.inputs[0]])
    result = quantization_of(graph.tensors[operator.output])
    every = np.arange(INT8_MIN, INT8_MAX + 1, dtype=np.int64) - source.zero_point
    if operator.kind in _REAL:
        real = np.float32(source.scale[0]) * every.astype(np.float32)
        return rounded(_REAL[operator.kind](real), result)
    low, high = activation_range(result, _CUT.get(operator.kind, Activation.NONE))
    if operator.kind is OperatorKind.QUANTIZE:  # in double precision, as LiteRT only has it here
        y = _scaled(every, float(source.scale[0]) / float(result.scale[0]))
        return (y + result.zero_point).clip(low, high).astype(np.int8)
    y = _scaled(every, _factor(source, result, gain=1.0))
    if isinstance(operator.options, Leak):
        leaked = _scaled(every, _factor(source, result, gain=operator.options.alpha))
        y = np.where(every >= 0, y, leaked)
    return (y + result.zero_point).clip(low, high).astype(np.int8)


def look_up(graph: Graph, operator: Operator, values: Values) -> NDArray[np.int8]:
    """Return the output, int8."""
    return table_of(graph, operator)[values[operator.inputs[0]].astype(np.int64) - INT8_MIN]


def map_float(_: Graph, operator: Operator, values: Values) -> _Real:
    """Return the output of real numbers."""
    x = values[operator.inputs[0]]
    if operator.kind in _REAL:
        return _REAL[operator.kind](x)
    if operator.kind is OperatorKind.LEAKY_RELU:
        if not isinstance(operator.options, Leak):
            raise GraphError(f"operator {operator.name!r} has no alpha")
        return np.where(x >= 0, x, np.float32(operator.options.alpha) * x)
    return activate(x, _CUT[operator.kind])


def _factor(source: Quantization, result: Quantization, *, gain: float) -> float:
    """Return what integers are multiplied by, computed in single precision as LiteRT does."""
    return float(np.float32(source.scale[0]) * np.float32(gain) / np.float32(result.scale[0]))


def _scaled(x: NDArray[np.int64], real: float) -> NDArray[np.int64]:
    factor = quantize_multiplier(abs(real))
    multiplier = factor.multiplier if real >= 0.0 else -factor.multiplier
    return rescale(x, multiplier=multiplier, shift=factor.shift)


def rounded(y: _Real, result: Quantization) -> NDArray[np.int8]:
    """Return the integers of real numbers as LiteRT's kernels do: float32, ties away from zero."""
    scaled = y / np.float32(result.scale[0])
    nearest = np.sign(scaled) * np.floor(np.abs(scaled) + np.float32(0.5))
    shifted = (nearest + result.zero_point).clip(INT8_MIN, INT8_MAX)
    integers: NDArray[np.int8] = shifted.astype(np.int8)
    return integers


def _logistic(x: _Real) -> _Real:
    with np.errstate(over="ignore"):  # of a number far below 0, which comes to 0
        y: _Real = np.float32(1) / (np.float32(1) + np.exp(-x))
    return y


def _tanh(x: _Real) -> _Real:
    y: _Real = np.tanh(x)
    return y


_REAL: Mapping[OperatorKind, Callable[[_Real], _Real]] = {
    OperatorKind.LOGISTIC: _logistic,
    OperatorKind.TANH: _tanh,
}
_CUT: Mapping[OperatorKind, Activation] = {
    OperatorKind.RELU: Activation.RELU,
    OperatorKind.RELU6: Activation.RELU6,
}
