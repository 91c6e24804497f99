# SPDX-License-Identifier: Apache-2.0
"""Random int8 chains of windows of every kind, and one that shrinks as image classifiers do."""

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from boards import reference
from boards.graph import Graph, Operator, OperatorKind, Padding, Quantization, Tensor
from boards.options import Pool
from boards.shapes import output_shape
from tests.boards import random_graphs

CONV_2D, DEPTHWISE_CONV_2D = OperatorKind.CONV_2D, OperatorKind.DEPTHWISE_CONV_2D
AVERAGE_POOL_2D, MAX_POOL_2D = OperatorKind.AVERAGE_POOL_2D, OperatorKind.MAX_POOL_2D
KINDS = (CONV_2D, CONV_2D, DEPTHWISE_CONV_2D, AVERAGE_POOL_2D, MAX_POOL_2D, OperatorKind.RELU)


@dataclass(frozen=True, slots=True, kw_only=True)
class Layer:
    """One operator of a chain; `padding` None = SAME."""

    kind: OperatorKind
    num_out: int = 0
    kernel: tuple[int, int] = (3, 3)
    stride: tuple[int, int] = (1, 1)
    dilation: tuple[int, int] = (1, 1)
    padding: Padding | None = None


def draw(seed: int) -> Graph:
    """Draw a chain of two to six operators of any window, stride, dilation and padding."""
    rng = np.random.default_rng(seed)
    layers = [_layer(rng) for _ in range(int(rng.integers(2, 7)))]
    shape = (int(rng.integers(24, 33)), int(rng.integers(13, 18)), int(rng.integers(1, 6)))
    return chain(rng, shape, [*layers, Layer(kind=CONV_2D, num_out=3, kernel=(1, 1))])


def shrinking() -> Graph:
    """Return a network whose first layers take most of the memory: 32 x 32 x 3 to 4 x 4 x 24."""
    layers = [
        Layer(kind=CONV_2D, num_out=16),
        Layer(kind=DEPTHWISE_CONV_2D, stride=(2, 2)),
        Layer(kind=CONV_2D, num_out=16, kernel=(1, 1)),
        Layer(kind=DEPTHWISE_CONV_2D, stride=(2, 2)),
        Layer(kind=CONV_2D, num_out=24, kernel=(1, 1)),
        Layer(kind=MAX_POOL_2D, kernel=(2, 2), stride=(2, 2)),
        Layer(kind=CONV_2D, num_out=10, kernel=(1, 1)),
    ]
    return chain(np.random.default_rng(1), (32, 32, 3), layers)


def inputs(graph: Graph, seed: int) -> NDArray[np.int8]:
    """Draw one input over the whole int8 range."""
    return random_graphs.draw_input(np.random.default_rng([seed, 2]), graph)


def rows_needed(graph: Graph, *, band: int, num_bands: int) -> tuple[int, int]:
    """Return which rows of the input reach a band of what all but the last operator make.

    Found by changing rows: the rule that cuts networks has no part in it. Weights are all 1, so
    that no change is lost.
    """
    open_graph = replace(graph, operators=graph.operators[:-1], output=graph.operators[-2].output)
    height = graph.tensors[graph.input].shape[0]
    num_rows = graph.tensors[open_graph.output].shape[0]
    rows = slice(num_rows * band // num_bands, num_rows * (band + 1) // num_bands)
    touched: set[int] = set()
    for seed in range(6):
        x = inputs(graph, seed)
        base = reference.run(open_graph, x)[rows]
        for row in range(height):
            changed = x.copy()
            changed[row] = np.where(x[row] < 0, 127, -128)
            if not np.array_equal(reference.run(open_graph, changed)[rows], base):
                touched.add(row)
    return min(touched), max(touched) + 1


def chain(rng: np.random.Generator, shape: tuple[int, ...], layers: list[Layer]) -> Graph:
    """Return a network of layers one behind the other, with weights and scales at random."""
    x = random_graphs.activation(rng, "x", shape)
    tensors, operators = {"x": x}, list[Operator]()
    for i, layer in enumerate(layers):
        name = f"t{i}"
        constants = _constants(rng, layer, x, i)
        operator = Operator(
            name=name,
            kind=layer.kind,
            inputs=(x.name, *(one.name for one in constants)),
            output=name,
            stride=layer.stride,
            dilation=layer.dilation,
            padding=layer.padding,
            options=Pool(kernel=layer.kernel) if layer.kind.name.endswith("POOL_2D") else None,
        )
        made = replace(x, name=name)
        if constants:
            made = replace(made, quantization=_filled(constants[0], x, rng))
        tensors |= {one.name: one for one in (*constants, made)}
        graph = Graph(name="chain", tensors=tensors, operators=(operator,), input="x", output=name)
        x = replace(made, shape=output_shape(graph, operator))
        tensors[name] = x
        operators.append(operator)
    return Graph(
        name="chain", tensors=tensors, operators=tuple(operators), input="x", output=x.name
    )


def _layer(rng: np.random.Generator) -> Layer:
    kind = KINDS[int(rng.integers(len(KINDS)))]
    has_window = kind is not OperatorKind.RELU
    is_pool = kind in (AVERAGE_POOL_2D, MAX_POOL_2D)
    least = 2 if is_pool else 1  # a window of padding alone has no mean
    kernel = (int(rng.integers(least, 4)), int(rng.integers(least, 4)))
    above, below, left, right = (int(n) for n in rng.integers(0, 2, 4))
    return Layer(
        kind=kind,
        num_out=int(rng.integers(1, 7)),
        kernel=kernel,
        stride=(int(rng.choice([1, 1, 2])), 1) if has_window else (1, 1),
        dilation=(int(rng.integers(1, 3)), 1) if has_window and not is_pool else (1, 1),
        padding=((above, below), (left, right)) if has_window and rng.integers(2) else None,
    )


def _constants(rng: np.random.Generator, layer: Layer, x: Tensor, i: int) -> tuple[Tensor, ...]:
    num_in = x.shape[2]
    if layer.kind is CONV_2D:
        shape, axis = (layer.num_out, *layer.kernel, num_in), 0
    elif layer.kind is DEPTHWISE_CONV_2D:
        shape, axis = (1, *layer.kernel, num_in), 3
    else:
        return ()
    weights, bias = random_graphs.filters(rng, shape, x, axis=axis)
    return replace(weights, name=f"w{i}"), replace(bias, name=f"b{i}")


def _filled(weights: Tensor, x: Tensor, rng: np.random.Generator) -> Quantization:
    """Return a scale with which outputs fill the int8 range."""
    num_terms = weights.num_elements // weights.shape[0 if weights.shape[0] > 1 else 3]
    scale = float(random_graphs.scale_of(x)[0] * np.median(random_graphs.scale_of(weights)))
    filled = np.array([74.0**2 * np.sqrt(num_terms) * scale / 50])
    return Quantization(
        scale=random_graphs.single_precision(filled), zero_point=int(rng.integers(-20, 20))
    )
