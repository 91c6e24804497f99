# SPDX-License-Identifier: Apache-2.0
"""Networks of integers whose file begins or ends in real numbers: these borders go."""

from dataclasses import replace

from boards.graph import Graph, OperatorKind


def without_real_borders(graph: Graph) -> Graph:
    """Return a network without the QUANTIZE it begins with and the DEQUANTIZE it ends in.

    Whoever runs it has the scales of its input and output, and converts. A network that has
    neither, or whose border several operators read, stays as it is.
    """
    return _without_last(_without_first(graph))


def _without_first(graph: Graph) -> Graph:
    readers = [one for one in graph.operators if graph.input in one.inputs]
    if len(readers) != 1 or readers[0].kind is not OperatorKind.QUANTIZE:
        return graph
    if graph.tensors[graph.input].dtype != "float32" or readers[0].output == graph.output:
        return graph
    rest = tuple(one for one in graph.operators if one is not readers[0])
    return replace(graph, operators=rest, input=readers[0].output)


def _without_last(graph: Graph) -> Graph:
    last = graph.operators[-1]
    is_border = last.kind is OperatorKind.DEQUANTIZE and last.output == graph.output
    if not is_border or last.inputs[0] == graph.input:
        return graph
    return replace(graph, operators=graph.operators[:-1], output=last.inputs[0])
