# SPDX-License-Identifier: Apache-2.0
"""A network of the shape of the neural receiver S, with random weights; needs no PyTorch.

10 planes -> [1x1, RELU] -> 2 x { dw 3x5, 1x1, RELU, dw 3x5, 1x1, + x, RELU } -> [1x1] -> 2 bits
"""

import numpy as np
from numpy.typing import NDArray

from boards.compress import int8
from boards.compress.ranges import RangeMethod
from boards.graph import Graph, OperatorKind
from boards.graph_builder import GraphBuilder

NUM_SYMBOLS, NUM_SUBCARRIERS, NUM_PLANES, NUM_CHANNELS, NUM_BITS = 14, 64, 10, 48, 2
DILATIONS = (((1, 1), (2, 2)), ((3, 4), (1, 1)))


def receiver_graph(*, seed: int = 1) -> Graph:
    """Return the network in int8."""
    rng = np.random.default_rng(seed)
    slots = rng.standard_normal((2, NUM_SYMBOLS, NUM_SUBCARRIERS, NUM_PLANES)).astype(np.float32)
    return int8.quantize(_float_graph(rng), list(slots), method=RangeMethod.MIN_MAX)


def _float_graph(rng: np.random.Generator) -> Graph:
    builder = GraphBuilder()

    def convolution(source: str, *shape: int, dilation: tuple[int, int] = (1, 1)) -> str:
        depthwise = shape[0] == 1
        num_out = shape[3] if depthwise else shape[0]
        num_terms = shape[1] * shape[2] * (1 if depthwise else shape[3])
        weights: NDArray[np.float64] = rng.standard_normal(shape) / np.sqrt(num_terms)
        return builder.convolution(
            name=f"from_{source}",
            source=source,
            weights=weights,
            bias=0.1 * rng.standard_normal((num_out,)),
            depthwise=depthwise,
            dilation=dilation,
        )

    def separable(source: str, dilation: tuple[int, int]) -> str:
        filtered = convolution(source, 1, 3, 5, NUM_CHANNELS, dilation=dilation)
        return convolution(filtered, NUM_CHANNELS, 1, 1, NUM_CHANNELS)

    x = builder.input("x", (NUM_SYMBOLS, NUM_SUBCARRIERS, NUM_PLANES))
    x = builder.rectify(convolution(x, NUM_CHANNELS, 1, 1, NUM_PLANES))
    for first, second in DILATIONS:
        builder.share(x)
        branch = separable(builder.rectify(separable(x, first)), second)
        x = builder.rectify(builder.elementwise(OperatorKind.ADD, name="sum", one=x, other=branch))
    output = convolution(x, NUM_BITS, 1, 1, NUM_CHANNELS)
    return builder.graph("receiver-shape", output=output)
