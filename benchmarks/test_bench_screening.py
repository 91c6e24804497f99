# SPDX-License-Identifier: Apache-2.0
"""What screening a mini-batch of 16 slots takes: all pilots true, or a fifth of them wrong."""

import pytest
from pytest_benchmark.fixture import BenchmarkFixture

from channels import scenario
from receivers.learning.screening import screen
from sim.link import Link

MINIBATCH_SLOTS = 16


@pytest.mark.parametrize("share", [0.0, 0.2], ids=["true", "a fifth wrong"])
def test_bench_screening(benchmark: BenchmarkFixture, share: float) -> None:
    air = scenario.load("delay-step").with_values({"impairments.pilot_wrong_share": share})
    observation = Link(air, seed=1).slots(1600, MINIBATCH_SLOTS, snr_db=20.0).observation

    found = benchmark(screen, observation)

    assert found.trusted.any()
