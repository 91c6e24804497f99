# SPDX-License-Identifier: Apache-2.0
"""A small float32 network with every operator, random weights and channels of uneven loudness."""

import numpy as np
from numpy.typing import NDArray

from boards.graph import Graph, OperatorKind
from boards.graph_builder import GraphBuilder

HEIGHT, WIDTH, NUM_IN = 6, 8, 3


def residual_network(*, num_channels: int = 8, unevenness: float = 0.0, seed: int = 1) -> Graph:
    """Build conv, then x + pointwise(depthwise(x)), then a 1 x 1 output; RELU where usual.

    The depthwise channels are louder by gains whose logarithm has standard deviation
    `unevenness`; the pointwise convolution makes up for it.
    """
    rng = np.random.default_rng(seed)
    builder = GraphBuilder()
    gains = np.exp(unevenness * rng.standard_normal(num_channels))

    def convolution(name: str, source: str, weights: NDArray[np.float64]) -> str:
        depthwise = weights.shape[0] == 1
        num_out = weights.shape[3] if depthwise else weights.shape[0]
        return builder.convolution(
            name=name,
            source=source,
            weights=weights,
            bias=0.1 * rng.standard_normal((num_out,)),
            depthwise=depthwise,
            dilation=(1, 2) if depthwise else (1, 1),
        )

    x = builder.input("x", (HEIGHT, WIDTH, NUM_IN))
    first = convolution("first", x, rng.standard_normal((num_channels, 3, 3, NUM_IN)) / 5)
    builder.rectify(first)
    filters = gains * rng.standard_normal((1, 3, 3, num_channels)) / 3
    depthwise = builder.rectify(convolution("depthwise", first, filters))
    mixer = rng.standard_normal((num_channels, 1, 1, num_channels)) / gains / 2
    pointwise = convolution("pointwise", depthwise, mixer)
    gate = builder.elementwise(OperatorKind.MUL, name="mul", one=first, other=pointwise)
    total = builder.rectify(
        builder.elementwise(OperatorKind.ADD, name="add", one=first, other=gate)
    )
    output = convolution("last", total, rng.standard_normal((2, 1, 1, num_channels)) / 2)
    return builder.graph("residual", output=output)


def calibration_slots(*, num_slots: int = 64, seed: int = 2) -> list[NDArray[np.float32]]:
    """Draw standard normal inputs."""
    rng = np.random.default_rng(seed)
    return list(rng.standard_normal((num_slots, HEIGHT, WIDTH, NUM_IN)).astype(np.float32))
