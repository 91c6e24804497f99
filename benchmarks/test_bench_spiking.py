# SPDX-License-Identifier: Apache-2.0
"""What spiking networks cost on emulated boards: events against matrices, neurons, real time.

The times are the emulator's; what counts is in extra_info. Networks are drawn, and fire about as
often as trained ones; `docs/spiking-board.md` tells the figures.
"""

from dataclasses import replace

import numpy as np
import pytest
import torch
from numpy.typing import NDArray
from pytest_benchmark.fixture import BenchmarkFixture

from boards import cost
from host.device import Device
from host.launcher import open_device
from host.windows import WindowRun, windows_on
from snn.integer.image import compile_network
from snn.integer.network import STATE_LIMIT, IntegerNetwork, WeightBits
from snn.integer.quantizing import quantize
from snn.network import NetworkSettings, SpikingNetwork
from tests.firmware.narrow_cases import dense_graph, narrowed
from tests.firmware.operators import compiled, inputs
from tests.host.built_firmware import built

M4 = "mps2-an386"
BOARDS = (M4, "mps2-an500", "mps3-an547", "mps2-an385", "mps2-an383")
DENSITIES = (0.01, 0.03, 0.1, 0.3, 1.0)
NUM_STEPS = 32
SPIKE_RATE_HZ = 7.5
GAINS = tuple(2.0 ** (i / 2) for i in range(-2, 16))
INPUT_RATE = 0.24
"""Events of a channel in 8 ms, as speech has them behind 64 filters."""


def drawn(
    sizes: tuple[int, ...],
    counts: NDArray[np.uint8],
    *,
    bits: WeightBits,
    dt_us: int = 8000,
    is_recurrent: bool = False,
) -> IntegerNetwork:
    """Return a network whose weights are as large as it takes to fire about as trained ones do."""
    settings = NetworkSettings(
        num_inputs=sizes[0], num_classes=10, hidden=sizes[1:], is_recurrent=is_recurrent
    )
    network = SpikingNetwork(settings, dt_us=dt_us, rng=torch.Generator().manual_seed(1)).eval()
    spikes = torch.from_numpy(counts[:, None]).float()
    wanted = SPIKE_RATE_HZ * network.dt_s
    with torch.no_grad():
        for layer in network.spiking_layers():
            layer.bias.zero_()
            runs = [layer(spikes * gain, dt_s=network.dt_s) for gain in GAINS]
            best = min(range(len(GAINS)), key=lambda i: abs(float(runs[i].mean()) - wanted))
            layer.weights.mul_(GAINS[best])
            spikes = runs[best]
    return quantize(network, counts[:, None], weight_bits=bits, name="drawn")


def silent(network: IntegerNetwork) -> IntegerNetwork:
    """Return the network with neurons that never fire."""
    layers = tuple(replace(layer, threshold=STATE_LIMIT - 1) for layer in network.layers)
    return replace(network, layers=layers)


def run(device: Device, network: IntegerNetwork, counts: NDArray[np.uint8]) -> WindowRun:
    """Run a window; its instructions are counted."""
    return windows_on(device, compile_network(network)).run(counts)


def exactly(num_events: int, num_in: int) -> NDArray[np.uint8]:
    """Return counts with so many events in every step, uint8 [num_steps, num_in]."""
    rng = np.random.default_rng(2)
    counts = np.zeros((NUM_STEPS, num_in), np.uint8)
    for step in counts:
        step[rng.choice(num_in, num_events, replace=False)] = 1
    return counts


def instructions_a_step(device: Device, network: IntegerNetwork, num_events: int) -> float:
    """Return the instructions of a step with so many events, read-out and all."""
    found = run(device, network, exactly(num_events, network.num_inputs)).instructions
    assert found is not None
    return found / NUM_STEPS


