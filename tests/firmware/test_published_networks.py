# SPDX-License-Identifier: Apache-2.0
"""Published networks run whole: twin and emulated boards give LiteRT's bits."""

from collections.abc import Iterator

import numpy as np
import pytest
from numpy.typing import NDArray

from host.device import Device
from host.launcher import open_device
from sim.twin import Twin
from tests.firmware.published import AD01, KWS01, network, recording
from tests.host.built_firmware import built, emulated_boards

pytest.importorskip("ai_edge_litert.interpreter", reason="ai-edge-litert is not installed")

from tests.boards.tflite_builder import LiteRt

NUM_DRAWN = 200


@pytest.fixture(scope="module", params=emulated_boards())
def board(request: pytest.FixtureRequest) -> Iterator[Device]:
    with open_device(built(request.param), timeout_s=120.0) as device:
        yield device


def drawn(shape: tuple[int, ...]) -> NDArray[np.int8]:
    return np.random.default_rng(1).integers(-128, 128, (NUM_DRAWN, *shape)).astype(np.int8)


def expected(content: bytes, x: NDArray[np.int8], shape: tuple[int, ...]) -> NDArray[np.int8]:
    """Return LiteRT's outputs, flat."""
    litert = LiteRt(content)
    return np.stack([litert.run(one.reshape(shape)).flatten() for one in x])


@pytest.mark.parametrize("name", [AD01, KWS01])
def test_the_twin_gives_the_bits_of_litert(name: str) -> None:
    content, graph, image = network(name)
    x = drawn(image.input_shape)

    y = Twin(image).run_batch(x)

    shape = graph.tensors[graph.input].shape
    np.testing.assert_array_equal(y.reshape(NUM_DRAWN, -1), expected(content, x, shape))


def test_the_twin_hears_a_machine_as_litert_does() -> None:
    content, graph, image = network(AD01)
    x = recording(graph)

    y = Twin(image).run_batch(x.reshape(-1, *image.input_shape))

    assert len(x) > 190
    np.testing.assert_array_equal(
        y.reshape(len(x), -1), expected(content, x, graph.tensors[graph.input].shape)
    )


@pytest.mark.qemu
@pytest.mark.parametrize("name", [AD01, KWS01])
def test_boards_give_the_bits_of_litert(board: Device, name: str) -> None:
    content, graph, image = network(name)
    x = drawn(image.input_shape)
    board.load(image)

    y = np.stack([board.run(one).flatten() for one in x])

    shape = graph.tensors[graph.input].shape
    np.testing.assert_array_equal(y, expected(content, x, shape))
