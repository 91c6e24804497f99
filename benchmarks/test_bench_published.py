# SPDX-License-Identifier: Apache-2.0
"""MLPerf Tiny's networks on emulated boards: instructions beside those of CMSIS-NN."""

import numpy as np
import pytest
from pytest_benchmark.fixture import BenchmarkFixture

from benchmarks import cmsis_nn
from benchmarks.cmsis_nn import Checkout
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
    benchmark: BenchmarkFixture, checkout: Checkout | None, board: str, name: str
) -> None:
    """The time is the emulator's; what counts is in extra_info.

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
    benchmark.extra_info["instructions"] = run.instructions
    benchmark.extra_info["instructions_per_mac"] = round(ours, 3)
    benchmark.extra_info["cmsis_nn_per_mac"] = theirs
    benchmark.extra_info["times_fewer_than_cmsis_nn"] = round(theirs / ours, 2)
    if checkout is not None:
        shaped = x.reshape(graph.tensors[graph.input].shape)
        counted = cmsis_nn.count(checkout, built(board), graph, shaped)
        difference = counted.output.astype(np.int64) - run.output.reshape(-1)
        benchmark.extra_info["checkout"] = str(checkout.path)
        benchmark.extra_info["checkout_instructions"] = counted.instructions
        benchmark.extra_info["checkout_per_mac"] = round(counted.instructions / image.macs, 3)
        benchmark.extra_info["times_fewer_than_checkout"] = round(
            counted.instructions / run.instructions, 2
        )
        benchmark.extra_info["most_that_outputs_differ"] = int(np.abs(difference).max())
