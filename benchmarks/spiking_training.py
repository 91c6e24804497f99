# SPDX-License-Identifier: Apache-2.0
"""The time of one training step of a spiking network, ours beside other frameworks in one run.

    .venv/bin/python -m benchmarks.spiking_training --json FILE [--rounds 20]

A step is forward, backward and Adam. Rounds alternate between all, so that a busy machine slows
all; CPU time is told, of one thread.
"""

import argparse
import importlib.metadata
import importlib.util
import json
import platform
import statistics
import time
import warnings
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict
from pathlib import Path

import torch
from torch import Tensor, nn

from benchmarks.spiking_peers import (
    DENSITY,
    NUM_CLASSES,
    NUM_HIDDEN,
    NUM_INPUTS,
    NUM_RECORDINGS,
    NUM_STEPS,
    PEERS,
    ours,
)
from host.report.tables import Table

OURS, OURS_DENSE = "airloop", "airloop, inputs without a zero"
_ALMOST_ZERO = 1e-12
NUM_ROUNDS = 20
_NUM_WARM = 3
_MS = 1e3

Step = Callable[[], Tensor]
Times = Mapping[str, list[float]]


def installed() -> dict[str, Callable[[], nn.Module]]:
    """Return the networks of the frameworks that are there, by name."""
    return {
        name: build
        for name, (package, build) in PEERS.items()
        if importlib.util.find_spec(package) is not None
    }


def training_step(network: nn.Module, *, least: float = 0.0) -> Step:
    """Return a function that takes one step and returns the loss; no input is below `least`."""
    rng = torch.Generator().manual_seed(2)
    shape = (NUM_STEPS, NUM_RECORDINGS, NUM_INPUTS)
    counts = (torch.rand(shape, generator=rng) < DENSITY).float().clamp_(min=least)
    labels = torch.arange(NUM_RECORDINGS) % NUM_CLASSES
    optimizer = torch.optim.Adam(network.parameters(), lr=1e-3)

    def step() -> Tensor:
        optimizer.zero_grad()
        loss = nn.functional.cross_entropy(network(counts), labels)
        loss.backward()
        optimizer.step()
        return loss.detach()

    return step


def timed_s(step: Step) -> float:
    """Return the CPU time [s] that a step takes."""
    started = time.process_time()
    step()
    return time.process_time() - started


def measure(num_rounds: int) -> Times:
    """Return the CPU times [s] of the steps of each network, ours first."""
    torch.set_num_threads(1)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        steps = {
            OURS: training_step(ours()),
            OURS_DENSE: training_step(ours(), least=_ALMOST_ZERO),
        }
        steps |= {name: training_step(build()) for name, build in installed().items()}
        for step in steps.values():
            for _ in range(_NUM_WARM):
                step()
    times: dict[str, list[float]] = {name: [] for name in steps}
    for _ in range(num_rounds):
        for name, step in steps.items():
            times[name].append(timed_s(step))
    return times


def ratios(times: Times) -> dict[str, float]:
    """Return the median over rounds of each one's time, in units of ours in the same round."""
    return {
        name: statistics.median(
            theirs / own for theirs, own in zip(taken, times[OURS], strict=True)
        )
        for name, taken in times.items()
    }


def table(times: Times) -> Table:
    """Return the times and ratios as text."""
    relative = ratios(times)
    rows = tuple(
        (
            name,
            f"{statistics.median(taken) * _MS:.0f} ({min(taken) * _MS:.0f})",
            f"{relative[name]:.2f}",
        )
        for name, taken in times.items()
    )
    return Table(
        caption=f"CPU time of a training step: {NUM_INPUTS} -> {NUM_HIDDEN} -> {NUM_HIDDEN} -> "
        f"{NUM_CLASSES}, recurrent LIF, batch {NUM_RECORDINGS}, {NUM_STEPS} steps, one thread",
        head=("network", "ms, median (least)", "times ours"),
        rows=rows,
        note=f"Over {len(times[OURS])} rounds that alternate; the ratio is the median of those of "
        "each round.",
    )


def record(times: Times) -> dict[str, object]:
    """Return what is kept: settings, versions, every time, and the table."""
    packages = ["torch", *sorted({package for package, _ in PEERS.values()})]
    return {
        "settings": {
            "num_rounds": len(times[OURS]),
            "num_steps": NUM_STEPS,
            "num_recordings": NUM_RECORDINGS,
            "density": DENSITY,
            "num_threads": 1,
        },
        "versions": {name: _version(name) for name in packages},
        "machine": f"{platform.machine()}, torch at {torch.backends.cpu.get_cpu_capability()}",
        "cpu_s": {name: _rounded(taken) for name, taken in times.items()},
        "tables": [asdict(table(times))],
    }


def _rounded(times_s: Sequence[float]) -> list[float]:
    return [round(time_s, 6) for time_s in times_s]


def _version(package: str) -> str | None:
    try:
        return importlib.metadata.version(package)
    except importlib.metadata.PackageNotFoundError:
        return None


def main() -> None:
    """Measure, and write the record."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--json", type=Path, required=True, help="where the record goes")
    parser.add_argument("--rounds", type=int, default=NUM_ROUNDS)
    given = parser.parse_args()
    text = json.dumps(record(measure(given.rounds)), indent=2, ensure_ascii=False) + "\n"
    given.json.write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main()
