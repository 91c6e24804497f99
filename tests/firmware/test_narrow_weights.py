# SPDX-License-Identifier: Apache-2.0
"""Kernels give the reference's integers whatever their weights take, and LiteRT's of the same int8.

The reference computes with weights that are not packed.
"""

from collections.abc import Iterator
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import settings as runs
from hypothesis import strategies as st
from numpy.typing import NDArray

from boards import reference, tflite
from boards.body import Body
from boards.compress.widths import Widths
from boards.compress.widths import narrowed as packed
from boards.graph import ELEMENTWISE, Graph
from boards.image import Image
from boards.layout import OperatorRecord, seal
from boards.narrow import WeightBits
from host.device import Device
from host.launcher import open_device
from sim.errors import TwinError
from sim.twin import Twin
from tests.firmware.half_patch import OLD_GRAPH
from tests.firmware.kernel_cases import KINDS, drawn_graph, product_graph
from tests.firmware.operators import compiled, inputs
from tests.firmware.raw_agent import LEARN_BEGIN, NO_HEAD, OK, RawAgent
from tests.firmware.test_agent_learn import begin
from tests.host.built_firmware import built, emulated_boards

pytest.importorskip("ai_edge_litert.interpreter", reason="ai-edge-litert is not installed")

from tests.boards.tflite_builder import run_litert
from tests.boards.tflite_models import MODELS
from tests.firmware.narrow_cases import (
    NARROW,
    ON_BOARDS,
    WIDE_GRAPHS,
    dense_graph,
    extreme_graph,
    narrowed,
    with_narrow_weights,
)

WEIGHTED = ("CONV_2D", "DEPTHWISE_CONV_2D", "FULLY_CONNECTED")
PACKED_IN_LITERT = (*((name, 4) for name in WEIGHTED), ("FULLY_CONNECTED", 2))
"""What LiteRT 2.3 runs: it refuses convolutions whose weights are INT2."""
SEEDS = st.integers(0, 2**32 - 1)
BITS = st.sampled_from(NARROW)
DRAWN_ON_BOARDS = range(4)


@pytest.fixture(scope="module", params=emulated_boards())
def board(request: pytest.FixtureRequest) -> Iterator[Device]:
    with open_device(built(request.param), timeout_s=120.0) as device:
        yield device


def as_image_takes(image: Image, x: NDArray[np.int8]) -> NDArray[np.int8]:
    return x.reshape(image.input_shape)


def assert_twin_agrees(graph: Graph) -> None:
    image, x = compiled(graph), inputs(graph)

    y = Twin(image).run(as_image_takes(image, x))

    np.testing.assert_array_equal(y.ravel(), reference.run(graph, x).ravel())


def assert_board_agrees(device: Device, graph: Graph) -> None:
    image, x = compiled(graph), inputs(graph)

    device.load(image)
    y = device.run(as_image_takes(image, x))

    np.testing.assert_array_equal(y.ravel(), reference.run(graph, x).ravel())


@pytest.mark.parametrize("bits", NARROW)
@pytest.mark.parametrize("name", WIDE_GRAPHS)
def test_the_twin_multiplies_narrow_weights_as_the_reference_does(
    name: str, bits: WeightBits
) -> None:
    assert_twin_agrees(narrowed(WIDE_GRAPHS[name], bits))


@given(seed=st.integers(0, 2**20), bits=BITS)
@runs(max_examples=150, deadline=None)
def test_the_twin_convolves_drawn_shapes_as_the_reference_does(seed: int, bits: WeightBits) -> None:
    graph = drawn_graph(seed if KINDS[seed % len(KINDS)] not in ELEMENTWISE else seed - 2)
    assert_twin_agrees(narrowed(graph, bits))


@given(
    shape=st.tuples(st.integers(1, 3), st.integers(1, 600), st.integers(1, 20)),
    seed=SEEDS,
    bits=BITS,
)
@runs(max_examples=150, deadline=None)
def test_the_twin_multiplies_drawn_rows_as_the_reference_does(
    shape: tuple[int, int, int], seed: int, bits: WeightBits
) -> None:
    assert_twin_agrees(narrowed(dense_graph(shape, seed=seed), bits))


@pytest.mark.parametrize("bits", NARROW)
@pytest.mark.parametrize("value", [-128, 127])
def test_sums_of_the_largest_products_do_not_overflow(value: int, bits: WeightBits) -> None:
    graph = extreme_graph((1, 65_532, 4), bits)
    x = np.full((1, 65_532), value, np.int8)

    y = Twin(compiled(graph)).run(x[np.newaxis])

    assert 20 < abs(int(y.ravel()[0])) < 127
    np.testing.assert_array_equal(y.ravel(), reference.run(graph, x).ravel())


