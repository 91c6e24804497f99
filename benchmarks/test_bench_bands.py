# SPDX-License-Identifier: Apache-2.0
"""What a network in bands of rows costs on emulated boards, beside the same network as it is."""

import numpy as np
import pytest
from numpy.typing import NDArray
from pytest_benchmark.fixture import BenchmarkFixture

from boards.body import Body
from boards.fitting import fit
from boards.image import Image
from host.device import Device
from host.inference import Inference
from host.launcher import open_device
from tests.boards.tiled_networks import inputs, shrinking
from tests.host.built_firmware import built

BOARDS = ("mps2-an383", "mps2-an385", "mps2-an386", "mps3-an547")
_AS_IT_IS_BYTES = 20_000


def measured(device: Device, image: Image, x: NDArray[np.int8]) -> Inference:
    """Return a run of an image."""
    device.load(image)
    return device.measure(x.reshape(image.input_shape))


@pytest.mark.qemu
@pytest.mark.parametrize("arena_bytes", [14_500, 10_500, 9_000])
@pytest.mark.parametrize("board", BOARDS)
def test_instructions_of_a_network_in_bands(
    benchmark: BenchmarkFixture, board: str, arena_bytes: int
) -> None:
    """All boards run the cuts for the Cortex-M0. The time is the emulator's, in bands."""
    graph = shrinking()
    whole, cut = (
        fit(graph, body=Body.SCALAR, arena_bytes=size) for size in (_AS_IT_IS_BYTES, arena_bytes)
    )
    assert whole.tiling is None
    assert cut.tiling is not None
    x = inputs(graph, 1)
    with open_device(built(board), timeout_s=60.0) as device:
        before = measured(device, whole.image, x)
        after = measured(device, cut.image, x)
        benchmark.pedantic(lambda: device.run(x.reshape(cut.image.input_shape)), rounds=1)

    np.testing.assert_array_equal(after.output, before.output)
    assert before.instructions is not None
    assert after.instructions is not None
    benchmark.extra_info["instructions_of_whole"] = round(
        after.instructions / before.instructions, 3
    )
    benchmark.extra_info["macs_of_whole"] = round(1 + cut.tiling.extra_macs / whole.image.macs, 3)
