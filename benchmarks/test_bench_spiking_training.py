# SPDX-License-Identifier: Apache-2.0
"""A training step of a recurrent spiking network beside snnTorch, Norse and SpikingJelly.

The time is ours; the ratios to what is installed of the others are in extra_info, and printed in
the end. `spiking_training.py` writes the same as a record.
"""

import time
import warnings

import pytest
import torch
from pytest_benchmark.fixture import BenchmarkFixture

from benchmarks import spiking_training
from benchmarks.spiking_peers import ours
from benchmarks.spiking_training import OURS, installed, timed_s, training_step

NUM_ROUNDS = 8


@pytest.mark.benchmark(group="training step of a spiking network", timer=time.process_time)
def test_a_training_step_beside_other_frameworks(
    benchmark: BenchmarkFixture, training_rows: list[tuple[str, ...]]
) -> None:
    """Alternate all, so that a busy machine slows all; the ratios are of the same round."""
    torch.set_num_threads(1)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of the others, at import
        steps = {name: training_step(build()) for name, build in installed().items()}
    if not steps:
        pytest.skip("none of snnTorch, Norse and SpikingJelly is installed: the extra peers")
    step = training_step(ours())
    times: dict[str, list[float]] = {name: [] for name in (OURS, *steps)}

    def time_others() -> None:
        for name, theirs in steps.items():
            times[name].append(timed_s(theirs))

    def run() -> torch.Tensor:
        started = time.process_time()
        loss = step()
        times[OURS].append(time.process_time() - started)
        return loss

    loss = benchmark.pedantic(run, setup=time_others, rounds=NUM_ROUNDS, warmup_rounds=1)

    assert bool(torch.isfinite(loss))
    shown = spiking_training.table(times)
    benchmark.extra_info["times_ours"] = spiking_training.ratios(times)
    training_rows.extend((shown.head, *shown.rows))
