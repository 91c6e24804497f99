# SPDX-License-Identifier: Apache-2.0
"""Random networks of one operator whose output may reach into its input, and their images."""

import math
from collections.abc import Callable
from dataclasses import replace

import numpy as np

from boards import image
from boards.graph import Graph, Operator, OperatorKind, Quantization, Tensor
from boards.image import Image
from boards.memory import MemoryPlan
from boards.narrow import WeightBits
from boards.options import Pool
from boards.overlap import Overlap, overlap_of
from boards.shapes import output_shape
from tests.boards import random_graphs

CONV_2D, DEPTHWISE_CONV_2D = OperatorKind.CONV_2D, OperatorKind.DEPTHWISE_CONV_2D
POOLS = (OperatorKind.AVERAGE_POOL_2D, OperatorKind.MAX_POOL_2D)
_BITS: tuple[WeightBits, ...] = (8, 8, 4)


def drawn(seed: int) -> Graph:
    """Draw an operator of any window, stride and padding, now and then with narrow weights."""
    rng = np.random.default_rng(seed)
    kinds: tuple[Callable[[np.random.Generator], Graph], ...] = (
        _convolution,
        _depthwise,
        _pointwise,
        _pool,
        _dense,
    )
    return kinds[seed % len(kinds)](rng)


def placed(graph: Graph, *, distance_bytes: int) -> Image:
    """Return the image of a network of one operator, its output so many bytes before its input."""
    x, z = graph.tensors["x"], graph.tensors["z"]
    offsets = {"x": max(distance_bytes, 0), "z": max(-distance_bytes, 0)}
    peak = max(offsets["x"] + x.num_bytes, offsets["z"] + z.num_bytes)
    plan = MemoryPlan(
        offsets=offsets, peak_bytes=peak, lower_bound_bytes=peak, disjoint_bound_bytes=peak
    )
    return image.compile(graph, plan)


def overlap_in(graph: Graph) -> Overlap:
    """Return how the only operator may overlap."""
    found = overlap_of(graph, graph.operators[0])
    assert found is not None
    return found


def least(overlap: Overlap) -> int:
    """Return the least distance that is allowed [bytes]."""
    return -(-overlap.distance_bytes // overlap.grain_bytes) * overlap.grain_bytes


def _plane(rng: np.random.Generator, num_channels: int) -> Tensor:
    height, width = (int(size) for size in rng.integers(3, 18, size=2))
    return random_graphs.activation(rng, "x", (height, width, num_channels))


def _convolution(rng: np.random.Generator) -> Graph:
    num_in, num_out = (int(size) for size in rng.integers(1, 21, size=2))
    x = _plane(rng, num_in)
    return _weighted(rng, CONV_2D, x, (num_out, *_kernel(rng), num_in))


def _pointwise(rng: np.random.Generator) -> Graph:
    num_in, num_out = (int(size) for size in rng.integers(1, 40, size=2))
    weights = (num_out, 1, 1, num_in)
    return _weighted(rng, CONV_2D, _plane(rng, num_in), weights, is_strided=False)


def _depthwise(rng: np.random.Generator) -> Graph:
    num_in = int(rng.integers(1, 37))
    num_copies = int(rng.choice([1, 1, 1, 2, 3]))
    shape = (1, *_kernel(rng), num_in * num_copies)
    is_strided = bool(rng.integers(2))
    return _weighted(rng, DEPTHWISE_CONV_2D, _plane(rng, num_in), shape, is_strided=is_strided)


def _dense(rng: np.random.Generator) -> Graph:
    num_rows, num_in, num_out = (int(size) for size in rng.integers(1, 40, size=3))
    x = random_graphs.activation(rng, "x", (num_rows, num_in))
    return _weighted(rng, OperatorKind.FULLY_CONNECTED, x, (num_out, num_in), is_strided=False)


def _pool(rng: np.random.Generator) -> Graph:
    x = _plane(rng, int(rng.integers(1, 21)))
    operator = Operator(
        name="pool",
        kind=POOLS[int(rng.integers(2))],
        inputs=("x",),
        output="z",
        stride=_pair(rng, 3),
        padding=_padding(rng, (2, 2)),
        options=Pool(kernel=(3, 3)),
    )
    return _finished(x, (), operator, x.quantization)


def _weighted(
    rng: np.random.Generator,
    kind: OperatorKind,
    x: Tensor,
    shape: tuple[int, ...],
    *,
    is_strided: bool = True,
) -> Graph:
    """Draw weights and bias, and an output that fills the int8 range."""
    weights, bias = random_graphs.filters(rng, shape, x, axis=3 if kind is DEPTHWISE_CONV_2D else 0)
    weights = _narrowed(weights, _BITS[int(rng.integers(len(_BITS)))])
    has_window = kind is not OperatorKind.FULLY_CONNECTED
    kernel = (shape[1], shape[2]) if has_window else (1, 1)
    operator = Operator(
        name="weighted",
        kind=kind,
        inputs=("x", "w", "b"),
        output="z",
        stride=_pair(rng, 3) if is_strided else (1, 1),
        dilation=_pair(rng, 2) if is_strided else (1, 1),
        padding=_padding(rng, kernel) if is_strided else None,
    )
    scale = float(random_graphs.scale_of(x)[0] * np.median(random_graphs.scale_of(weights)))
    num_terms = math.prod(kernel) * (1 if kind is DEPTHWISE_CONV_2D else shape[-1])
    filled = random_graphs.single_precision(np.array([50 * math.sqrt(num_terms) * scale]))
    quantization = Quantization(scale=filled, zero_point=int(rng.integers(-128, 128)))
    return _finished(x, (weights, bias), operator, quantization)


def _narrowed(weights: Tensor, bits: WeightBits) -> Tensor:
    """Return weights that take fewer bits, if `bits` are fewer than 8."""
    assert weights.data is not None
    assert weights.quantization is not None
    if bits == 8:
        return weights
    quantization = replace(weights.quantization, bits=bits)
    return replace(weights, data=weights.data // 16, quantization=quantization)


def _finished(
    x: Tensor, constants: tuple[Tensor, ...], operator: Operator, quantization: Quantization | None
) -> Graph:
    z = Tensor(name="z", shape=x.shape, dtype="int8", quantization=quantization)
    graph = random_graphs.graph_of((x, *constants, z), (operator,))
    shape = output_shape(graph, operator)
    z = replace(z, shape=shape)
    return random_graphs.graph_of((x, *constants, z), (operator,))


def _kernel(rng: np.random.Generator) -> tuple[int, int]:
    return int(rng.integers(1, 4)), int(rng.integers(1, 4))


def _pair(rng: np.random.Generator, most: int) -> tuple[int, int]:
    return int(rng.integers(1, most + 1)), int(rng.integers(1, most + 1))


def _padding(
    rng: np.random.Generator, kernel: tuple[int, int]
) -> tuple[tuple[int, int], tuple[int, int]]:
    """Draw rows above and below, columns left and right; enough for any dilation to fit."""
    rows, columns = (tuple(int(n) for n in rng.integers(1, size + 2, 2)) for size in kernel)
    return (rows[0], rows[1]), (columns[0], columns[1])
