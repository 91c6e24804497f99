# SPDX-License-Identifier: Apache-2.0
"""The firmware itself, over a link with faults: each request once, no wrong byte."""

import numpy as np
from numpy.typing import NDArray

from boards import reference
from boards.board import Board
from boards.graph import Graph
from host.conversation import Conversation
from host.device import Device
from host.launcher import open_device
from host.patience import Limits
from host.session import Session
from sim.faults import FaultRates, FaultyDirection, FaultyLink
from tests.host.pointwise import compiled, pointwise_graph


def slot(graph: Graph, *, seed: int) -> NDArray[np.int8]:
    shape = graph.tensors[graph.input].shape
    return np.random.default_rng(seed).integers(-128, 128, shape, dtype=np.int8)


def test_ten_thousand_requests_through_one_percent_of_faults_are_executed_once(
    native: Board,
) -> None:
    """The agent loses 1 % of frames and damages 1 %, each way; none of it shows but in the time."""
    graph = pointwise_graph(num_in=4, num_out=4, height=2, width=8)
    inputs = [slot(graph, seed=seed) for seed in range(8)]
    outputs = [reference.run(graph, x) for x in inputs]
    num_wrong = 0

    with open_device(native, retry_after_s=0.005) as device:
        device.load(compiled(graph))
        device.inject_faults(drop_per_million=10_000, flip_per_million=10_000, seed=9)
        before, requests_before = device.counters(), device.statistics.num_requests
        for i in range(5000):
            num_wrong += not np.array_equal(device.run(inputs[i % 8]), outputs[i % 8])
        num_requests = device.statistics.num_requests - requests_before
        after, statistics = device.counters(), device.statistics

    assert num_wrong == 0
    assert num_requests == 10_000
    assert after.executed - before.executed == num_requests + 1  # the last COUNTERS itself
    assert statistics.num_retries > 300
    assert after.cached_answers > 100
    assert after.bad_frames > 50


def test_a_disturbed_cable_to_the_native_board_shows_in_nothing_but_the_time(
    native: Board,
) -> None:
    """Here the cable loses, damages, repeats, cuts and holds back 1 % of frames each, each way."""
    graph = pointwise_graph(num_in=4, num_out=4, height=2, width=8)
    rates = FaultRates(drop=0.01, damage=0.01, duplicate=0.01, truncate=0.01, delay=0.01)
    limits = Limits(first_wait_s=0.005, shortest_wait_s=0.005)
    num_wrong = 0

    with open_device(native) as undisturbed:
        cable = FaultyLink(
            undisturbed.link,
            to_device=FaultyDirection(rates, np.random.default_rng(1)),
            to_host=FaultyDirection(rates, np.random.default_rng(2)),
        )
        device = Device(Session(Conversation(cable, board="native", limits=limits)))
        device.load(compiled(graph))
        before, requests_before = device.counters(), device.statistics.num_requests
        for seed in range(1000):
            x = slot(graph, seed=seed)
            num_wrong += not np.array_equal(device.run(x), reference.run(graph, x))
        num_requests = device.statistics.num_requests - requests_before
        after = device.counters()

    assert num_wrong == 0
    assert after.executed - before.executed == num_requests + 1 == 2001
    assert device.statistics.num_retries > 20
