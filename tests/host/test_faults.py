# SPDX-License-Identifier: Apache-2.0
"""On a link that loses and damages frames, every request is executed once and no byte is wrong."""

from dataclasses import dataclass

import numpy as np
import pytest

from host.conversation import Conversation
from host.device import Device
from host.framing import Frame, FrameReader, encode
from host.patience import Limits
from host.session import Session
from sim.faults import Fate, FaultRates, FaultyDirection, FaultyLink
from sim.loopback import LoopbackAgent, LoopbackLink
from sim.shift_network import ShiftNetwork

NUM_REQUESTS = 10_000
NETWORK = ShiftNetwork(num_input_bytes=24, shift=5)


@dataclass(frozen=True, kw_only=True)
class ShiftImage:
    data: bytes = NETWORK.image(num_padding_bytes=5000)
    input_shape: tuple[int, ...] = (24,)
    output_shape: tuple[int, ...] = (24,)
    macs: int = 0


def direction(rates: FaultRates, *, seed: int) -> FaultyDirection:
    return FaultyDirection(rates, np.random.default_rng(seed))


def disturbed(agent: LoopbackAgent, rates: FaultRates, *, seed: int) -> FaultyLink:
    return FaultyLink(
        LoopbackLink(agent),
        to_device=direction(rates, seed=2 * seed),
        to_host=direction(rates, seed=2 * seed + 1),
    )


@pytest.mark.parametrize(
    "rates",
    [
        pytest.param(FaultRates(drop=0.01, damage=0.01), id="lost and damaged"),
        pytest.param(FaultRates(duplicate=0.02, truncate=0.01, delay=0.01), id="odd ones"),
        pytest.param(
            FaultRates(drop=0.05, damage=0.05, duplicate=0.05, truncate=0.05, delay=0.05),
            id="a quarter of all frames",
        ),
    ],
)
def test_ten_thousand_requests_are_executed_once_each_and_answered_right(
    rates: FaultRates,
) -> None:
    """A request fails by chance when 30 attempts do: below 1e-4 even at a quarter of frames."""
    agent = LoopbackAgent()
    link = disturbed(agent, rates, seed=1)
    conversation = Conversation(link, board="loopback", limits=Limits(num_attempts=30))
    device = Device(Session(conversation))
    device.load(ShiftImage())
    generator = np.random.default_rng(3)
    executed_before, requests_before = agent.executed, device.statistics.num_requests
    num_wrong = 0

    for _ in range(NUM_REQUESTS // 2):
        x = generator.integers(-128, 128, 24, dtype=np.int8)
        num_wrong += not np.array_equal(device.run(x), x + np.int8(NETWORK.shift))

    assert num_wrong == 0
    assert agent.num_runs == NUM_REQUESTS // 2
    assert device.statistics.num_requests - requests_before == NUM_REQUESTS
    assert agent.executed - executed_before == NUM_REQUESTS
    assert device.statistics.num_retries > 0
    assert sum(link.to_device.counts.values()) >= NUM_REQUESTS


def test_a_load_survives_the_disturbed_link_without_a_wrong_byte() -> None:
    agent = LoopbackAgent()
    rates = FaultRates(drop=0.1, damage=0.1, truncate=0.1)
    limits = Limits(num_attempts=60)
    link = disturbed(agent, rates, seed=4)
    device = Device(Session(Conversation(link, board="loopback", limits=limits)))

    for _ in range(20):
        device.reset()
        device.load(ShiftImage())

    assert device.info.image_hash != bytes(8)
    assert device.statistics.num_damaged > 0


def test_an_undisturbed_link_repeats_nothing() -> None:
    link = disturbed(LoopbackAgent(), FaultRates(), seed=5)
    device = Device(Session(Conversation(link, board="loopback", limits=Limits())))

    device.load(ShiftImage())

    assert device.statistics.num_retries == 0
    assert device.statistics.num_stale == 0


@pytest.mark.parametrize(
    ("fate", "rates"),
    [
        (Fate.DROP, FaultRates(drop=0.2)),
        (Fate.DAMAGE, FaultRates(damage=0.2)),
        (Fate.DUPLICATE, FaultRates(duplicate=0.2)),
        (Fate.TRUNCATE, FaultRates(truncate=0.2)),
        (Fate.DELAY, FaultRates(delay=0.2)),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_each_fault_happens_as_often_as_asked_and_shows_in_the_frames(
    fate: Fate, rates: FaultRates
) -> None:
    """4000 frames at 20 %: outside 5 standard deviations with probability 6e-7."""
    faulty = direction(rates, seed=6)
    reader = FrameReader()
    frames = [Frame(type=1, seq=seq, payload=b"payload") for seq in range(4000)]

    arrived = [f for frame in frames for f in reader.feed(faulty.pass_on(encode(frame)))]

    count = faulty.counts[fate]
    assert abs(count - 800) < 5 * (4000 * 0.2 * 0.8) ** 0.5
    assert faulty.counts[Fate.PASS] == 4000 - count
    order = [frame.seq for frame in arrived]
    assert order == sorted(order)
    missing = {f.seq for f in frames} - set(order)
    if fate in {Fate.DUPLICATE, Fate.DELAY}:
        assert missing <= {3999}
    else:
        assert count <= len(missing) <= 2 * count + 1


def test_the_same_seed_disturbs_the_same_frames() -> None:
    data = b"".join(encode(Frame(type=1, seq=seq, payload=b"x" * 20)) for seq in range(500))
    rates = FaultRates(drop=0.1, damage=0.1, duplicate=0.1, truncate=0.1, delay=0.1)

    assert direction(rates, seed=7).pass_on(data) == direction(rates, seed=7).pass_on(data)
    assert direction(rates, seed=7).pass_on(data) != direction(rates, seed=8).pass_on(data)
