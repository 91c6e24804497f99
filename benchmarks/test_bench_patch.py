# SPDX-License-Identifier: Apache-2.0
"""What a patch of the shipped receiver takes: bytes, frames, and time on the native board."""

from itertools import count

import pytest
import torch
from pytest_benchmark.fixture import BenchmarkFixture

from boards import image, memory
from boards.image import Image
from boards.patch import Patch
from channels import scenario as scenarios
from channels.scenario import Scenario
from host import networks
from host.launcher import open_device
from receivers.neural import deployment, weights
from tests.host.built_firmware import built

FIXED_HEAD_BYTES = 6  # had a piece an offset of 32 bits and a length of 16
SMALL_PART_BYTES = 256
LEARNED = [
    pytest.param("", 0.01, id="all weights, noise of 1 percent of their spread"),
    pytest.param("", 1.0, id="all weights, noise as large as their spread"),
    pytest.param("head", 1.0, id="the last convolution, noise as large as its spread"),
]


@pytest.fixture(scope="module")
def scenario() -> Scenario:
    return scenarios.load("urban-slow")


@pytest.mark.parametrize(("learned", "noise"), LEARNED)
def test_patches_of_the_native_board(
    benchmark: BenchmarkFixture, scenario: Scenario, learned: str, noise: float
) -> None:
    old, new = (compiled(scenario, learned, noise=level) for level in (0.0, noise))
    there, back = Patch.between(old, new), Patch.between(new, old)
    calls = count()

    with open_device(built("native")) as device:
        device.load(old)
        benchmark(lambda: device.patch((there, back)[next(calls) % 2]))
        image_hash, room = device.info.image_hash, device.info.max_payload - 4

    assert image_hash == (old, new)[next(calls) % 2].sha256[:8]
    benchmark.extra_info["image_bytes"] = len(new.data)
    benchmark.extra_info["patch_bytes"] = there.num_bytes
    benchmark.extra_info["patch_bytes_with_fixed_heads"] = with_fixed_heads(old, new)
    benchmark.extra_info["num_pieces"] = len(there.pieces)
    benchmark.extra_info["num_frames"] = len(list(there.parts(max_bytes=room)))
    benchmark.extra_info["num_small_frames"] = len(list(there.parts(max_bytes=SMALL_PART_BYTES)))


def compiled(scenario: Scenario, learned: str, *, noise: float) -> Image:
    """Return neural-s after noise on the parameters whose names begin so, quantized anew."""
    network = networks.find("neural-s", scenario)
    trained = weights.load(network.path, sha256=network.sha256)
    generator = torch.Generator().manual_seed(1)
    with torch.no_grad():
        for name, values in trained.network.named_parameters():
            if name.startswith(learned):
                spread = values.std(unbiased=False).clamp(min=1e-3)
                values.add_(noise * spread * torch.randn(values.shape, generator=generator))
    graph = deployment.int8_graph(trained, scenario)
    return image.compile(graph, memory.plan(graph))


def with_fixed_heads(old: Image, new: Image) -> int:
    """Return the bytes of the same patch if every head were as long as the longest."""
    num_bytes, end = 0, -1
    for i, (before, after) in enumerate(zip(old.data, new.data, strict=True)):
        if before != after:
            gap = i - end
            is_joined = end >= 0 and gap <= FIXED_HEAD_BYTES
            num_bytes += 1 + (gap if is_joined else FIXED_HEAD_BYTES)
            end = i + 1
    return num_bytes
