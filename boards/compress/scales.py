# SPDX-License-Identifier: Apache-2.0
"""Which int8 scale each activation gets: from its range, and from what its operators demand.

SOFTMAX, LOGISTIC and TANH give fixed scales. What moves values or pools them keeps the scale of its
input, so all of these share one range. A CONCATENATION shares its own with the inputs that nobody
else reads and whose producers rescale anyway; other inputs are rescaled on their way into it.

Source
------
LiteRT 8-bit quantization specification.
"""

from collections.abc import Mapping

import numpy as np

from boards.affine import quantization_for
from boards.compress.ranges import Range
from boards.graph import REAL_RANGES, Activation, Graph, Operator, OperatorKind, Quantization
from boards.kernels.softmax import OUTPUT_SCALE, OUTPUT_ZERO_POINT

_FIXED: Mapping[OperatorKind, tuple[float, int]] = {
    OperatorKind.SOFTMAX: (OUTPUT_SCALE, OUTPUT_ZERO_POINT),
    OperatorKind.LOGISTIC: (1.0 / 256.0, -128),
    OperatorKind.TANH: (1.0 / 128.0, 0),
}
_KEEPING = (
    OperatorKind.AVERAGE_POOL_2D,
    OperatorKind.MAX_POOL_2D,
    OperatorKind.RESHAPE,
    OperatorKind.TRANSPOSE,
    OperatorKind.PAD,
    OperatorKind.STRIDED_SLICE,
    OperatorKind.RESIZE_NEAREST_NEIGHBOR,
)
_CUTTING: Mapping[OperatorKind, Activation] = {
    OperatorKind.RELU: Activation.RELU,
    OperatorKind.RELU6: Activation.RELU6,
}


def scales_of(
    graph: Graph, ranges: Mapping[str, Range], *, given: Mapping[str, Range]
) -> dict[str, Quantization]:
    """Return the quantization of every activation of a float32 graph.

    Parameters
    ----------
    graph : Graph
        A float32 network.
    ranges : (low, high) by tensor name
        What every activation covers.
    given : (low, high) by tensor name
        What wins over `ranges`, for all that share the scale of that tensor.
    """
    roots = _roots(graph)
    fixed = {roots[one.output]: _FIXED[one.kind] for one in graph.operators if one.kind in _FIXED}
    cut = {one.output: _bounded(ranges[one.output], one) for one in graph.operators}
    wide: dict[str, Range] = {}
    for name, root in roots.items():
        low, high = cut.get(name, ranges[name])
        known = wide.get(root, (low, high))
        wide[root] = min(low, known[0]), max(high, known[1])
    wide |= {roots[name]: limits for name, limits in given.items()}
    found = {root: quantization_for(low=low, high=high) for root, (low, high) in wide.items()}
    for root, (scale, zero_point) in fixed.items():
        found[root] = Quantization(scale=np.array([scale]), zero_point=zero_point)
    return {name: found[root] for name, root in roots.items()}


def _bounded(limits: Range, operator: Operator) -> Range:
    """Return the range that an activation leaves: behind a RELU it begins at 0."""
    activation = _CUTTING.get(operator.kind, operator.activation)
    least, most = REAL_RANGES[activation]
    low = limits[0] if least is None else max(limits[0], least)
    low = 0.0 if activation is Activation.RELU else low
    return low, limits[1] if most is None else min(limits[1], most)


def _roots(graph: Graph) -> dict[str, str]:
    """Return, for each activation, the one that stands for all that share its scale."""
    roots = {graph.input: graph.input}
    for operator in graph.operators:
        keeps = operator.kind in _KEEPING
        roots[operator.output] = roots[operator.inputs[0]] if keeps else operator.output
    for operator in graph.operators:
        if operator.kind is OperatorKind.CONCATENATION:
            joined = {name for name in operator.inputs if _may_join(graph, name)}
            roots |= dict.fromkeys(joined, roots[operator.output])
    return roots


def _may_join(graph: Graph, name: str) -> bool:
    """Return whether an input of a CONCATENATION may be made in the scale of its output."""
    producer = next((one for one in graph.operators if one.output == name), None)
    if producer is None or producer.kind in (*_KEEPING, *_FIXED, OperatorKind.CONCATENATION):
        return False
    return name != graph.output and sum(name in one.inputs for one in graph.operators) == 1
