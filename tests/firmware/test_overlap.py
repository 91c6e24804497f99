# SPDX-License-Identifier: Apache-2.0
"""Outputs over dying inputs: as far as is allowed kernels give the same bits, and no image goes on.

Every operator is run with its output as deep in its input as the rule lets it, on memory full of
other values, and compared with itself where both lie apart: on the twin, and on every kind of core.
"""

import ctypes
from collections.abc import Iterator
from itertools import islice

import numpy as np
import pytest
from numpy.typing import NDArray

from boards.errors import ImageError
from boards.graph import Graph
from boards.head import head_record
from boards.image import Image
from host.device import Device
from host.errors import DeviceStatusError
from host.launcher import open_device
from sim import twin
from sim.errors import TwinError
from sim.twin import Twin
from tests.boards import random_graphs
from tests.firmware.operators import Case, convolution_graph
from tests.firmware.overlap_cases import drawn, least, overlap_in, placed
from tests.host.built_firmware import built, emulated_boards

SEEDS = range(1_500)
NUM_ON_BOARDS = 100
NUM_SLOTS = 2


def is_refused(image: Image) -> bool:
    try:
        Twin(image)
    except TwinError:
        return True
    return False


def sizes(graph: Graph) -> tuple[int, int]:
    """Return the bytes of input and output."""
    return graph.tensors["x"].num_bytes, graph.tensors["z"].num_bytes


def inputs(graph: Graph, seed: int) -> NDArray[np.int8]:
    rng = np.random.default_rng([seed, 1])
    return np.stack([random_graphs.draw_input(rng, graph) for _ in range(NUM_SLOTS)])


def outputs(image: Image, x: NDArray[np.int8], seed: int) -> NDArray[np.int8]:
    """Run the twin on memory that is full of random bytes."""
    network = Twin(image)
    data = twin.aligned(len(image.data))
    data[:] = np.frombuffer(image.data, np.uint8)
    arena = twin.aligned(network.arena_bytes)
    arena[:] = np.random.default_rng([seed, 2]).integers(0, 256, arena.size, np.uint8)
    return twin.run_slots(image, data, arena, x.reshape(-1, *image.input_shape))


def allowed(graph: Graph, seed: int) -> set[int]:
    """Return the least distance, and one at random, with which both meet [bytes]."""
    overlap = overlap_in(graph)
    steps = range(least(overlap), sizes(graph)[1], overlap.grain_bytes)
    return {steps[0], steps[int(np.random.default_rng([seed, 3]).integers(len(steps)))]}


def overlapping(seeds: range) -> Iterator[tuple[int, Graph]]:
    """Yield the networks whose output may lie over a part of the input."""
    for seed in seeds:
        graph = drawn(seed)
        if least(overlap_in(graph)) < sizes(graph)[1]:
            yield seed, graph


def test_the_twin_computes_the_same_over_its_input_as_apart_from_it() -> None:
    wrong: list[int] = []
    num_run = 0

    for seed, graph in overlapping(SEEDS):
        x = inputs(graph, seed)
        apart = placed(graph, distance_bytes=sizes(graph)[1])
        expected = outputs(apart, x, seed)
        for distance in allowed(graph, seed):
            over = placed(graph, distance_bytes=distance)
            num_run += 1
            if not np.array_equal(outputs(over, x, seed), expected):
                wrong.append(seed)

    assert num_run > len(SEEDS)
    assert wrong == []


def test_an_output_deeper_in_its_input_than_kernels_allow_is_refused() -> None:
    for seed, graph in overlapping(SEEDS):
        overlap, (num_in, _) = overlap_in(graph), sizes(graph)
        nearest = least(overlap)
        for distance in (nearest - overlap.grain_bytes, nearest - 1, -1, 1 - num_in):
            is_apart = distance <= -num_in or overlap.allows(distance)
            assert is_refused(placed(graph, distance_bytes=distance)) is not is_apart, seed


def test_every_distance_is_taken_or_refused_as_the_memory_plan_expects() -> None:
    for seed, graph in islice(overlapping(SEEDS), 60):
        num_in, num_out = sizes(graph)
        overlap = overlap_in(graph)
        for distance in {*range(0, num_out + 2, 7), overlap.distance_bytes, num_out - 1, num_out}:
            expected = distance >= num_out or overlap.allows(distance)
            assert is_refused(placed(graph, distance_bytes=distance)) is not expected, seed
        assert not is_refused(placed(graph, distance_bytes=-num_in))


@pytest.fixture(scope="module", params=emulated_boards())
def board(request: pytest.FixtureRequest) -> Iterator[Device]:
    with open_device(built(request.param), timeout_s=120.0) as device:
        yield device


@pytest.mark.qemu
def test_every_core_computes_the_same_over_its_input_as_apart_from_it(board: Device) -> None:
    wrong: list[int] = []

    for seed, graph in islice(overlapping(SEEDS), NUM_ON_BOARDS):
        x = inputs(graph, seed)[:1]
        expected = outputs(placed(graph, distance_bytes=sizes(graph)[1]), x, seed)
        for distance in allowed(graph, seed):
            image = placed(graph, distance_bytes=distance)
            board.load(image)
            if not np.array_equal(board.run(x[0].reshape(image.input_shape)), expected[0]):
                wrong.append(seed)

    assert wrong == []


@pytest.mark.qemu
def test_devices_refuse_an_output_too_deep_in_its_input(board: Device) -> None:
    seed, graph = next(overlapping(range(1, 100, 5)))  # one filter a channel
    overlap = overlap_in(graph)
    image = placed(graph, distance_bytes=least(overlap) - overlap.grain_bytes)

    with pytest.raises(DeviceStatusError, match="LOAD_COMMIT: BAD_IMAGE"):
        board.load(image)
    assert is_refused(image), seed


def test_a_head_that_writes_over_its_input_cannot_learn() -> None:
    graph = convolution_graph(Case(name="", num_out=4))
    num_out = sizes(graph)[1]
    over, apart = (placed(graph, distance_bytes=n) for n in (num_out - 1, num_out))

    with pytest.raises(ImageError, match="the head writes over its input"):
        head_record(over)
    assert head_record(apart).window.num_out == 4
    assert not is_refused(over)
    assert num_learner_bytes(over) == 0
    assert num_learner_bytes(apart) > 0


def num_learner_bytes(image: Image) -> int:
    data = twin.aligned(len(image.data))
    data[:] = np.frombuffer(image.data, np.uint8)
    ask = twin.library().twin_learner_bytes
    ask.argtypes, ask.restype = (ctypes.c_void_p,), ctypes.c_size_t
    return int(ask(twin.address(data)))
