# SPDX-License-Identifier: Apache-2.0
"""A device loads, runs and reports, and every refusal is a named error."""

from dataclasses import dataclass

import numpy as np
import pytest
from numpy.typing import NDArray

from host.child import Ending
from host.conversation import Conversation
from host.device import Device
from host.errors import (
    DeviceLostError,
    DeviceStatusError,
    LinkTimeout,
    ProtocolError,
    WireVersionError,
)
from host.links.link import Link
from host.patience import Limits
from host.session import Session
from sim.loopback import LoopbackAgent, LoopbackLink
from sim.shift_network import ShiftNetwork

SHAPE = (14, 64, 6)
NETWORK = ShiftNetwork(num_input_bytes=14 * 64 * 6, shift=3)


@dataclass(frozen=True, kw_only=True)
class ShiftImage:
    """The image of a shift network, as a device wants it."""

    data: bytes
    input_shape: tuple[int, ...] = SHAPE
    output_shape: tuple[int, ...] = SHAPE
    macs: int = 0


IMAGE = ShiftImage(data=NETWORK.image(num_padding_bytes=10_000))
OTHER_IMAGE = ShiftImage(data=NETWORK.image(num_padding_bytes=9_000))


def device_on(link: Link, *, limits: Limits | None = None) -> Device:
    conversation = Conversation(link, board="loopback", limits=limits or Limits())
    return Device(Session(conversation))


def slot(seed: int) -> NDArray[np.int8]:
    return np.random.default_rng(seed).integers(-128, 128, SHAPE, dtype=np.int8)


class SilentLink:
    """A link nobody listens at."""

    port = "silent"

    def write(self, data: bytes) -> None:
        pass

    def read(self, *, wait_s: float) -> bytes:
        return b""

    def drain(self) -> None:
        pass


class ChunkCountingLink(LoopbackLink):
    """Counts LOAD_CHUNK frames, and breaks off after some."""

    def __init__(self, agent: LoopbackAgent, *, break_after: int | None = None) -> None:
        super().__init__(agent)
        self.num_long_frames = 0
        self._break_after = break_after

    def write(self, data: bytes) -> None:
        self.num_long_frames += len(data) > 500
        if self._break_after is not None and self.num_long_frames > self._break_after:
            return
        super().write(data)


class PatientLink(LoopbackLink):
    """Notes the longest wait that was asked of it."""

    longest_wait_s = 0.0

    def read(self, *, wait_s: float) -> bytes:
        self.longest_wait_s = max(self.longest_wait_s, wait_s)
        return super().read(wait_s=wait_s)


def test_hello_tells_what_the_device_is() -> None:
    device = device_on(LoopbackLink(LoopbackAgent(clock_hz=32_000_000, max_payload=512)))

    info = device.hello()

    assert (info.board, info.clock_hz, info.max_payload) == ("loopback", 32_000_000, 512)
    assert info.image_hash == bytes(8)


@pytest.mark.parametrize("max_payload", [64, 512, 2048, 60_000])
def test_a_loaded_network_runs_whatever_the_device_takes_at_a_time(max_payload: int) -> None:
    device = device_on(LoopbackLink(LoopbackAgent(max_payload=max_payload)))
    device.load(IMAGE)

    y = device.run(slot(1))

    np.testing.assert_array_equal(y, slot(1) + np.int8(3))


def test_a_run_is_waited_for_as_long_as_its_network_may_take() -> None:
    """5e8 MACs at 5e6 a second are 100 s, beyond the second that a request waits at first."""
    link = PatientLink(LoopbackAgent())
    device = device_on(link)
    device.load(ShiftImage(data=IMAGE.data, macs=500_000_000))

    device.run(slot(8))

    assert link.longest_wait_s == pytest.approx(101.0, abs=0.1)


def test_the_same_image_is_not_loaded_twice() -> None:
    link = ChunkCountingLink(LoopbackAgent())
    device = device_on(link)
    device.load(IMAGE)
    num_frames = link.num_long_frames

    device.load(IMAGE)
    device_on(link).load(IMAGE)

    assert link.num_long_frames == num_frames == 5


def test_a_load_goes_on_where_the_lost_link_broke_it_off() -> None:
    agent = LoopbackAgent()
    with pytest.raises(LinkTimeout, match="LOAD_CHUNK"):
        device_on(ChunkCountingLink(agent, break_after=3)).load(IMAGE)
    link = ChunkCountingLink(agent)
    device = device_on(link)

    device.load(IMAGE)

    assert link.num_long_frames == 2
    np.testing.assert_array_equal(device.run(slot(2)), slot(2) + np.int8(3))


def test_another_image_starts_from_the_beginning_after_a_broken_load() -> None:
    agent = LoopbackAgent()
    with pytest.raises(LinkTimeout):
        device_on(ChunkCountingLink(agent, break_after=3)).load(IMAGE)
    link = ChunkCountingLink(agent)

    device_on(link).load(OTHER_IMAGE)

    assert link.num_long_frames == 5


def test_a_damaged_image_is_refused_and_the_old_one_stays() -> None:
    device = device_on(LoopbackLink(LoopbackAgent()))
    device.load(IMAGE)

    with pytest.raises(DeviceStatusError, match=r"loopback on loopback refused .*BAD_IMAGE"):
        device.load(ShiftImage(data=b"x" + IMAGE.data[1:]))

    np.testing.assert_array_equal(device.run(slot(3)), slot(3) + np.int8(3))


