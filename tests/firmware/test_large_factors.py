# SPDX-License-Identifier: Apache-2.0
"""Sums whose factors reach one half and more become what the reference says, channel by channel.

Sums are small in one input, so that factors that are powers of two bring many to halves: there
every step of the rounding shows. In the other they are as large as they get.
"""

from collections.abc import Iterator, Mapping
from dataclasses import replace

import numpy as np
import pytest
from numpy.typing import NDArray

from boards import reference
from boards.graph import Graph, Quantization
from host.device import Device
from host.launcher import open_device
from sim.twin import Twin
from tests.boards import random_graphs
from tests.firmware.operators import (
    DEPTHWISE_CONV_2D,
    Case,
    compiled,
    convolution_graph,
    inputs,
)
from tests.host.built_firmware import built, emulated_boards

SCALE = 2.0**-5
TO_THE_LEFT = (0.5, 1.0, 0.75, 2.0, 0.25, 0.4999, 1.3, 0.125, 3.7, 8.0, 0.51, 63.0)
TOO_LARGE = (0.5, 200.0, 0.3)
"""The second is shifted to the left further than the fast way goes."""
SHAPES: Mapping[str, Case] = {
    "1x1": Case(name="", num_in=9, num_out=22, height=3, width=5),
    "1x1, depth 32": Case(name="", num_in=32, num_out=16, height=3, width=5),
    "3x3": Case(name="", kernel=(3, 3), num_in=5, num_out=13, height=4, width=5),
    **{
        f"depthwise 3x3, {width} wide, {num_in} channels": Case(
            name="",
            kind=DEPTHWISE_CONV_2D,
            kernel=(3, 3),
            num_in=num_in,
            num_out=num_in,
            height=4,
            width=width,
        )
        for width in (5, 16)
        for num_in in (20, 24, 13)
    },
}


def factors_graph(name: str, factors: tuple[float, ...]) -> Graph:
    """Return a convolution of 2-bit weights, whose channels have these factors in turn."""
    graph = convolution_graph(SHAPES[name])
    weights, bias = graph.tensors["w"], graph.tensors["b"]
    assert weights.data is not None
    assert bias.data is not None
    rng = np.random.default_rng(5)
    scales = random_graphs.single_precision(np.resize(np.array(factors), len(bias.data)))
    assert weights.quantization is not None
    tensors = {
        one.name: replace(
            one, quantization=Quantization(scale=np.array([SCALE]), zero_point=zero_point)
        )
        for one, zero_point in ((graph.tensors["x"], 3), (graph.tensors["z"], -9))
    }
    tensors["w"] = replace(
        weights,
        data=rng.integers(-2, 2, weights.shape).astype(np.int8),
        quantization=replace(weights.quantization, scale=scales),
    )
    tensors["b"] = replace(bias, data=rng.integers(-9, 10, bias.shape).astype(np.int32))
    return replace(graph, tensors={**graph.tensors, **tensors})


GRAPHS: Mapping[str, Graph] = {
    f"{name}, {what}": factors_graph(name, factors)
    for name in SHAPES
    for what, factors in (("to the left", TO_THE_LEFT), ("too large", TOO_LARGE))
}


def two_inputs(graph: Graph) -> tuple[NDArray[np.int8], NDArray[np.int8]]:
    """Draw an input near its zero point, and one over the whole range."""
    whole = inputs(graph)
    return np.random.default_rng(7).integers(-4, 11, whole.shape).astype(np.int8), whole


@pytest.fixture(scope="module", params=emulated_boards())
def board(request: pytest.FixtureRequest) -> Iterator[Device]:
    with open_device(built(request.param), timeout_s=120.0) as device:
        yield device


def test_outputs_of_small_sums_are_many() -> None:
    for name in SHAPES:
        graph = factors_graph(name, TO_THE_LEFT)

        y = reference.run(graph, two_inputs(graph)[0])

        assert len(np.unique(y)) > 60


@pytest.mark.parametrize("name", GRAPHS)
def test_the_twin_rescales_by_large_factors_as_the_reference_does(name: str) -> None:
    graph = GRAPHS[name]
    twin = Twin(compiled(graph))
    for x in two_inputs(graph):
        np.testing.assert_array_equal(twin.run(x), reference.run(graph, x))


@pytest.mark.qemu
def test_boards_rescale_by_large_factors_as_the_reference_does(board: Device) -> None:
    for graph in GRAPHS.values():
        board.load(compiled(graph))
        for x in two_inputs(graph):
            np.testing.assert_array_equal(board.run(x), reference.run(graph, x))
