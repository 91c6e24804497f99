# SPDX-License-Identifier: Apache-2.0
"""What detectors of several users cost on emulated boards: instructions a symbol, bytes.

The times are the emulator's; what counts is in extra_info. The networks are untrained, which
changes no instruction but those of saturations; `docs/mimo.md` tells the figures.
"""

import pytest
from pytest_benchmark.fixture import BenchmarkFixture

from boards import cost
from boards.image import Image
from host.launcher import open_device
from receivers.mimo.deep.gnn_sic import GnnSic
from receivers.mimo.deep.lora_unfolded import LoraUnfolded
from receivers.mimo.integer import elements, lora_quantizing
from receivers.mimo.integer.gnn_image import compile_gnn_sic
from receivers.mimo.integer.gnn_quantizing import quantize
from receivers.mimo.integer.image import compile_lmmse
from receivers.mimo.integer.lora_image import compile_lora_unfolded
from sim.mimo.problem import Problem
from tests.host.built_firmware import built
from tests.receivers.mimo.drawn import rayleigh

BOARDS = ("mps2-an386", "mps2-an500", "mps3-an547", "mps2-an385", "mps2-an383")
CASES = {"4x4 qpsk": ("qpsk", 4), "4x8 16qam": ("16qam", 8)}
NUM_TX, NUM_ELEMENTS = 4, 12


def image_of(detector: str, problem: Problem) -> Image:
    """Return the image of a detector for the problem's shape."""
    if detector == "lmmse":
        return compile_lmmse(problem.shape, num_elements=NUM_ELEMENTS)
    if detector == "lora-unfolded":
        unfolded = LoraUnfolded(problem.modulation).with_channel_factors()
        return compile_lora_unfolded(
            lora_quantizing.quantize(unfolded, problem), problem.shape, num_elements=NUM_ELEMENTS
        )
    network = quantize(GnnSic(problem.modulation), problem)
    return compile_gnn_sic(network, problem.shape, num_elements=NUM_ELEMENTS)


@pytest.mark.qemu
@pytest.mark.parametrize("detector", ["lmmse", "gnn-sic", "lora-unfolded"])
@pytest.mark.parametrize("case", CASES)
@pytest.mark.parametrize("board", BOARDS)
def test_a_detected_symbol(
    benchmark: BenchmarkFixture, board: str, case: str, detector: str
) -> None:
    """Take the elements of a resource block, one OFDM symbol long, in one run."""
    modulation, num_rx_ant = CASES[case]
    problem = rayleigh(
        modulation, num_rx_ant=num_rx_ant, num_tx=NUM_TX, snr_db=12.0, num_elements=NUM_ELEMENTS
    ).problem
    image, target = image_of(detector, problem), built(board)
    packed = elements.pack(problem)[None]
    with open_device(target, timeout_s=60.0) as device:
        device.load(image)
        found = benchmark.pedantic(lambda: device.measure(packed), rounds=1).instructions

    assert found is not None
    benchmark.extra_info["instructions_a_symbol"] = round(found / (NUM_ELEMENTS * NUM_TX))
    benchmark.extra_info["macs_a_symbol"] = round(image.macs / (NUM_ELEMENTS * NUM_TX))
    benchmark.extra_info["image_bytes"] = len(image.data)
    benchmark.extra_info["arena_bytes"] = image.arena_bytes(target.body)
    benchmark.extra_info["bytes_an_element"] = packed.shape[-1]
    latency = cost.latency_of(target, found)
    if latency is not None:
        modelled_us = latency.value * 1e6 / (NUM_ELEMENTS * NUM_TX)
        benchmark.extra_info["modelled_us_a_symbol"] = round(modelled_us, 2)
