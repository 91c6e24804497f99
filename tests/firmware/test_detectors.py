# SPDX-License-Identifier: Apache-2.0
"""Detectors of several users in C against their definition in NumPy, on every kind of core."""

from collections.abc import Iterator
from dataclasses import replace

import numpy as np
import pytest
from numpy.typing import NDArray

from boards.patch import Patch
from host.device import Device
from host.launcher import open_device
from receivers.mimo.integer import elements, gnn_reference, lmmse_reference, lora_reference
from receivers.mimo.integer.gnn_image import compile_gnn_sic
from receivers.mimo.integer.gnn_network import IntegerGnnSic
from receivers.mimo.integer.image import LLR_BITS, compile_lmmse
from receivers.mimo.integer.levels import axis_levels
from receivers.mimo.integer.lora_image import compile_lora_unfolded
from receivers.mimo.integer.lora_network import IntegerLayer, IntegerLoraUnfolded
from sim.mimo.problem import Shape
from sim.modulation import Modulation
from sim.twin import Twin
from tests.host.built_firmware import built, emulated_boards
from tests.receivers.mimo.drawn import rayleigh
from tests.receivers.mimo.integer import drawn_unfolded
from tests.receivers.mimo.integer.drawn_network import drawn_network, quantized

SHAPES = [
    Shape(num_rx_ant=4, num_tx=4, modulation=Modulation.QPSK),
    Shape(num_rx_ant=8, num_tx=4, modulation=Modulation.QAM16),
    Shape(num_rx_ant=1, num_tx=1, modulation=Modulation.QPSK),
    Shape(num_rx_ant=3, num_tx=2, modulation=Modulation.QAM64),
    Shape(num_rx_ant=7, num_tx=8, modulation=Modulation.QAM256),
]
NUM_ELEMENTS = 6
FINE = 7
"""LLR bits that hide nothing of the logits of an untrained network."""


def name_of(shape: Shape) -> str:
    return f"{shape.num_tx}x{shape.num_rx_ant} {shape.modulation}"


def drawn(shape: Shape, *, num_elements: int = 60) -> NDArray[np.int8]:
    """Return elements of a fading channel, each fifth one of random bytes."""
    block = rayleigh(
        shape.modulation,
        num_rx_ant=shape.num_rx_ant,
        num_tx=shape.num_tx,
        snr_db=12.0,
        num_elements=num_elements,
    )
    packed = elements.pack(block.problem)
    hostile = np.random.default_rng(3).integers(-128, 128, packed.shape, dtype=np.int8)
    packed[4::5] = hostile[4::5]
    packed[4, -4:] = np.array([np.nan], np.float32).view(np.int8)
    packed[9, :-4] = 0
    packed[14, :-4] = -128
    return packed


def lmmse(packed: NDArray[np.int8], shape: Shape) -> NDArray[np.int8]:
    levels = axis_levels(shape.modulation)
    return lmmse_reference.detect(packed, shape, levels=levels, llr_bits=LLR_BITS)


def message_passing(
    network: IntegerGnnSic, packed: NDArray[np.int8], shape: Shape
) -> NDArray[np.int8]:
    return gnn_reference.detect(network, packed, shape, llr_bits=FINE)


def descent(
    network: IntegerLoraUnfolded, packed: NDArray[np.int8], shape: Shape
) -> NDArray[np.int8]:
    return lora_reference.detect(network, packed, shape, llr_bits=FINE)


def batches(packed: NDArray[np.int8]) -> NDArray[np.int8]:
    return packed.reshape(-1, 1, NUM_ELEMENTS, packed.shape[1])


@pytest.mark.parametrize("shape", SHAPES, ids=name_of)
def test_the_twin_filters_to_the_same_bits(shape: Shape) -> None:
    packed = drawn(shape)

    found = Twin(compile_lmmse(shape, num_elements=NUM_ELEMENTS)).run_batch(batches(packed))

    expected = lmmse(packed, shape)
    np.testing.assert_array_equal(found.reshape(expected.shape), expected)
    assert len(np.unique(expected)) > 20


@pytest.mark.parametrize("shape", SHAPES, ids=name_of)
def test_the_twin_passes_the_same_messages(shape: Shape) -> None:
    packed, network = drawn(shape), quantized(shape)
    image = compile_gnn_sic(network, shape, num_elements=NUM_ELEMENTS, llr_bits=FINE)

    found = Twin(image).run_batch(batches(packed))

    expected = message_passing(network, packed, shape)
    np.testing.assert_array_equal(found.reshape(expected.shape), expected)
    assert len(np.unique(expected)) > 20


def test_the_twin_passes_the_same_messages_whatever_the_constants_are() -> None:
    seen: set[int] = set()
    for seed in range(20):
        shape = SHAPES[seed % len(SHAPES)]
        packed, network = drawn(shape), drawn_network(shape.modulation, seed=seed)
        image = compile_gnn_sic(network, shape, num_elements=NUM_ELEMENTS, llr_bits=FINE)

        found = Twin(image).run_batch(batches(packed))

        expected = message_passing(network, packed, shape)
        np.testing.assert_array_equal(found.reshape(expected.shape), expected)
        seen |= set(expected.ravel().tolist())

    assert len(seen) > 50


