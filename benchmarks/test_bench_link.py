# SPDX-License-Identifier: Apache-2.0
"""How fast the link is: frames a second, and data against the bare port of the same run."""

from statistics import median

import numpy as np
import pytest
from pytest_benchmark.fixture import BenchmarkFixture

from host.conversation import Conversation
from host.device import Device
from host.framing import Frame, FrameReader, encode
from host.launcher import open_device
from host.link_statistics import LinkStatistics
from host.patience import Limits
from host.session import Session
from host.wire import RawDirection
from sim.loopback import LoopbackAgent, LoopbackLink
from tests.host.built_firmware import built
from tests.host.pointwise import compiled, pointwise_graph

LONG_FRAME = Frame(type=5, seq=1, payload=bytes(range(256)) * 32)
NUM_ROUNDS = 9
NUM_CHANNELS = 18
RAW_BYTES = 14 * 64 * NUM_CHANNELS  # as many as data: equal chances on a busy machine


def test_frames_of_eight_kilobytes_through_the_codec(benchmark: BenchmarkFixture) -> None:
    reader = FrameReader()

    frames = benchmark(lambda: reader.feed(encode(LONG_FRAME)))

    assert frames == [LONG_FRAME]


def test_requests_to_a_device_in_this_process(benchmark: BenchmarkFixture) -> None:
    conversation = Conversation(LoopbackLink(LoopbackAgent()), board="loopback", limits=Limits())
    device = Device(Session(conversation))

    counters = benchmark(device.counters)

    assert counters.cached_answers == 0


def test_requests_to_the_native_board(benchmark: BenchmarkFixture) -> None:
    with open_device(built("native")) as device:
        counters = benchmark(device.counters)

    assert counters.cached_answers == 0


@pytest.mark.qemu
@pytest.mark.parametrize("name", ["mps2-an386", "mps2-an500"])
@pytest.mark.parametrize("direction", list(RawDirection), ids=lambda value: value.name.lower())
def test_data_against_the_bare_port_of_an_emulated_board(
    benchmark: BenchmarkFixture, name: str, direction: RawDirection
) -> None:
    """Alternate raw bytes and data; the median pair says what is lost to frames and requests."""
    long, short = NUM_CHANNELS, 2
    to_device = direction is RawDirection.TO_DEVICE
    graph = pointwise_graph(
        num_in=long if to_device else short, num_out=short if to_device else long
    )
    x = np.zeros(graph.tensors[graph.input].shape, np.int8)
    raw: list[float] = []
    framed: list[float] = []
    with open_device(built(name), timeout_s=60.0) as device:
        device.load(compiled(graph))

        def measure_raw() -> None:
            raw.append(device.raw_throughput(RAW_BYTES, direction=direction))

        def move_data() -> None:
            before = device.statistics
            device.run(x)
            framed.append(_rate(device.statistics - before, direction))

        benchmark.pedantic(move_data, setup=measure_raw, rounds=NUM_ROUNDS)

    shares = [data / bare for data, bare in zip(framed, raw, strict=True)]
    benchmark.extra_info["raw_bytes_per_s"] = median(raw)
    benchmark.extra_info["data_bytes_per_s"] = median(framed)
    benchmark.extra_info["utilisation"] = median(shares)


def _rate(statistics: LinkStatistics, direction: RawDirection) -> float:
    if direction is RawDirection.TO_DEVICE:
        return statistics.data_sent / statistics.send_s
    return statistics.data_received / statistics.receive_s
