# SPDX-License-Identifier: Apache-2.0
"""Every operator of a `.tflite` model on devices: twin and emulated boards against LiteRT itself.

Every comparison is exact: LiteRT runs its reference kernels (resolver BUILTIN_REF).
"""

from collections.abc import Iterator

import numpy as np
import pytest
from hypothesis import given
from hypothesis import settings as runs
from hypothesis import strategies as st
from numpy.typing import NDArray

from boards import tflite
from boards.graph import OperatorKind
from boards.image import Image
from host.device import Device
from host.launcher import open_device
from sim.twin import Twin
from tests.firmware.operators import compiled
from tests.host.built_firmware import built, emulated_boards

pytest.importorskip("ai_edge_litert.interpreter", reason="ai-edge-litert is not installed")

from tests.boards.tflite_builder import Model, run_litert
from tests.boards.tflite_models import MODELS

KINDS = sorted(set(MODELS) - {OperatorKind.RESHAPE})
"""A RESHAPE alone is no operator of a device; below is a network with some."""
DRAWN_ON_BOARDS = range(12)
SEEDS = st.integers(0, 2**32 - 1)


@pytest.fixture(scope="module", params=emulated_boards())
def board(request: pytest.FixtureRequest) -> Iterator[Device]:
    with open_device(built(request.param), timeout_s=120.0) as device:
        yield device


def drawn(name: str, seed: int) -> tuple[bytes, Image, NDArray[np.int8]]:
    """Return a random model, its image, and an input as the image takes it."""
    rng = np.random.default_rng(seed)
    content = MODELS[name](rng, name)
    image = compiled(tflite.from_bytes(content, name=name))
    return content, image, rng.integers(-128, 128, image.input_shape).astype(np.int8)


def litert(content: bytes, x: NDArray[np.int8]) -> NDArray[np.int8]:
    """Return LiteRT's output, flat."""
    graph = tflite.from_bytes(content, name="any")
    output: NDArray[np.int8] = run_litert(content, x.reshape(graph.tensors[graph.input].shape))
    return output.flatten()


@pytest.mark.parametrize("name", KINDS)
@given(seed=SEEDS)
@runs(max_examples=60, deadline=None)
def test_the_twin_computes_what_litert_does(name: str, seed: int) -> None:
    content, image, x = drawn(name, seed)

    y = Twin(image).run(x)

    np.testing.assert_array_equal(y.flatten(), litert(content, x))


@pytest.mark.qemu
@pytest.mark.parametrize("name", KINDS)
def test_boards_compute_what_litert_does(board: Device, name: str) -> None:
    for seed in DRAWN_ON_BOARDS:
        content, image, x = drawn(name, seed)

        board.load(image)
        y = board.run(x)

        np.testing.assert_array_equal(y.flatten(), litert(content, x))


def reshaped_network() -> bytes:
    """Return a network in which a plane is reshaped, and its first shape is read later too."""
    model, rng = Model(), np.random.default_rng(5)
    plane, rows, turned = (1, 4, 6, 5), (1, 24, 5), (1, 5, 24)
    x, y, back, difference = (model.tensor(plane, scale=0.05, zero_point=3) for _ in range(4))
    flat, across = (model.tensor(shape, scale=0.05, zero_point=3) for shape in (rows, turned))
    z = model.tensor(plane, scale=0.09, zero_point=1)
    to_rows, to_plane, order = (
        model.tensor((len(numbers),), dtype="int32", data=np.array(numbers, np.int32))
        for numbers in (rows, plane, (0, 2, 1))
    )
    data = rng.integers(-128, 128, plane).astype(np.int8)
    constant = model.tensor(plane, scale=0.03, zero_point=-7, data=data)
    model.operator("RELU", [x], y, version=2)
    model.operator("RESHAPE", [y, to_rows], flat, version=1, newShape=list(rows))
    model.operator("TRANSPOSE", [flat, order], across, version=2)
    model.operator("RESHAPE", [across, to_plane], back, version=1, newShape=list(plane))
    model.operator("SUB", [back, constant], difference, version=2)
    model.operator("ADD", [difference, y], z, version=2)
    return model.content(source=x, target=z)


def test_what_is_reshaped_stays_intact_as_long_as_either_shape_is_read() -> None:
    content = reshaped_network()
    image = compiled(tflite.from_bytes(content, name="reshaped"))
    x = np.random.default_rng(1).integers(-128, 128, image.input_shape).astype(np.int8)

    y = Twin(image).run(x)

    np.testing.assert_array_equal(y.flatten(), litert(content, x))
