# SPDX-License-Identifier: Apache-2.0
"""Networks whose weights take 6, 4 or 2 bits, drawn for the kernels that read them."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import flatbuffers  # type: ignore[import-untyped]  # publishes no types
import numpy as np
from ai_edge_litert import schema_py_generated as schema

from boards.compress.widths import layers_of
from boards.graph import (
    ELEMENTWISE,
    Activation,
    Graph,
    Operator,
    OperatorKind,
    Quantization,
    Tensor,
)
from boards.narrow import WIDE, WeightBits
from tests.boards import random_graphs
from tests.firmware.kernel_cases import CONVOLUTIONS, KINDS, RESCALES, drawn_graph
from tests.firmware.operators import convolution_graph

NARROW: tuple[WeightBits, ...] = (6, 4, 2)
DENSE_SHAPES = (
    (1, 1, 1),
    (1, 4, 4),
    (1, 5, 3),
    (3, 16, 8),
    (1, 17, 9),
    (2, 100, 30),
    (1, 480, 4),
    (1, 512, 5),
    (1, 640, 12),
    (2, 1300, 7),
)
"""Rows, values of a row, outputs; sums are split up behind 480 values."""


def narrowed(graph: Graph, bits: WeightBits) -> Graph:
    """Return the network with the upper bits of its weights alone, in scales that make up for it.

    So weights take all values of two's complement, and outputs spread as they did.
    """
    tensors = dict(graph.tensors)
    for operator in layers_of(graph):
        weights = tensors[operator.inputs[1]]
        assert weights.data is not None
        assert weights.quantization is not None
        scale = weights.quantization.scale * 2 ** (WIDE - bits)
        tensors[weights.name] = replace(
            weights,
            data=weights.data >> (WIDE - bits),
            quantization=replace(weights.quantization, scale=scale, bits=bits),
        )
    return replace(graph, tensors=tensors)


def dense_graph(shape: tuple[int, int, int], *, gain: float = 1.0, seed: int = 0) -> Graph:
    """Draw a FULLY_CONNECTED; with gain 1 its outputs fill the int8 range."""
    num_rows, num_in, num_out = shape
    rng = np.random.default_rng(seed)
    x = random_graphs.activation(rng, "x", (num_rows, num_in))
    weights, bias = random_graphs.filters(rng, (num_out, num_in), x)
    sums = float(random_graphs.scale_of(x)[0] * np.median(random_graphs.scale_of(weights)))
    scale = random_graphs.single_precision(np.array([74.0**2 * num_in**0.5 * sums / 50 / gain]))
    z = Tensor(
        name="z",
        shape=(num_rows, num_out),
        dtype="int8",
        quantization=Quantization(scale=scale, zero_point=int(rng.integers(-128, 128))),
    )
    operator = Operator(
        name="product",
        kind=OperatorKind.FULLY_CONNECTED,
        inputs=("x", "w", "b"),
        output="z",
        activation=random_graphs.draw_activation(rng),
    )
    return random_graphs.graph_of((x, weights, bias, z), (operator,))


def extreme_graph(shape: tuple[int, int, int], bits: WeightBits) -> Graph:
    """Return a FULLY_CONNECTED whose weights are all the least that there is.

    Where all inputs are the least or the greatest too, outputs still lie in the int8 range.
    """
    graph = narrowed(dense_graph(shape), bits)
    x, weights, z = (graph.tensors[name] for name in "xwz")
    least = -(1 << (bits - 1))
    sums = random_graphs.scale_of(x) * np.median(random_graphs.scale_of(weights))
    quantization = Quantization(
        scale=random_graphs.single_precision(sums * shape[1] * -least * 128 / 60), zero_point=0
    )
    changed = {
        "x": replace(x, quantization=Quantization(scale=random_graphs.scale_of(x))),
        "w": replace(weights, data=np.full(weights.shape, least, np.int8)),
        "z": replace(z, quantization=quantization),
    }
    plain = tuple(replace(one, activation=Activation.NONE) for one in graph.operators)
    return replace(graph, tensors={**graph.tensors, **changed}, operators=plain)


WIDE_GRAPHS: Mapping[str, Graph] = {
    **{case.name: convolution_graph(case) for case in CONVOLUTIONS},
    **{f"product {shape}": dense_graph(shape) for shape in DENSE_SHAPES},
    "product, factors above one": dense_graph((1, 20, 6), gain=1e5),
    "product, vanishing": dense_graph((1, 20, 6), gain=1e-9),
    **{
        f"drawn {seed}": drawn_graph(seed)
        for seed in range(60)
        if KINDS[seed % len(KINDS)] not in ELEMENTWISE
    },
}


ON_BOARDS = tuple(
    name
    for name in WIDE_GRAPHS
    if name not in {case.name for case in RESCALES} and not name.startswith("drawn")
)
"""Those of them that differ in what is unpacked, not in what becomes of sums."""


def with_narrow_weights(content: bytes, bits: WeightBits, *, is_packed: bool = False) -> bytes:
    """Return a `.tflite` model with the upper bits of its int8 weights alone.

    Parameters
    ----------
    content : bytes
        A model of one operator with weights.
    bits : int
    is_packed : bool
        Several weights a byte, of type INT4 or INT2; else still of type INT8.
    """
    model: Any = schema.ModelT.InitFromPackedBuf(content, 0)
    (subgraph,) = model.subgraphs
    for operator in subgraph.operators:
        tensor = subgraph.tensors[operator.inputs[1]]
        buffer = model.buffers[tensor.buffer]
        data = np.asarray(buffer.data, np.uint8).view(np.int8) >> (WIDE - bits)
        if is_packed:
            tensor.type = {4: schema.TensorType.INT4, 2: schema.TensorType.INT2}[bits]
            count = WIDE // bits
            fields = np.pad(data.view(np.uint8) & ((1 << bits) - 1), (0, -data.size % count))
            data = (fields.reshape(-1, count) << np.arange(0, WIDE, bits)).sum(axis=1)
        buffer.data = data.astype(np.uint8).tolist()
    builder = flatbuffers.Builder(1024)
    builder.Finish(model.Pack(builder), b"TFL3")
    return bytes(builder.Output())
