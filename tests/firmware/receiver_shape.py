# SPDX-License-Identifier: Apache-2.0
"""A network of the shape of the neural receiver S, with random weights; needs no PyTorch.

10 planes -> [1x1, RELU] -> block -> block -> [1x1] -> 2 bits, or as many as asked for
block: (1x1, dw, dw) * (1x1) -> dw 3x5 -> 1x1 -> + x, RELU
"""

import numpy as np
from numpy.typing import NDArray

from boards.compress import int8
from boards.compress.ranges import RangeMethod
from boards.graph import Graph, OperatorKind
from boards.graph_builder import GraphBuilder

NUM_SYMBOLS, NUM_SUBCARRIERS, NUM_PLANES, NUM_CHANNELS, NUM_BITS = 14, 64, 10, 40, 2
NUM_PRODUCTS = 36

_Window = tuple[tuple[int, int], tuple[int, int]]
"""(kernel, dilation) of a depthwise convolution."""

ESTIMATES: tuple[tuple[_Window, ...], ...] = (
    (((3, 5), (2, 1)), ((3, 5), (5, 4))),
    (((3, 5), (1, 2)), ((3, 5), (3, 4))),
)


def receiver_graph(*, seed: int = 1, num_bits: int = NUM_BITS) -> Graph:
    """Return the network in int8."""
    rng = np.random.default_rng(seed)
    slots = rng.standard_normal((2, NUM_SYMBOLS, NUM_SUBCARRIERS, NUM_PLANES)).astype(np.float32)
    return int8.quantize(_Receiver(rng).graph(num_bits), list(slots), method=RangeMethod.MIN_MAX)


class _Receiver:
    """Builds the network with random weights."""

    def __init__(self, rng: np.random.Generator) -> None:
        self._rng = rng
        self._builder = GraphBuilder()

    def graph(self, num_bits: int) -> Graph:
        """Return the network in float32."""
        x = self._builder.input("x", (NUM_SYMBOLS, NUM_SUBCARRIERS, NUM_PLANES))
        x = self._builder.rectify(self._pointwise(x, NUM_PLANES, NUM_CHANNELS))
        for windows in ESTIMATES:
            x = self._block(x, windows)
        output = self._pointwise(x, NUM_CHANNELS, num_bits)
        return self._builder.graph("receiver-shape", output=output)

    def _block(self, x: str, windows: tuple[_Window, ...]) -> str:
        self._builder.share(x)
        estimate = self._pointwise(x, NUM_CHANNELS, NUM_PRODUCTS)
        for window in windows:
            estimate = self._depthwise(estimate, window)
        signal = self._pointwise(x, NUM_CHANNELS, NUM_PRODUCTS)
        product = self._join(OperatorKind.MUL, estimate, signal)
        product = self._depthwise(product, ((3, 5), (1, 1)))
        branch = self._pointwise(product, NUM_PRODUCTS, NUM_CHANNELS)
        return self._builder.rectify(self._join(OperatorKind.ADD, x, branch))

    def _join(self, kind: OperatorKind, one: str, other: str) -> str:
        return self._builder.elementwise(kind, name=kind.lower(), one=one, other=other)

    def _pointwise(self, source: str, num_in: int, num_out: int) -> str:
        weights = self._rng.standard_normal((num_out, 1, 1, num_in)) / np.sqrt(num_in)
        return self._convolution(source, weights, dilation=(1, 1), depthwise=False)

    def _depthwise(self, source: str, window: _Window) -> str:
        kernel, dilation = window
        weights = self._rng.standard_normal((1, *kernel, NUM_PRODUCTS)) / np.sqrt(kernel[0] * 5)
        return self._convolution(source, weights, dilation=dilation, depthwise=True)

    def _convolution(
        self,
        source: str,
        weights: NDArray[np.float64],
        *,
        dilation: tuple[int, int],
        depthwise: bool,
    ) -> str:
        num_out = weights.shape[3] if depthwise else weights.shape[0]
        return self._builder.convolution(
            name=f"from_{source}",
            source=source,
            weights=weights,
            bias=0.1 * self._rng.standard_normal((num_out,)),
            depthwise=depthwise,
            dilation=dilation,
        )
