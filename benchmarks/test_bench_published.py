# SPDX-License-Identifier: Apache-2.0
"""MLPerf Tiny's networks on emulated boards: instructions beside those of CMSIS-NN."""

import numpy as np
import pytest
from numpy.typing import NDArray
from pytest_benchmark.fixture import BenchmarkFixture

from benchmarks import cmsis_nn
from benchmarks.cmsis_nn import Checkout
from boards import catalog
from boards.complexity import count_macs
from boards.graph import Graph
from host.launcher import open_device
from tests.firmware.published import AD01, KWS01, network
from tests.host.built_firmware import built

CMSIS_NN = {
    ("mps2-an386", AD01): 2.192,
    ("mps2-an386", KWS01): 2.951,
    ("mps2-an500", AD01): 2.193,
    ("mps2-an500", KWS01): 2.919,
    ("mps2-an385", AD01): 3.606,
    ("mps2-an385", KWS01): 3.967,
    ("mps3-an547", AD01): 0.556,
    ("mps3-an547", KWS01): 0.670,
}
"""Instructions a multiply-accumulate, counted on the same emulator with CMSIS-NN 99f736a6 (2026-07)
built by GCC 12.2 with -Ofast; whole networks, softmax included."""


@pytest.mark.qemu
@pytest.mark.parametrize(("board", "name"), CMSIS_NN)
def test_instructions_of_a_published_network(
    benchmark: BenchmarkFixture,
    checkout: Checkout | None,
    per_mac: list[tuple[str, ...]],
    board: str,
    name: str,
) -> None:
    """The time is the emulator's; what counts is in extra_info, and printed in the end.

    With --cmsis-nn PATH the same network and input run on the kernels of that checkout too.
    """
    _, graph, image = network(name)
    x = np.random.default_rng(1).integers(-128, 128, image.input_shape).astype(np.int8)
    with open_device(built(board), timeout_s=60.0) as device:
        device.load(image)
        run = device.measure(x)
        benchmark.pedantic(lambda: device.run(x), rounds=3)

    assert run.instructions is not None
    ours, theirs = run.instructions / image.macs, CMSIS_NN[board, name]
    told = {
        "instructions": run.instructions,
        "instructions_per_mac": round(ours, 3),
        "cmsis_nn_per_mac": theirs,
        "times_fewer_than_cmsis_nn": round(theirs / ours, 2),
    }
    if checkout is not None:
        told |= beside(checkout, board, graph, x, run.output, instructions=run.instructions)
    benchmark.extra_info.update(told)
    cells = ("instructions_per_mac", "cmsis_nn_per_mac", "checkout_per_mac", "checkout_over_ours")
    per_mac.append((f"{name} on {board}", *(str(told.get(cell, "-")) for cell in cells)))


def beside(
    checkout: Checkout,
    board: str,
    graph: Graph,
    x: NDArray[np.int8],
    output: NDArray[np.int8],
    *,
    instructions: int,
) -> dict[str, int | float]:
    """Return what the kernels of a checkout take for the same, and how far outputs differ."""
    shape = graph.tensors[graph.input].shape
    counted = cmsis_nn.count(checkout, catalog.load(board), graph, x.reshape(shape))
    difference = np.abs(counted.output.astype(np.int64) - output.reshape(-1))
    macs = sum(count_macs(graph).values())
    return {
        "checkout_instructions": counted.instructions,
        "checkout_per_mac": round(counted.instructions / macs, 3),
        "checkout_over_ours": round(counted.instructions / instructions, 2),
        "most_that_outputs_differ": int(difference.max()),
    }
