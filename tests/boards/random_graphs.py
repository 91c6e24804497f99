# SPDX-License-Identifier: Apache-2.0
"""Small int8 networks with random shapes, scales, zero points and weights."""

import math

import numpy as np
from numpy.typing import NDArray

from boards.graph import Activation, Graph, Operator, OperatorKind, Quantization, Tensor


def convolution_graph(rng: np.random.Generator, kind: OperatorKind) -> Graph:
    """Draw one CONV_2D or DEPTHWISE_CONV_2D whose outputs spread over most of the int8 range."""
    height, width, num_in, num_out = (int(size) for size in rng.integers(1, 10, size=4))
    kernel = (int(rng.integers(1, 5)), int(rng.integers(1, 5)))
    is_depthwise = kind is OperatorKind.DEPTHWISE_CONV_2D
    num_out = num_in if is_depthwise else num_out
    shape = (1, *kernel, num_in) if is_depthwise else (num_out, *kernel, num_in)
    x = activation(rng, "x", (height, width, num_in))
    weights, bias = filters(rng, shape, x, axis=3 if is_depthwise else 0)
    num_terms = math.prod(kernel) * (1 if is_depthwise else num_in)
    sum_scale = float(scale_of(x)[0] * np.median(scale_of(weights)))
    output_scale = 74.0**2 * math.sqrt(num_terms) * sum_scale / 50 * rng.uniform(0.5, 2.0)
    output = Tensor(
        name="z",
        shape=(height, width, num_out),
        dtype="int8",
        quantization=Quantization(
            scale=single_precision(np.array([output_scale])),
            zero_point=int(rng.integers(-128, 128)),
        ),
    )
    operator = Operator(
        name="convolution",
        kind=kind,
        inputs=("x", "w", "b"),
        output="z",
        activation=draw_activation(rng),
        dilation=(int(rng.integers(1, 4)), int(rng.integers(1, 4))),
    )
    return graph_of((x, weights, bias, output), (operator,))


def elementwise_graph(rng: np.random.Generator, kind: OperatorKind) -> Graph:
    """Draw z = x + y or x * y with y a 1 x 1 convolution of x: both inputs have their own scale."""
    height, width, num_channels = (int(size) for size in rng.integers(1, 10, size=3))
    shape = (height, width, num_channels)
    x, y, z = (activation(rng, name, shape) for name in "xyz")
    weights, bias = filters(rng, (num_channels, 1, 1, num_channels), x)
    first = Operator(
        name="convolution", kind=OperatorKind.CONV_2D, inputs=("x", "w", "b"), output="y"
    )
    if kind is OperatorKind.MUL:
        z = product_of(rng, x, y, shape)
    second = Operator(
        name="second",
        kind=kind,
        inputs=("x", "y"),
        output="z",
        activation=draw_activation(rng),
    )
    return graph_of((x, weights, bias, y, z), (first, second))


def product_of(rng: np.random.Generator, x: Tensor, y: Tensor, shape: tuple[int, ...]) -> Tensor:
    """Draw the output of a MUL with a scale that fills the int8 range, more or less."""
    scale = scale_of(x) * scale_of(y) * 2.0 ** rng.uniform(3, 9)
    quantization = Quantization(
        scale=single_precision(scale), zero_point=int(rng.integers(-128, 128))
    )
    return Tensor(name="z", shape=shape, dtype="int8", quantization=quantization)


def draw_input(rng: np.random.Generator, graph: Graph) -> NDArray[np.int8]:
    """Draw an input that covers the whole int8 range."""
    return rng.integers(-128, 128, size=graph.tensors[graph.input].shape).astype(np.int8)


def graph_of(tensors: tuple[Tensor, ...], operators: tuple[Operator, ...]) -> Graph:
    """Bundle tensors and operators that lead from "x" to "z"."""
    by_name = {tensor.name: tensor for tensor in tensors}
    return Graph(name="random", tensors=by_name, operators=operators, input="x", output="z")


def activation(rng: np.random.Generator, name: str, shape: tuple[int, ...]) -> Tensor:
    """Draw the scale and zero point of an activation."""
    quantization = Quantization(
        scale=single_precision(2.0 ** rng.uniform(-8, -3, size=1)),
        zero_point=int(rng.integers(-128, 128)),
    )
    return Tensor(name=name, shape=shape, dtype="int8", quantization=quantization)


def filters(
    rng: np.random.Generator, shape: tuple[int, ...], x: Tensor, *, axis: int = 0
) -> tuple[Tensor, Tensor]:
    """Draw weights "w", quantized per channel along `axis`, and their bias "b"."""
    num_out = shape[axis]
    scale = single_precision(2.0 ** rng.uniform(-8, -6, size=num_out))
    weights = Tensor(
        name="w",
        shape=shape,
        dtype="int8",
        quantization=Quantization(scale=scale, axis=axis),
        data=rng.integers(-127, 128, size=shape).astype(np.int8),
    )
    bias = Tensor(
        name="b",
        shape=(num_out,),
        dtype="int32",
        quantization=Quantization(scale=scale_of(x) * scale, axis=0),
        data=rng.integers(-2000, 2000, size=num_out).astype(np.int32),
    )
    return weights, bias


def draw_activation(rng: np.random.Generator) -> Activation:
    """Draw what is fused behind an operator."""
    return Activation.RELU if rng.integers(2) else Activation.NONE


def scale_of(tensor: Tensor) -> NDArray[np.float64]:
    """Return the scales of a quantized tensor."""
    assert tensor.quantization is not None
    return tensor.quantization.scale


def single_precision(values: NDArray[np.float64]) -> NDArray[np.float64]:
    """Round scales to what a .tflite file can hold."""
    return values.astype(np.float32).astype(np.float64)
