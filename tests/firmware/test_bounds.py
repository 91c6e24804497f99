# SPDX-License-Identifier: Apache-2.0
"""Kernels on emulated boards write to their output and their scratch, and nowhere else.

A sanitizer cannot see the DSP kernels, so guards lie before and behind the scratch: the network's
input and output tensors are moved onto a guard, which thus is filled before a run and read after.
"""

from collections.abc import Iterator
from dataclasses import replace

import numpy as np
import pytest

from boards.body import Body
from boards.graph import Graph
from boards.image import Image
from boards.layout import Header, TensorRecord, seal
from host.device import Device
from host.launcher import open_device
from tests.firmware.kernel_cases import CONVOLUTIONS, drawn_graph
from tests.firmware.operators import compiled, convolution_graph
from tests.host.built_firmware import built, emulated_boards

pytestmark = pytest.mark.qemu

GUARD_BYTES = 64
PATTERN = np.random.default_rng(1).integers(-128, 128, (1, 1, GUARD_BYTES), dtype=np.int8)


@pytest.fixture(scope="module", params=emulated_boards())
def board(request: pytest.FixtureRequest) -> Iterator[tuple[Device, Body]]:
    target = built(request.param)
    with open_device(target, timeout_s=120.0) as device:
        yield device, target.body


def graphs() -> list[Graph]:
    return [convolution_graph(case) for case in CONVOLUTIONS] + [drawn_graph(i) for i in range(12)]


def guarded(image: Image, body: Body, *, behind: bool) -> Image:
    """Move the scratch between two guards, and input and output onto one of them."""
    header = image.header
    scratch_offset = header.scratch_offset + GUARD_BYTES
    scratch_end = scratch_offset + image.scratch_bytes(body)
    guard = scratch_end if behind else header.scratch_offset
    tensor = TensorRecord(guard, 1, 1, GUARD_BYTES, 0, 1.0)
    moved = replace(
        header,
        scratch_offset=scratch_offset,
        activation_bytes=scratch_end + GUARD_BYTES,
        input=tensor,
        output=tensor,
    )
    return Image(seal(moved.pack() + image.data[Header.LAYOUT.size :]))


@pytest.mark.parametrize("behind", [False, True], ids=["before", "behind"])
def test_kernels_leave_the_guards_of_their_scratch_alone(
    board: tuple[Device, Body], *, behind: bool
) -> None:
    device, body = board
    broken: list[int] = []

    for i_graph, graph in enumerate(graphs()):
        device.load(guarded(compiled(graph), body, behind=behind))
        if not np.array_equal(device.run(PATTERN), PATTERN):
            broken.append(i_graph)

    assert broken == []


def test_the_host_knows_what_memory_the_kernels_of_a_core_take(board: tuple[Device, Body]) -> None:
    device, body = board
    for graph in graphs():
        image = compiled(graph)
        device.load(image)

        assert device.info.arena_bytes == image.arena_bytes(body)
