# SPDX-License-Identifier: Apache-2.0
"""Every kernel gives the integers of the NumPy reference, in the twin and on emulated boards.

The reference itself is held against LiteRT in tests/boards.
"""

from collections.abc import Iterator

import numpy as np
import pytest

from boards import reference
from boards.body import Body
from boards.graph import Graph, OperatorKind
from host.device import Device
from host.launcher import open_device
from sim.twin import Twin
from tests.firmware.kernel_cases import (
    CONVOLUTIONS,
    PRODUCTS,
    drawn_graph,
    mixed_channels_graph,
)
from tests.firmware.operators import (
    CONV_2D,
    DEPTHWISE_CONV_2D,
    Case,
    compiled,
    convolution_graph,
    inputs,
)
from tests.host.built_firmware import built, emulated_boards

DRAWN_ON_THE_HOST, DRAWN_ON_BOARDS = range(400), range(80)


@pytest.fixture(scope="module", params=emulated_boards())
def board(request: pytest.FixtureRequest) -> Iterator[Device]:
    with open_device(built(request.param), timeout_s=120.0) as device:
        yield device


def assert_twin_agrees(graph: Graph) -> None:
    x = inputs(graph)

    y = Twin(compiled(graph)).run(x)

    np.testing.assert_array_equal(y, reference.run(graph, x))


def assert_board_agrees(device: Device, graph: Graph) -> None:
    x = inputs(graph)

    device.load(compiled(graph))
    y = device.run(x)

    np.testing.assert_array_equal(y, reference.run(graph, x))


@pytest.mark.parametrize("case", CONVOLUTIONS, ids=lambda case: case.name)
def test_the_twin_convolves_as_the_reference_does(case: Case) -> None:
    assert_twin_agrees(convolution_graph(case))


@pytest.mark.parametrize("case", CONVOLUTIONS, ids=lambda case: case.name)
def test_the_host_knows_what_memory_the_kernels_of_the_twin_take(case: Case) -> None:
    image = compiled(convolution_graph(case))

    assert Twin(image).arena_bytes == image.arena_bytes(Body.PORTABLE)


@pytest.mark.parametrize("width", [5, 16])
@pytest.mark.parametrize("kind", [CONV_2D, DEPTHWISE_CONV_2D])
def test_the_twin_takes_the_right_way_for_each_channel(kind: OperatorKind, width: int) -> None:
    assert_twin_agrees(mixed_channels_graph(kind, width=width))


@pytest.mark.parametrize("name", PRODUCTS)
def test_the_twin_multiplies_as_the_reference_does(name: str) -> None:
    assert_twin_agrees(PRODUCTS[name])


def test_the_twin_runs_drawn_operators_as_the_reference_does() -> None:
    for seed in DRAWN_ON_THE_HOST:
        assert_twin_agrees(drawn_graph(seed))


@pytest.mark.qemu
def test_boards_convolve_as_the_reference_does(board: Device) -> None:
    for case in CONVOLUTIONS:
        assert_board_agrees(board, convolution_graph(case))


@pytest.mark.qemu
@pytest.mark.parametrize("width", [5, 16])
@pytest.mark.parametrize("kind", [CONV_2D, DEPTHWISE_CONV_2D])
def test_boards_take_the_right_way_for_each_channel(
    board: Device, kind: OperatorKind, width: int
) -> None:
    assert_board_agrees(board, mixed_channels_graph(kind, width=width))


@pytest.mark.qemu
def test_boards_multiply_as_the_reference_does(board: Device) -> None:
    for graph in PRODUCTS.values():
        assert_board_agrees(board, graph)


@pytest.mark.qemu
def test_boards_run_drawn_operators_as_the_reference_does(board: Device) -> None:
    for seed in DRAWN_ON_BOARDS:
        assert_board_agrees(board, drawn_graph(seed))