@pytest.mark.qemu
@pytest.mark.parametrize("bits", [8, 4])
@pytest.mark.parametrize("sizes", [(128, 128), (640, 128)], ids=["128 to 128", "640 to 128"])
@pytest.mark.parametrize("board", BOARDS)
def test_events_beside_a_matrix_product_of_the_same_weights(
    benchmark: BenchmarkFixture, board: str, sizes: tuple[int, int], bits: WeightBits
) -> None:
    """What a step's events cost beyond a silent step, over FULLY_CONNECTED of the same size."""
    quiet = silent(drawn(sizes, exactly(sizes[0], sizes[0]), bits=bits))
    graph = narrowed(dense_graph((1, *sizes)), bits)
    with open_device(built(board), timeout_s=60.0) as device:
        image = compiled(graph)
        device.load(image)
        x = inputs(graph).reshape(image.input_shape)
        dense = device.measure(x).instructions
        assert dense is not None
        base = instructions_a_step(device, quiet, 0)
        found = {
            share: instructions_a_step(device, quiet, max(1, round(share * sizes[0]))) - base
            for share in DENSITIES
        }
        benchmark.pedantic(lambda: instructions_a_step(device, quiet, sizes[0] // 10), rounds=1)

    benchmark.extra_info["dense_instructions_a_weight"] = round(dense / (sizes[0] * sizes[1]), 3)
    for share, events in found.items():
        benchmark.extra_info[f"events_of_dense_at_{share:g}"] = round(events / dense, 4)
    benchmark.extra_info["instructions_a_synop"] = round(found[1.0] / (sizes[0] * sizes[1]), 3)
    benchmark.extra_info["density_at_which_both_cost_the_same"] = round(dense / found[1.0], 3)


@pytest.mark.qemu
@pytest.mark.parametrize("bits", [8, 4])
@pytest.mark.parametrize("board", [*BOARDS, "microbit"])
def test_a_window_of_speech_like_events(
    benchmark: BenchmarkFixture, board: str, bits: WeightBits
) -> None:
    """Take 96 steps of 8 ms through 64-128-128-10."""
    counts = np.random.default_rng(3).poisson(INPUT_RATE, (96, 64)).astype(np.uint8)
    network = drawn((64, 128, 128), counts, bits=bits)
    target = built(board)
    with open_device(target, timeout_s=60.0) as device:
        found = benchmark.pedantic(lambda: run(device, network, counts), rounds=1)

    assert found.instructions is not None
    benchmark.extra_info["instructions"] = found.instructions
    benchmark.extra_info["instructions_a_synop"] = round(found.instructions / found.synops, 2)
    benchmark.extra_info["synops"] = found.synops
    benchmark.extra_info["spikes_a_neuron_and_step"] = round(
        sum(layer.spikes for layer in found.layers) / (256 * len(counts)), 3
    )
    benchmark.extra_info["image_bytes"] = len(compile_network(network).data)
    latency = cost.latency_of(target, found.instructions)
    energy = cost.energy_of(target, found.instructions)
    if latency is not None and energy is not None:
        benchmark.extra_info["modelled_latency_ms"] = round(latency.value * 1e3, 2)
        benchmark.extra_info["modelled_energy_mj"] = round(energy.value * 1e3, 3)


@pytest.mark.qemu
@pytest.mark.parametrize("dt_us", [1000, 8000], ids=["1 ms", "8 ms"])
@pytest.mark.parametrize(
    ("bits", "is_recurrent"), [(8, False), (4, True)], ids=["forward int8", "recurrent int4"]
)
def test_a_thousand_neurons_in_real_time(
    benchmark: BenchmarkFixture, bits: WeightBits, dt_us: int, *, is_recurrent: bool
) -> None:
    """Say how many times faster than its input a 64-500-500-10 network is on the modelled M4."""
    num_steps = 256_000 // dt_us
    rate = INPUT_RATE * dt_us / 8000
    counts = np.random.default_rng(4).poisson(rate, (num_steps, 64)).astype(np.uint8)
    network = drawn((64, 500, 500), counts, bits=bits, dt_us=dt_us, is_recurrent=is_recurrent)
    target = built(M4)
    with open_device(target, timeout_s=60.0) as device:
        found = benchmark.pedantic(lambda: run(device, network, counts), rounds=1)

    assert found.instructions is not None
    latency = cost.latency_of(target, found.instructions)
    assert latency is not None
    window_s = num_steps * dt_us * 1e-6
    benchmark.extra_info["instructions_a_step"] = round(found.instructions / num_steps)
    benchmark.extra_info["synops_a_step"] = round(found.synops / num_steps)
    benchmark.extra_info["spikes_a_neuron_and_second"] = round(
        sum(layer.spikes for layer in found.layers) / (1000 * window_s), 1
    )
    benchmark.extra_info["times_real_time"] = round(window_s / latency.value, 1)
    benchmark.extra_info["times_real_time_at_least"] = round(window_s / latency.high, 1)
    benchmark.extra_info["image_bytes"] = len(compile_network(network).data)
