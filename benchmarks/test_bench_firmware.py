# SPDX-License-Identifier: Apache-2.0
"""What a network of the receiver's size costs: instructions on boards, time in the twin."""

import math
from collections import defaultdict

import numpy as np
import pytest
from pytest_benchmark.fixture import BenchmarkFixture

from boards.image import Image
from boards.layout import OperatorRecord
from boards.parameters import Join, Window
from host.launcher import open_device
from sim.twin import Twin
from tests.firmware.operators import compiled
from tests.firmware.receiver_shape import receiver_graph
from tests.host.built_firmware import built


@pytest.fixture(scope="module")
def image() -> Image:
    return compiled(receiver_graph())


def test_inferences_of_the_twin(benchmark: BenchmarkFixture, image: Image) -> None:
    twin = Twin(image)
    x = np.random.default_rng(1).integers(-128, 128, image.input_shape, dtype=np.int8)

    y = benchmark(lambda: twin.run(x))

    assert y.shape == image.output_shape
    benchmark.extra_info["macs"] = image.macs


@pytest.mark.qemu
@pytest.mark.parametrize("name", ["mps2-an386", "mps2-an500"])
def test_instructions_of_a_board(benchmark: BenchmarkFixture, image: Image, name: str) -> None:
    """The time is the emulator's; what counts is in extra_info."""
    x = np.random.default_rng(1).integers(-128, 128, image.input_shape, dtype=np.int8)
    with open_device(built(name), timeout_s=60.0) as device:
        device.load(image)
        run = device.measure(x, profile=True)
        profile = device.profile()
        benchmark.pedantic(lambda: device.run(x), rounds=3)

    assert run.instructions is not None
    by_kind: dict[str, list[float]] = defaultdict(lambda: [0.0, 0.0])
    for operator, one in zip(image.operators, profile, strict=True):
        sums = by_kind[name_of(operator)]
        sums[0] += one.instructions or 0.0
        sums[1] += operator.macs or num_values(operator)
    benchmark.extra_info["instructions"] = run.instructions
    benchmark.extra_info["instructions_per_mac"] = round(run.instructions / image.macs, 3)
    benchmark.extra_info |= {kind: round(n / work, 3) for kind, (n, work) in by_kind.items()}


def num_values(operator: OperatorRecord) -> int:
    """Return the values of the output of an ADD."""
    return math.prod(operator.parameters.sizes) if isinstance(operator.parameters, Join) else 0


def name_of(operator: OperatorRecord) -> str:
    """Return the kind of an operator; instructions of an ADD are counted a value, not a MAC."""
    if not isinstance(operator.parameters, Window):
        return f"{operator.kind.name} (a value)"
    height, width = operator.parameters.kernel
    return f"{operator.kind.name} {height}x{width}"
