# SPDX-License-Identifier: Apache-2.0
"""Networks of one operator, drawn at random for a shape that a test chooses."""

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from boards import image, memory
from boards.graph import Activation, Graph, Operator, OperatorKind, Quantization, Tensor
from boards.image import Image
from tests.boards import random_graphs

CONV_2D, DEPTHWISE_CONV_2D = OperatorKind.CONV_2D, OperatorKind.DEPTHWISE_CONV_2D


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """One convolution; the gain decides how much of the int8 range its outputs fill."""

    name: str
    kind: OperatorKind = CONV_2D
    height: int = 3
    width: int = 9
    num_in: int = 8
    num_out: int = 8
    kernel: tuple[int, int] = (1, 1)
    dilation: tuple[int, int] = (1, 1)
    activation: Activation = Activation.NONE
    zero_points: tuple[int, int] = (11, -5)
    gain: float = 1.0


def convolution_graph(case: Case, *, seed: int = 1) -> Graph:
    """Draw weights and scales; with gain 1 the outputs fill the int8 range."""
    rng = np.random.default_rng(seed)
    is_depthwise = case.kind is DEPTHWISE_CONV_2D
    num_out = case.num_in if is_depthwise else case.num_out
    shape = (1, *case.kernel, num_out) if is_depthwise else (num_out, *case.kernel, case.num_in)
    x = _activation("x", (case.height, case.width, case.num_in), 0.05, case.zero_points[0])
    weights, bias = random_graphs.filters(rng, shape, x, axis=3 if is_depthwise else 0)
    num_terms = math.prod(case.kernel) * (1 if is_depthwise else case.num_in)
    sum_scale = 0.05 * float(np.median(random_graphs.scale_of(weights)))
    scale = 74.0**2 * math.sqrt(num_terms) * sum_scale / (50 * case.gain)
    z = _activation("z", (case.height, case.width, num_out), scale, case.zero_points[1])
    operator = Operator(
        name="convolution",
        kind=case.kind,
        inputs=("x", "w", "b"),
        output="z",
        activation=case.activation,
        dilation=case.dilation,
    )
    return random_graphs.graph_of((x, weights, bias, z), (operator,))


def compiled(graph: Graph) -> Image:
    """Return the image of a graph."""
    return image.compile(graph, memory.plan(graph))


def compiled_apart(graph: Graph) -> Image:
    """Return the image of a graph in which no output reaches into an input."""
    return image.compile(graph, memory.plan(graph, may_overlap=False))


def inputs(graph: Graph, *, seed: int = 2) -> NDArray[np.int8]:
    """Draw one input over the whole int8 range."""
    return random_graphs.draw_input(np.random.default_rng(seed), graph)


def _activation(name: str, shape: tuple[int, ...], scale: float, zero_point: int) -> Tensor:
    scales = random_graphs.single_precision(np.array([scale]))
    quantization = Quantization(scale=scales, zero_point=zero_point)
    return Tensor(name=name, shape=shape, dtype="int8", quantization=quantization)
