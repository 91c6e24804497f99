# SPDX-License-Identifier: Apache-2.0
"""A step and a detection of the neural receivers, with our depthwise layers and with PyTorch's."""

import copy
import time
from collections.abc import Callable
from statistics import median

import pytest
import torch
from pytest_benchmark.fixture import BenchmarkFixture
from torch import Tensor, nn

from receivers.neural.depthwise import Depthwise
from receivers.neural.network import Network
from receivers.neural.planes import num_planes
from receivers.neural.sizes import SIZES

NUM_SLOTS, NUM_ROUNDS = 16, 15


@pytest.mark.parametrize("size", ["s", "m"])
@pytest.mark.parametrize("work", ["detection", "step"])
def test_bench_depthwise(benchmark: BenchmarkFixture, size: str, work: str) -> None:
    """Both in turns, so that what else the machine does befalls both; `ratio` is theirs by ours."""
    torch.set_num_threads(1)
    torch.manual_seed(1)
    ours = Network(SIZES[size], num_planes=num_planes(2), num_bits_per_symbol=4).eval()
    theirs = with_layers_of_torch(ours)
    planes = torch.randn(NUM_SLOTS, num_planes(2), 14, 64)
    planes = planes.contiguous(memory_format=torch.channels_last)
    do = step if work == "step" else detection
    torch.testing.assert_close(ours(planes), theirs(planes), rtol=1e-4, atol=1e-4)

    times = [(seconds(do, ours, planes), seconds(do, theirs, planes)) for _ in range(NUM_ROUNDS)]
    benchmark.pedantic(do, args=(ours, planes), rounds=NUM_ROUNDS)

    benchmark.extra_info["ratio"] = round(median(other / own for own, other in times), 2)


def with_layers_of_torch(network: Network) -> Network:
    """Return the network with every depthwise layer as PyTorch computes it."""
    other = copy.deepcopy(network)
    for parent in list(other.modules()):
        for name, layer in parent.named_children():
            if isinstance(layer, Depthwise):
                setattr(parent, name, layer_of_torch(layer))
    return other


def layer_of_torch(layer: Depthwise) -> nn.Conv2d:
    padding, (down, across), (tall, wide) = layer.padding, layer.dilation, layer.kernel_size
    made = nn.Conv2d(
        layer.in_channels,
        layer.out_channels,
        (tall, wide),
        padding=padding if isinstance(padding, str) else (padding[0], padding[1]),
        dilation=(down, across),
        groups=layer.groups,
        bias=False,
    )
    made.load_state_dict(layer.state_dict())
    return made


def detection(network: Network, planes: Tensor) -> None:
    with torch.no_grad():
        network(planes)


def step(network: Network, planes: Tensor) -> None:
    network.zero_grad()
    network(planes).square().mean().backward()


def seconds(do: Callable[[Network, Tensor], None], network: Network, planes: Tensor) -> float:
    start = time.process_time()
    do(network, planes)
    return time.process_time() - start
