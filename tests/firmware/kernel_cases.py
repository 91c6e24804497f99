# SPDX-License-Identifier: Apache-2.0
"""The networks that every kernel runs three times: in NumPy, in the twin, on emulated boards."""

from dataclasses import replace

import numpy as np

from boards.graph import (
    ELEMENTWISE,
    Activation,
    Graph,
    Operator,
    OperatorKind,
    Quantization,
)
from tests.boards import random_graphs
from tests.firmware.operators import DEPTHWISE_CONV_2D, Case, convolution_graph

RELU = Activation.RELU
_FAST_RELU = (4, -128)

SHAPES = (
    Case(name="1x1"),
    Case(name="1x1, one pixel", height=1, width=1),
    Case(name="1x1, pixels that fill no tile", height=1, width=7),
    Case(name="1x1, 10 to 48 channels", num_in=10, num_out=48),
    Case(name="1x1, odd channels", num_in=7, num_out=5),
    Case(name="1x1, one channel to one", num_in=1, num_out=1),
    Case(name="1x1, deep", num_in=300, num_out=3, height=1),
    *(Case(name=f"1x1, depth {n}", num_in=n) for n in (4, 12, 24, 28, 32, 48, 52)),
    Case(name="1x1, RELU", activation=RELU, zero_points=_FAST_RELU),
    Case(name="3x3", kernel=(3, 3), num_in=5),
    Case(name="3x3, dilated", kernel=(3, 3), num_in=4, dilation=(2, 3)),
    Case(name="2x4, even kernel", kernel=(2, 4), num_in=3),
    Case(name="5x1", kernel=(5, 1), num_in=2),
    Case(name="kernel larger than the input", kernel=(7, 9), num_in=2, height=2, width=3),
    *(
        Case(name=f"depthwise {h}x{w}", kind=DEPTHWISE_CONV_2D, kernel=(h, w), height=5)
        for h, w in ((1, 1), (3, 3), (3, 5), (5, 5), (2, 2), (1, 7), (4, 3), (7, 1), (3, 4))
    ),
)
_DEPTHWISE = Case(name="", kind=DEPTHWISE_CONV_2D, kernel=(3, 5), height=6, width=16)
DILATED = (
    *(
        replace(_DEPTHWISE, name=f"depthwise 3x5, width {w}, dilation {d}", dilation=d, width=w)
        for w, d in (
            (16, (1, 1)),
            (16, (2, 2)),
            (16, (3, 4)),
            (18, (1, 2)),
            (19, (4, 3)),
            (3, (2, 5)),
            (17, (9, 1)),
        )
    ),
    replace(_DEPTHWISE, name="depthwise 3x3, dilation (2, 2)", kernel=(3, 3), dilation=(2, 2)),
    replace(_DEPTHWISE, name="depthwise 3x5, 13 channels", num_in=13),
    replace(_DEPTHWISE, name="depthwise 3x5, 3 channels", num_in=3),
    replace(_DEPTHWISE, name="depthwise 3x5, narrow", width=5),
    replace(_DEPTHWISE, name="depthwise 3x5, narrow, 13 channels", width=5, num_in=13),
    replace(_DEPTHWISE, name="depthwise 8x8, narrow", width=5, kernel=(8, 8)),
    replace(_DEPTHWISE, name="depthwise 9x8, narrow, too many taps", width=5, kernel=(9, 8)),
)
RESCALES = tuple(
    replace(case, name=f"{case.name}, {what}", activation=activation, zero_points=zeros, gain=gain)
    for case in (
        Case(name="1x1", num_out=6),
        Case(name="3x3", kernel=(3, 3), num_in=3),
        replace(_DEPTHWISE, name="depthwise 3x5"),
        replace(_DEPTHWISE, name="depthwise 3x3, narrow", kernel=(3, 3), width=5),
    )
    for what, activation, zeros, gain in (
        ("RELU that cuts", RELU, (3, -20), 1.0),
        ("everything saturates", Activation.NONE, (-128, 127), 500.0),
        ("factors above one", Activation.NONE, (0, 0), 1e5),
        ("tiny outputs", Activation.NONE, (127, 100), 1e-3),
        ("vanishing outputs", Activation.NONE, (5, -7), 1e-9),
    )
)
CONVOLUTIONS = SHAPES + DILATED + RESCALES

KINDS = (
    OperatorKind.CONV_2D,
    OperatorKind.DEPTHWISE_CONV_2D,
    OperatorKind.ADD,
    OperatorKind.MUL,
)
"""What devices run."""


def drawn_graph(seed: int) -> Graph:
    """Draw an operator of any kind and shape."""
    rng, kind = np.random.default_rng(seed), KINDS[seed % len(KINDS)]
    if kind in ELEMENTWISE:
        return random_graphs.elementwise_graph(rng, kind)
    return random_graphs.convolution_graph(rng, kind)


def product_graph(gain: float, *, is_square: bool = False) -> Graph:
    """Return z = x * y, or y * y, with y a 1 x 1 convolution of x; gain 1 fills the int8 range."""
    graph = convolution_graph(Case(name="", num_in=7, num_out=7, width=9), seed=3)
    y, scale = replace(graph.tensors["z"], name="y"), graph.tensors["z"].quantization
    x = graph.tensors["x"]
    assert scale is not None
    assert x.quantization is not None
    factors = (scale if is_square else x.quantization).scale * scale.scale
    quantization = Quantization(
        scale=random_graphs.single_precision(factors * 100.0 / gain), zero_point=9
    )
    z = replace(graph.tensors["z"], quantization=quantization)
    first = replace(graph.operators[0], output="y")
    inputs = ("y", "y") if is_square else ("x", "y")
    second = Operator(name="product", kind=OperatorKind.MUL, inputs=inputs, output="z")
    tensors = {**graph.tensors, "y": y, "z": z}
    ordered = {name: tensors[name] for name in ("x", "w", "b", "y", "z")}
    return replace(graph, tensors=ordered, operators=(first, second))


PRODUCTS = {
    "usual": product_graph(1.0),
    "factor above one": product_graph(1e3),
    "everything saturates": product_graph(1e6),
    "vanishing": product_graph(1e-12),
    "of a value by itself": product_graph(1.0, is_square=True),
}


def mixed_channels_graph(kind: OperatorKind, *, width: int = 16) -> Graph:
    """Return a convolution some of whose channels need the slow rescaling and some do not."""
    case = Case(name="", kind=kind, kernel=(3, 3), height=6, num_in=9, width=width)
    graph = convolution_graph(case)
    weights, bias = graph.tensors["w"], graph.tensors["b"]
    assert weights.quantization is not None
    assert bias.data is not None
    factors = np.resize([1.0, 1.0, 1e-7, 1.0, 1e4], len(bias.data))
    quantization = replace(weights.quantization, scale=weights.quantization.scale * factors)
    data = bias.data.copy()
    data[1], data[-1] = 2**30, -(2**30)
    tensors = {
        **graph.tensors,
        "w": replace(weights, quantization=quantization),
        "b": replace(bias, data=data),
    }
    return replace(graph, tensors=tensors)
