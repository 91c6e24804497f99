# SPDX-License-Identifier: Apache-2.0
"""How much work and how much memory a network's operators take: MACs and parameters."""

from collections.abc import Callable, Mapping

from boards.graph import Graph, Operator, OperatorKind


def count_macs(graph: Graph) -> Mapping[str, int]:
    """Return the multiply-accumulates of one run, by operator name.

    Products with padded zeros count, as is usual, and so does each product of a MUL; biases and all
    that only adds, compares, looks up or moves count nothing.
    """
    return {one.name: _MACS.get(one.kind, _no_macs)(graph, one) for one in graph.operators}


def count_parameters(graph: Graph) -> Mapping[str, int]:
    """Return the number of weights and biases, by operator name."""
    return {
        one.name: sum(
            graph.tensors[name].num_elements
            for name in one.inputs
            if graph.tensors[name].data is not None
        )
        for one in graph.operators
    }


def count_constant_bytes(graph: Graph) -> int:
    """Return the bytes of all weights and biases together."""
    constants = (one for one in graph.tensors.values() if one.data is not None)
    return sum(tensor.num_bytes for tensor in constants)


def _convolution_macs(graph: Graph, operator: Operator) -> int:
    height, width, _ = graph.tensors[operator.output].shape
    return height * width * graph.tensors[operator.inputs[1]].num_elements


def _product_macs(graph: Graph, operator: Operator) -> int:
    return graph.tensors[operator.output].num_elements


def _connection_macs(graph: Graph, operator: Operator) -> int:
    num_rows = (
        graph.tensors[operator.output].num_elements // graph.tensors[operator.inputs[1]].shape[0]
    )
    return num_rows * graph.tensors[operator.inputs[1]].num_elements


def _no_macs(_: Graph, __: Operator) -> int:
    return 0


_MACS: Mapping[OperatorKind, Callable[[Graph, Operator], int]] = {
    OperatorKind.CONV_2D: _convolution_macs,
    OperatorKind.DEPTHWISE_CONV_2D: _convolution_macs,
    OperatorKind.FULLY_CONNECTED: _connection_macs,
    OperatorKind.MUL: _product_macs,
}
