# SPDX-License-Identifier: Apache-2.0
"""A head taken out of an image is the graph's, and put back makes the image the compiler makes."""

from dataclasses import replace

import numpy as np
import pytest

from boards import image, memory
from boards.compress import int8
from boards.compress.widths import Widths, narrowed
from boards.errors import ImageError
from boards.graph import Activation, Graph
from boards.head import Head, head_of, with_head
from boards.image import Image
from tests.boards.networks import calibration_slots, residual_network
from tests.firmware.operators import DEPTHWISE_CONV_2D, Case, compiled, convolution_graph

NETWORK = int8.quantize(residual_network(num_channels=13), calibration_slots(num_slots=4))
SHAPES = [(1, 1), (3, 2), (4, 4), (7, 5), (12, 8), (41, 3)]


def other_head(graph: Graph, *, seed: int = 3) -> tuple[Graph, Head]:
    """Return the graph with other weights and biases in its last convolution."""
    rng = np.random.default_rng(seed)
    _, weights, biases = (graph.tensors[name] for name in graph.operators[-1].inputs)
    new_weights = rng.integers(-127, 128, weights.shape).astype(np.int8)
    new_biases = rng.integers(-(2**20), 2**20, biases.shape).astype(np.int32)
    tensors = {
        **graph.tensors,
        weights.name: replace(weights, data=new_weights),
        biases.name: replace(biases, data=new_biases),
    }
    head = Head(weights=new_weights.reshape(len(new_biases), -1), biases=new_biases)
    return replace(graph, tensors=tensors), head


@pytest.mark.parametrize(("num_in", "num_out"), SHAPES)
def test_a_head_in_an_image_is_the_graphs(num_in: int, num_out: int) -> None:
    case = Case(name="", num_in=num_in, num_out=num_out, zero_points=(-77, 5))
    graph, head = other_head(convolution_graph(case))

    found = head_of(compiled(graph))

    np.testing.assert_array_equal(found.weights, head.weights)
    np.testing.assert_array_equal(found.biases, head.biases)


@pytest.mark.parametrize(("num_in", "num_out"), SHAPES)
def test_another_head_makes_the_image_that_the_compiler_makes(num_in: int, num_out: int) -> None:
    old = convolution_graph(Case(name="", num_in=num_in, num_out=num_out, zero_points=(-77, 5)))
    new, head = other_head(old)

    changed = with_head(compiled(old), head)

    assert changed.data == compiled(new).data


def test_another_head_of_a_whole_network_makes_the_image_that_the_compiler_makes() -> None:
    new, head = other_head(NETWORK)

    changed = with_head(compiled(NETWORK), head)

    assert changed.data == compiled(new).data != compiled(NETWORK).data


def test_a_head_comes_back_from_the_bytes_that_tell_it() -> None:
    data = bytes([1, 0xFF, 0x80, 7]) + bytes([2, 0, 0, 0]) + bytes([0xFE, 0xFF, 0xFF, 0xFF])

    head = Head.told(data, num_in=2, num_out=2)

    np.testing.assert_array_equal(head.weights, [[1, -1], [-128, 7]])
    np.testing.assert_array_equal(head.biases, [2, -2])
    with pytest.raises(ValueError, match="11 bytes are no head of 2 to 2"):
        Head.told(data[:-1], num_in=2, num_out=2)


@pytest.mark.parametrize(
    "case",
    [
        pytest.param(Case(name="", activation=Activation.RELU), id="RELU"),
        pytest.param(Case(name="", kernel=(3, 3)), id="3x3"),
        pytest.param(Case(name="", kind=DEPTHWISE_CONV_2D), id="depthwise"),
    ],
)
def test_networks_that_end_otherwise_have_no_head(case: Case) -> None:
    without = compiled(convolution_graph(case))

    with pytest.raises(ImageError, match="no head that can learn; patch the whole network"):
        head_of(without)


def test_a_head_of_another_shape_is_refused() -> None:
    four, six = (compiled(convolution_graph(Case(name="", num_out=n))) for n in (4, 6))

    with pytest.raises(ImageError, match="its head is 8 to 4, not 8 to 6"):
        with_head(four, head_of(six))


@pytest.mark.parametrize("num_channels", [8, 13, 40])
def test_a_plan_keeps_the_input_of_the_head_beside_the_output(num_channels: int) -> None:
    """The last operator reads one and writes the other, so no plan may let them overlap."""
    graph = int8.quantize(
        residual_network(num_channels=num_channels), calibration_slots(num_slots=4)
    )
    record = image.compile(graph, memory.plan(graph)).operators[-1]

    x = range(record.inputs[0], record.inputs[0] + 6 * 8 * record.window.num_in)
    y = range(record.output, record.output + 6 * 8 * record.window.num_out)

    assert not set(x) & set(y)


def test_its_own_head_changes_nothing() -> None:
    old = Image(compiled(NETWORK).data, "a file")

    assert with_head(old, head_of(old)) == old


def test_a_head_whose_weights_are_packed_cannot_learn() -> None:
    graph, _ = narrowed(convolution_graph(Case(name="")), Widths(every=4))

    with pytest.raises(ImageError, match="the weights of the head take 4 bits"):
        head_of(compiled(graph))
