# SPDX-License-Identifier: Apache-2.0
"""What weights of 6, 4 and 2 bits cost on emulated boards, and the flash that they save.

Instructions of one operator, beside those of the same operator with weights of 8 bits in the same
run; activations stay int8. Shapes are those of MLPerf Tiny's networks, and a 3x3 convolution.
"""

from collections.abc import Mapping

import numpy as np
import pytest
from pytest_benchmark.fixture import BenchmarkFixture

from boards.graph import Graph
from boards.narrow import WIDTHS, WeightBits
from host.device import Device
from host.launcher import open_device
from tests.firmware.narrow_cases import dense_graph, narrowed
from tests.firmware.operators import (
    DEPTHWISE_CONV_2D,
    Case,
    compiled,
    convolution_graph,
    inputs,
)
from tests.host.built_firmware import built

BOARDS = ("mps2-an386", "mps2-an500", "mps3-an547", "mps2-an385", "mps2-an383")
LAYERS: Mapping[str, Graph] = {
    "FULLY_CONNECTED 640 to 128": dense_graph((1, 640, 128)),
    "FULLY_CONNECTED 128 to 128": dense_graph((1, 128, 128)),
    "CONV_2D 1x1, 64 to 64, 25x5 pixels": convolution_graph(
        Case(name="", height=25, width=5, num_in=64, num_out=64)
    ),
    "CONV_2D 3x3, 32 to 32, 16x16 pixels": convolution_graph(
        Case(name="", height=16, width=16, num_in=32, num_out=32, kernel=(3, 3))
    ),
    "CONV_2D 3x3, 32 to 32, 5x5 pixels": convolution_graph(
        Case(name="", height=5, width=5, num_in=32, num_out=32, kernel=(3, 3))
    ),
    "DEPTHWISE_CONV_2D 3x3, 64, 25x5 pixels": convolution_graph(
        Case(name="", kind=DEPTHWISE_CONV_2D, height=25, width=5, num_in=64, kernel=(3, 3))
    ),
}


def counted(device: Device, graph: Graph) -> tuple[int, int]:
    """Return the instructions of a run, and the bytes of the weights."""
    image = compiled(graph)
    device.load(image)
    run = device.measure(inputs(graph).reshape(image.input_shape))
    assert run.instructions is not None
    return run.instructions, image.operators[0].weights_bytes


@pytest.mark.qemu
@pytest.mark.parametrize("name", LAYERS)
@pytest.mark.parametrize("board", BOARDS)
def test_instructions_of_a_layer_by_the_bits_of_its_weights(
    benchmark: BenchmarkFixture, board: str, name: str
) -> None:
    """The time is the emulator's, with 4 bits; what counts is in extra_info."""
    graphs: dict[WeightBits, Graph] = {bits: narrowed(LAYERS[name], bits) for bits in WIDTHS}
    with open_device(built(board), timeout_s=60.0) as device:
        found = {bits: counted(device, graph) for bits, graph in graphs.items()}
        image = compiled(graphs[4])
        device.load(image)
        x = np.zeros(image.input_shape, np.int8)
        benchmark.pedantic(lambda: device.run(x), rounds=1)

    instructions, weights_bytes = found[8]
    benchmark.extra_info["int8_instructions_per_mac"] = round(instructions / image.macs, 3)
    for bits in WIDTHS[1:]:
        benchmark.extra_info[f"int{bits}_of_int8"] = round(found[bits][0] / instructions, 3)
        benchmark.extra_info[f"int{bits}_flash_saved_bytes"] = weights_bytes - found[bits][1]
