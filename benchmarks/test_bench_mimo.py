# SPDX-License-Identifier: Apache-2.0
"""How many resource elements a second the detectors tell apart, beside stock Sionna's in the run.

Sionna's detectors are called as its documentation does: single precision, LLRs of bits. Ours are in
double precision, but for message passing, whose time does not depend on its weights. Rounds
alternate; ratios are of the medians.
"""

import time
from collections.abc import Callable
from statistics import median
from typing import Any

import pytest
import torch
from pytest_benchmark.fixture import BenchmarkFixture
from torch import Tensor

from channels.matrices import Rayleigh
from receivers.mimo import catalog
from receivers.mimo.deep.gnn_sic import GnnSic
from receivers.mimo.deep.network import Deep
from receivers.mimo.detector import Detector
from sim.mimo.blocks import BlockSettings, draw
from sim.mimo.problem import Problem
from sim.modulation import Modulation

# Sionna compiles a part of K-best, and PyTorch's compiler warns of itself.
pytestmark = pytest.mark.filterwarnings("ignore:.*script_method:DeprecationWarning")

NUM_ELEMENTS = 1024
NUM_ROUNDS = 5
CASES = [("qpsk", 4, 4), ("16qam", 8, 4)]


@pytest.fixture(autouse=True)
def _one_thread() -> None:
    torch.set_num_threads(1)


def _problem(name: str, num_rx_ant: int, num_tx: int) -> Problem:
    settings = BlockSettings(
        source=Rayleigh(num_rx_ant=num_rx_ant, num_tx=num_tx),
        modulation=Modulation(name),
        snr_db=12.0,
        num_elements=NUM_ELEMENTS,
    )
    return draw(settings, seed=1, block=0).problem


def _stock(name: str, problem: Problem) -> Callable[[], Tensor]:
    """Return Sionna's own detector, made and ready."""
    from sionna.phy import mimo

    shape = problem.shape
    num_bits = shape.modulation.num_bits_per_symbol
    of_qam: dict[str, Any] = {
        "constellation_type": "qam",
        "num_bits_per_symbol": num_bits,
        "device": "cpu",
    }
    detectors = {
        "lmmse": lambda: mimo.LinearDetector("lmmse", "bit", "maxlog", **of_qam),
        "k-best": lambda: mimo.KBestDetector("bit", shape.num_tx, 64, **of_qam),
        "ep": lambda: mimo.EPDetector("bit", num_bits, device="cpu"),
    }
    detect = detectors[name]()
    covariance = problem.noise_variance[:, None, None] * torch.eye(
        shape.num_rx_ant, dtype=torch.complex64
    )
    return lambda: detect(problem.y, problem.h, covariance)


@pytest.mark.parametrize("case", CASES, ids=lambda case: f"{case[0]} {case[1]}x{case[2]}")
@pytest.mark.parametrize("name", ["lmmse", "k-best", "ep"])
def test_detectors_that_sionna_has(
    benchmark: BenchmarkFixture, name: str, case: tuple[str, int, int]
) -> None:
    problem = _problem(*case)

    _compare(benchmark, catalog.build(name), problem, name)


@pytest.mark.parametrize("case", CASES, ids=lambda case: f"{case[0]} {case[1]}x{case[2]}")
@pytest.mark.parametrize("peer", ["lmmse", "k-best", "ep"])
def test_message_passing(
    benchmark: BenchmarkFixture, peer: str, case: tuple[str, int, int]
) -> None:
    problem = _problem(*case)

    _compare(benchmark, Deep(GnnSic(problem.modulation)), problem, peer)


def _compare(benchmark: BenchmarkFixture, ours: Detector, problem: Problem, peer: str) -> None:
    stock = _stock(peer, problem)
    stock()  # what is made at first use is not counted
    ours.detect(problem)
    times: dict[str, list[float]] = {"ours": [], "sionna": []}

    def measure_stock() -> None:
        times["sionna"].append(_timed(stock))

    def measure() -> None:
        times["ours"].append(_timed(lambda: ours.detect(problem).llr))

    benchmark.pedantic(measure, setup=measure_stock, rounds=NUM_ROUNDS)
    for side, elapsed_s in times.items():
        benchmark.extra_info[f"{side}_elements_per_s"] = NUM_ELEMENTS / median(elapsed_s)
    benchmark.extra_info["ratio"] = median(times["sionna"]) / median(times["ours"])


def _timed(work: Callable[[], Tensor]) -> float:
    start = time.perf_counter()
    work()
    return time.perf_counter() - start