@pytest.mark.parametrize("shape", SHAPES, ids=name_of)
def test_the_twin_descends_through_the_same_stages(shape: Shape) -> None:
    packed, network = drawn(shape), drawn_unfolded.quantized(shape)
    image = compile_lora_unfolded(network, shape, num_elements=NUM_ELEMENTS, llr_bits=FINE)

    found = Twin(image).run_batch(batches(packed))

    expected = descent(network, packed, shape)
    np.testing.assert_array_equal(found.reshape(expected.shape), expected)
    assert len(np.unique(expected)) > 20


def test_the_twin_descends_through_the_same_stages_whatever_the_constants_are() -> None:
    seen: set[int] = set()
    for seed in range(20):
        shape = SHAPES[seed % len(SHAPES)]
        packed = drawn(shape)
        network = drawn_unfolded.drawn_unfolded(shape.modulation, seed=seed)
        image = compile_lora_unfolded(network, shape, num_elements=NUM_ELEMENTS, llr_bits=FINE)

        found = Twin(image).run_batch(batches(packed))

        expected = descent(network, packed, shape)
        np.testing.assert_array_equal(found.reshape(expected.shape), expected)
        seen |= set(expected.ravel().tolist())

    assert len(seen) > 50


@pytest.fixture(scope="module", params=emulated_boards())
def board(request: pytest.FixtureRequest) -> Iterator[Device]:
    with open_device(built(request.param), timeout_s=120.0) as device:
        yield device


@pytest.mark.qemu
@pytest.mark.parametrize("shape", SHAPES, ids=name_of)
def test_every_core_filters_to_the_same_bits(board: Device, shape: Shape) -> None:
    image, packed = compile_lmmse(shape, num_elements=NUM_ELEMENTS), drawn(shape, num_elements=30)
    board.load(image)

    found = np.stack([board.run(one) for one in batches(packed)])

    expected = lmmse(packed, shape)
    np.testing.assert_array_equal(found.reshape(expected.shape), expected)
    assert board.info.arena_bytes == image.arena_bytes(built(board.board).body)


@pytest.mark.qemu
@pytest.mark.parametrize("shape", SHAPES, ids=name_of)
def test_every_core_passes_the_same_messages(board: Device, shape: Shape) -> None:
    packed, network = drawn(shape, num_elements=30), quantized(shape)
    image = compile_gnn_sic(network, shape, num_elements=NUM_ELEMENTS, llr_bits=FINE)
    board.load(image)

    found = np.stack([board.run(one) for one in batches(packed)])

    expected = message_passing(network, packed, shape)
    np.testing.assert_array_equal(found.reshape(expected.shape), expected)
    assert board.info.arena_bytes == image.arena_bytes(built(board.board).body)


@pytest.mark.qemu
@pytest.mark.parametrize("shape", SHAPES, ids=name_of)
def test_every_core_descends_through_the_same_stages(board: Device, shape: Shape) -> None:
    packed, network = drawn(shape, num_elements=30), drawn_unfolded.quantized(shape)
    image = compile_lora_unfolded(network, shape, num_elements=NUM_ELEMENTS, llr_bits=FINE)
    board.load(image)

    found = np.stack([board.run(one) for one in batches(packed)])

    expected = descent(network, packed, shape)
    np.testing.assert_array_equal(found.reshape(expected.shape), expected)
    assert board.info.arena_bytes == image.arena_bytes(built(board.board).body)


@pytest.mark.qemu
@pytest.mark.parametrize("seed", range(5))
def test_every_core_descends_through_the_same_stages_whatever_the_constants_are(
    board: Device, seed: int
) -> None:
    shape = SHAPES[seed]
    packed = drawn(shape, num_elements=30)
    network = drawn_unfolded.drawn_unfolded(shape.modulation, seed=seed)
    image = compile_lora_unfolded(network, shape, num_elements=NUM_ELEMENTS, llr_bits=FINE)
    board.load(image)

    found = np.stack([board.run(one) for one in batches(packed)])

    expected = descent(network, packed, shape)
    np.testing.assert_array_equal(found.reshape(expected.shape), expected)


@pytest.mark.qemu
def test_a_patch_of_the_channels_factors_is_another_channel_on_every_core(board: Device) -> None:
    shape, packed = SHAPES[0], drawn(SHAPES[0], num_elements=30)
    network = drawn_unfolded.quantized(shape)
    changed = replace(network, layers=tuple(turned(one) for one in network.layers))
    old, new = (
        compile_lora_unfolded(one, shape, num_elements=NUM_ELEMENTS, llr_bits=FINE)
        for one in (network, changed)
    )
    board.load(old)

    board.patch(Patch.between(old, new))

    found = np.stack([board.run(one) for one in batches(packed)])
    expected = descent(changed, packed, shape)
    np.testing.assert_array_equal(found.reshape(expected.shape), expected)
    assert (expected != descent(network, packed, shape)).any()


def turned(layer: IntegerLayer) -> IntegerLayer:
    """Return a layer for another channel, whose factors push the other way."""
    return replace(layer, channel_up=-layer.channel_up)
