# SPDX-License-Identifier: Apache-2.0
"""A network of one pointwise convolution, small enough to be built in a test."""

import numpy as np

from boards import image, memory
from boards.graph import Graph, Operator, OperatorKind, Quantization, Tensor
from boards.image import Image


def pointwise_graph(
    *, num_in: int = 10, num_out: int = 2, height: int = 14, width: int = 64, seed: int = 0
) -> Graph:
    """Return an int8 graph with random weights."""
    generator = np.random.default_rng(seed)
    weights = generator.integers(-127, 128, (num_out, 1, 1, num_in), dtype=np.int8)
    bias = generator.integers(-500, 500, num_out, dtype=np.int32)
    tensors = (
        Tensor(name="x", shape=(height, width, num_in), dtype="int8", quantization=_scale(0.05, 3)),
        Tensor(
            name="weights",
            shape=weights.shape,
            dtype="int8",
            quantization=Quantization(scale=np.full(num_out, 0.01), axis=0),
            data=weights,
        ),
        Tensor(
            name="bias",
            shape=bias.shape,
            dtype="int32",
            quantization=Quantization(scale=np.full(num_out, 0.0005), axis=0),
            data=bias,
        ),
        Tensor(
            name="y", shape=(height, width, num_out), dtype="int8", quantization=_scale(0.2, -5)
        ),
    )
    convolution = Operator(
        name="convolution",
        kind=OperatorKind.CONV_2D,
        inputs=("x", "weights", "bias"),
        output="y",
    )
    return Graph(
        name="pointwise",
        tensors={tensor.name: tensor for tensor in tensors},
        operators=(convolution,),
        input="x",
        output="y",
    )


def compiled(graph: Graph) -> Image:
    """Return the image of a graph."""
    return image.compile(graph, memory.plan(graph))


def _scale(scale: float, zero_point: int) -> Quantization:
    return Quantization(scale=np.array([scale]), zero_point=zero_point)
