# SPDX-License-Identifier: Apache-2.0
"""Kernels on emulated boards write to their output and their scratch, and nowhere else.

A sanitizer cannot see the DSP kernels, so guards lie before and behind the scratch: the network's
input and output tensors are moved onto a guard, which thus is filled before a run and read after.
"""

from collections.abc import Iterator
from dataclasses import replace

import numpy as np
import pytest

from boards.image import Image
from boards.layout import Header, TensorRecord, seal
from host.device import Device
from host.launcher import open_device
from tests.firmware.kernel_cases import CONVOLUTIONS, drawn_graph
from tests.firmware.operators import compiled, convolution_graph
from tests.host.built_firmware import built

pytestmark = pytest.mark.qemu

GUARD_BYTES = 64
PATTERN = np.random.default_rng(1).integers(-128, 128, (1, 1, GUARD_BYTES), dtype=np.int8)


@pytest.fixture(scope="module")
def board() -> Iterator[Device]:
    with open_device(built("mps2-an386"), timeout_s=120.0) as device:
        yield device


def guarded(image: Image, *, behind: bool) -> Image:
    """Move the scratch between two guards, and input and output onto one of them."""
    header = image.header
    scratch_offset = header.scratch_offset + GUARD_BYTES
    scratch_end = scratch_offset + header.scratch_bytes
    guard = scratch_end if behind else header.scratch_offset
    tensor = TensorRecord(guard, 1, 1, GUARD_BYTES, 0, 1.0)
    moved = replace(
        header,
        scratch_offset=scratch_offset,
        arena_bytes=scratch_end + GUARD_BYTES,
        input=tensor,
        output=tensor,
    )
    return Image(seal(moved.pack() + image.data[Header.LAYOUT.size :]))


@pytest.mark.parametrize("behind", [False, True], ids=["before", "behind"])
def test_kernels_leave_the_guards_of_their_scratch_alone(board: Device, *, behind: bool) -> None:
    graphs = [convolution_graph(case) for case in CONVOLUTIONS]
    graphs += [drawn_graph(seed) for seed in range(12)]
    broken: list[int] = []

    for i_graph, graph in enumerate(graphs):
        board.load(guarded(compiled(graph), behind=behind))
        if not np.array_equal(board.run(PATTERN), PATTERN):
            broken.append(i_graph)

    assert broken == []
