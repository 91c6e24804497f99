# SPDX-License-Identifier: Apache-2.0
"""Unframed bytes are timed both ways; one that is lost leaves the device ready for what follows."""

import numpy as np
import pytest

from boards import reference
from boards.board import Board
from host.conversation import Conversation
from host.device import Device
from host.errors import LinkTimeout, ProtocolError
from host.launcher import open_device
from host.links.link import Link
from host.links.serial import SerialLink, SerialSettings
from host.patience import Limits
from host.session import Session
from host.wire import RawDirection
from sim.loopback import LoopbackAgent, LoopbackLink
from sim.loopback_server import on_tcp
from tests.host.pointwise import compiled, pointwise_graph

LIMITS = Limits(first_wait_s=0.05, shortest_wait_s=0.05)


class LossyLink:
    """Loses one byte of long writes to the device, or damages one of long reads."""

    def __init__(self, link: Link, *, direction: RawDirection) -> None:
        self.port, self.is_lossy = link.port, True
        self._link, self._direction = link, direction

    def write(self, data: bytes) -> None:
        is_long = len(data) >= 500 and any(data)
        hit = self.is_lossy and is_long and self._direction is RawDirection.TO_DEVICE
        self._link.write(data[:200] + data[201:] if hit else data)

    def read(self, *, wait_s: float) -> bytes:
        data = self._link.read(wait_s=wait_s)
        hit = self.is_lossy and len(data) >= 150 and self._direction is RawDirection.TO_HOST
        return data[:100] + data[101:] if hit else data

    def drain(self) -> None:
        self._link.drain()


def device_on(link: Link) -> Device:
    return Device(Session(Conversation(link, board="loopback", limits=LIMITS)))


@pytest.mark.parametrize("direction", list(RawDirection))
def test_raw_bytes_flow_both_ways_and_frames_go_on_behind_them(direction: RawDirection) -> None:
    agent = LoopbackAgent()
    with (
        on_tcp(agent) as url,
        SerialLink(SerialSettings(board="loopback", port=url)) as link,
    ):
        device = device_on(link)

        bytes_per_s = device.raw_throughput(2_000_001, direction=direction)

        assert bytes_per_s > 0
        assert device.counters().executed == 2
        assert agent.bad_frames == 0


def test_raw_bytes_that_arrive_with_the_answer_are_timed_from_the_request() -> None:
    device = device_on(LoopbackLink(LoopbackAgent()))

    assert device.raw_throughput(1000, direction=RawDirection.TO_HOST) > 0


@pytest.mark.parametrize("direction", list(RawDirection), ids=lambda value: value.name.lower())
def test_a_lost_raw_byte_leaves_the_firmware_ready_for_the_next_slot(
    native: Board, direction: RawDirection
) -> None:
    graph = pointwise_graph(num_in=4, num_out=4, height=2, width=8)
    x = np.random.default_rng(1).integers(-128, 128, (2, 8, 4), dtype=np.int8)

    with open_device(native) as undisturbed:
        link = LossyLink(undisturbed.link, direction=direction)
        device = Device(Session(Conversation(link, board="native", limits=LIMITS)))
        device.load(compiled(graph))
        with pytest.raises((LinkTimeout, ProtocolError), match=r"native on .*RAW"):
            device.raw_throughput(1500, direction=direction)

        y = device.run(x)
        num_bad_frames = device.counters().bad_frames
        link.is_lossy = False
        bytes_per_s = device.raw_throughput(1500, direction=direction)

    np.testing.assert_array_equal(y, reference.run(graph, x))
    assert num_bad_frames == 0
    assert bytes_per_s > 0


def test_a_lost_raw_byte_leaves_the_loopback_ready_too() -> None:
    agent = LoopbackAgent()
    link = LossyLink(LoopbackLink(agent), direction=RawDirection.TO_DEVICE)
    device = Device(Session(Conversation(link, board="loopback", limits=LIMITS)))

    with pytest.raises(LinkTimeout):
        device.raw_throughput(1500, direction=RawDirection.TO_DEVICE)

    assert device.counters().bad_frames == agent.bad_frames == 0