@pytest.mark.parametrize("bits", NARROW)
@pytest.mark.parametrize("name", WIDE_GRAPHS)
def test_the_host_knows_what_memory_narrow_weights_take(name: str, bits: WeightBits) -> None:
    image = compiled(narrowed(WIDE_GRAPHS[name], bits))

    assert Twin(image).arena_bytes == image.arena_bytes(Body.PORTABLE)


@pytest.mark.parametrize("name", WEIGHTED)
@given(seed=SEEDS, bits=BITS)
@runs(max_examples=60, deadline=None)
def test_packed_weights_give_what_litert_makes_of_the_same_int8(
    name: str, seed: int, bits: WeightBits
) -> None:
    rng = np.random.default_rng(seed)
    content = with_narrow_weights(MODELS[name](rng, name), bits)
    graph, _ = packed(tflite.from_bytes(content, name=name), Widths(every=bits))
    image, x = compiled(graph), inputs(graph, seed=seed)
    (operator,) = image.operators

    y = Twin(image).run(as_image_takes(image, x))

    assert operator.weight_bits == bits
    np.testing.assert_array_equal(y.ravel(), run_litert(content, x).ravel())


@pytest.mark.parametrize(("name", "bits"), PACKED_IN_LITERT)
def test_models_of_packed_weights_give_litert_s_integers(name: str, bits: WeightBits) -> None:
    for seed in range(40):
        whole = MODELS[name](np.random.default_rng(seed), name)
        content = with_narrow_weights(whole, bits, is_packed=True)
        graph = tflite.from_bytes(content, name=name)
        image, x = compiled(graph), inputs(graph, seed=seed)

        y = Twin(image).run(as_image_takes(image, x))

        assert image.operators[-1].weight_bits == bits
        np.testing.assert_array_equal(y.ravel(), run_litert(content, x).ravel())


@pytest.mark.qemu
@pytest.mark.parametrize("bits", NARROW)
def test_boards_multiply_narrow_weights_as_the_reference_does(
    board: Device, bits: WeightBits
) -> None:
    for name in ON_BOARDS:
        assert_board_agrees(board, narrowed(WIDE_GRAPHS[name], bits))


@pytest.mark.qemu
@pytest.mark.parametrize("name", WEIGHTED)
def test_boards_give_what_litert_makes_of_the_same_int8(board: Device, name: str) -> None:
    for bits in NARROW:
        for seed in DRAWN_ON_BOARDS:
            whole = MODELS[name](np.random.default_rng(seed), name)
            content = with_narrow_weights(whole, bits)
            graph, _ = packed(tflite.from_bytes(content, name=name), Widths(every=bits))
            image, x = compiled(graph), inputs(graph, seed=seed)

            board.load(image)
            y = board.run(as_image_takes(image, x))

            np.testing.assert_array_equal(y.ravel(), run_litert(content, x).ravel())


def with_record(image: Image, **changes: int) -> Image:
    """Return an image, sealed, whose first operator says something else."""
    data, at = bytearray(image.data), image.header.operators_offset
    record = replace(image.operators[0], **changes)  # type: ignore[arg-type]  # fields by name
    data[at : at + OperatorRecord.LAYOUT.size] = record.pack()
    return Image(seal(bytes(data)), "changed")


@pytest.mark.parametrize("wrong", [0, 1, 3, 5, 7, 9, 16, 65_535])
@pytest.mark.parametrize("name", ["1x1", "depthwise 3x3", "product (1, 5, 3)"])
def test_the_firmware_refuses_weights_of_other_bits(name: str, wrong: int) -> None:
    image = compiled(narrowed(WIDE_GRAPHS[name], 4))

    with pytest.raises(TwinError, match="refuses"):
        Twin(with_record(image, weight_bits=wrong))


@pytest.mark.parametrize("other", [8, 6, 2])
@pytest.mark.parametrize("name", ["1x1", "depthwise 3x3", "product (1, 5, 3)"])
def test_the_firmware_refuses_weights_of_another_size_than_their_bits(
    name: str, other: int
) -> None:
    image = compiled(narrowed(WIDE_GRAPHS[name], 4))

    with pytest.raises(TwinError, match="refuses"):
        Twin(with_record(image, weight_bits=other))


def test_the_firmware_refuses_bits_of_weights_where_there_are_none() -> None:
    image = compiled(product_graph(1.0))
    at = image.header.operators_offset + OperatorRecord.LAYOUT.size
    record = replace(image.operators[1], weight_bits=8)
    data = bytearray(image.data)
    data[at : at + OperatorRecord.LAYOUT.size] = record.pack()

    with pytest.raises(TwinError, match="refuses"):
        Twin(Image(seal(bytes(data)), "changed"))


def test_a_head_whose_weights_are_packed_does_not_learn(agent: RawAgent) -> None:
    head, _ = packed(OLD_GRAPH, Widths(every=4))
    image = compiled(head).data

    assert agent.load(image) == OK

    assert agent.ask(LEARN_BEGIN, begin(image)) == (NO_HEAD, b"")