def test_an_image_too_large_for_the_board_says_so() -> None:
    device = device_on(LoopbackLink(LoopbackAgent(image_capacity=9_999)))

    with pytest.raises(DeviceStatusError, match=r"TOO_LARGE.*larger board"):
        device.load(IMAGE)


def test_running_without_a_network_says_what_to_do() -> None:
    device = device_on(LoopbackLink(LoopbackAgent()))

    with pytest.raises(DeviceStatusError, match=r"refused RUN: BAD_STATE. Load a network"):
        device.run(slot(4))


def test_reset_drops_the_network_and_keeps_the_counters() -> None:
    device = device_on(LoopbackLink(LoopbackAgent()))
    device.load(IMAGE)
    num_executed = device.counters().executed

    device.reset()

    assert device.info.image_hash == bytes(8)
    assert device.counters().executed == num_executed + 2
    with pytest.raises(DeviceStatusError, match="BAD_STATE"):
        device.run(slot(5))


@pytest.mark.parametrize(
    "x",
    [
        pytest.param(np.zeros((14, 64, 5), np.int8), id="another shape"),
        pytest.param(np.zeros(SHAPE, np.int16), id="another type"),
    ],
)
def test_an_input_the_network_does_not_take_is_refused(x: NDArray[np.int8]) -> None:
    device = device_on(LoopbackLink(LoopbackAgent()))
    device.load(IMAGE)

    with pytest.raises(ValueError, match=r"takes int8 \(14, 64, 6\)"):
        device.run(x)


def test_a_profile_has_every_operator_in_order_however_small_the_frames() -> None:
    kinds = tuple(i % 3 + 1 for i in range(50))
    network = ShiftNetwork(num_input_bytes=8, shift=1, operator_kinds=kinds)
    agent = LoopbackAgent(open_image=lambda _: network, max_payload=64)
    conversation = Conversation(LoopbackLink(agent), board="loopback", limits=Limits())
    device = Device(Session(conversation), instructions_per_tick=1.25)
    device.load(ShiftImage(data=network.image(), input_shape=(8,), output_shape=(8,)))

    inference = device.measure(np.zeros(8, np.int8), profile=True)
    profile = device.profile()

    assert tuple(operator.kind for operator in profile) == kinds
    assert sum(operator.ticks for operator in profile) == inference.ticks == 8 * 50
    assert inference.instructions == 500
    assert profile[0].instructions == 10


def test_a_silent_board_is_named_in_the_error() -> None:
    device = device_on(SilentLink())

    with pytest.raises(LinkTimeout, match=r"loopback on silent did not answer HELLO within") as e:
        device.hello()

    assert e.value.num_attempts == Limits().num_attempts
    assert "\n" not in str(e.value)


@pytest.mark.parametrize("device_version", [0, 1, 999])
def test_another_wire_version_names_both_and_says_what_to_do(device_version: int) -> None:
    device = device_on(LoopbackLink(LoopbackAgent(wire_version=device_version)))

    message = rf"wire version {device_version}, this host speaks 2\. .*make firmware BOARD=loopback"
    with pytest.raises(WireVersionError, match=message):
        device.hello()


def test_an_answer_that_makes_no_sense_is_a_protocol_error() -> None:
    class ForgetfulAgent(LoopbackAgent):
        def _counters(self, payload: bytes) -> bytes:
            return b"\0" * 3

    device = device_on(LoopbackLink(ForgetfulAgent()))

    with pytest.raises(ProtocolError, match=r"answered COUNTERS with 2 bytes instead of 16"):
        device.counters()


def test_a_process_that_ended_is_told_from_a_device_that_is_silent() -> None:
    conversation = Conversation(SilentLink(), board="loopback", limits=Limits())
    ending = Ending(exit_status=-9, stderr_tail="out of memory")
    device = Device(Session(conversation, ending=lambda: ending))

    with pytest.raises(DeviceLostError, match=r"during HELLO with signal 9.*out of memory"):
        device.hello()


def test_statistics_tell_what_one_slot_costs_on_the_link() -> None:
    device = device_on(LoopbackLink(LoopbackAgent()))
    device.load(IMAGE)
    before = device.statistics

    device.run(slot(7))

    cost = device.statistics - before
    num_chunks, num_inline = 3, 0
    assert cost.num_requests == num_chunks + 1 + 3 + num_inline
    assert cost.num_retries == cost.num_damaged == cost.num_stale == 0
    assert cost.data_sent == cost.data_received == NETWORK.num_input_bytes
    assert NETWORK.num_input_bytes < cost.bytes_sent < 1.03 * NETWORK.num_input_bytes
    assert NETWORK.num_input_bytes < cost.bytes_received < 1.03 * NETWORK.num_input_bytes


def test_two_sessions_start_with_different_numbers_almost_surely() -> None:
    """Fails by chance with probability 2 ** -64."""
    link = LoopbackLink(LoopbackAgent())

    firsts = {Conversation(link, board="b", limits=Limits()).next_seq() for _ in range(5)}

    assert len(firsts) > 1
