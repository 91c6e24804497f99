# SPDX-License-Identifier: Apache-2.0
"""A device gets another network by patches, runs the old one meanwhile, and is never in doubt."""

from dataclasses import replace

import numpy as np
import pytest

from boards.image import Image
from boards.layout import Header, seal
from boards.patch import Patch
from host.conversation import Conversation
from host.device import Device
from host.errors import DeviceStatusError, LinkTimeout
from host.framing import FrameReader
from host.links.link import Link
from host.patience import Limits
from host.session import Session
from host.wire import MessageType
from sim.loopback import LoopbackAgent, LoopbackLink
from tests.host.patched import loopback, network, output, slot

OLD, NEW, THIRD = (network(seed) for seed in (1, 2, 3))
PATCH = Patch.between(OLD, NEW)


class WatchedLink(LoopbackLink):
    """Notes every request, and loses the answers from one of a kind on."""

    def __init__(self, agent: LoopbackAgent, *, deaf_from: MessageType | None = None) -> None:
        super().__init__(agent)
        self.requests: list[MessageType] = []
        self.payload_bytes = 0
        self.deaf_from = deaf_from
        self._reader = FrameReader()

    def write(self, data: bytes) -> None:
        for frame in self._reader.feed(data):
            self.requests.append(MessageType(frame.type))
            self.payload_bytes += len(frame.payload)
        super().write(data)
        if self.deaf_from in self.requests:
            self.drain()

    def hear(self) -> None:
        """Lose no more answers, and forget what was asked."""
        self.deaf_from = None
        self.requests.clear()


def device_on(link: Link) -> Device:
    return Device(Session(Conversation(link, board="loopback", limits=Limits())))


def loaded(*, max_payload: int = 512) -> tuple[Device, WatchedLink]:
    link = WatchedLink(loopback(max_payload=max_payload))
    device = device_on(link)
    device.load(OLD)
    link.requests.clear()
    return device, link


def assert_runs(device: Device, of: Image) -> None:
    """Fail unless a slot comes out as the twin of a network has it."""
    np.testing.assert_array_equal(device.run(slot(5)), output(of, seed=5))


@pytest.mark.parametrize("max_payload", [20, 64, 512, 60_000])
def test_a_patched_device_runs_the_new_network(max_payload: int) -> None:
    device, link = loaded(max_payload=max_payload)

    device.patch(PATCH)

    assert_runs(device, NEW)
    assert device.info.image_hash == NEW.sha256[:8]
    assert MessageType.HELLO not in link.requests
    assert link.requests.count(MessageType.PATCH_COMMIT) == 1


def test_the_new_image_is_then_loaded_already() -> None:
    device, link = loaded()
    device.patch(PATCH)
    link.requests.clear()

    device.load(NEW)

    assert link.requests == []
    assert_runs(device, NEW)


def test_a_patch_that_is_in_force_sends_nothing() -> None:
    device, link = loaded()
    device.patch(PATCH)
    link.requests.clear()

    device.patch(PATCH)

    assert link.requests == []


def test_slots_run_between_the_frames_of_a_patch() -> None:
    device, link = loaded()
    patching = device.begin_patch(PATCH, max_bytes=50)
    num_frames = patching.num_frames

    for i in range(num_frames):
        patching.step()
        assert_runs(device, OLD)
        assert patching.num_frames == num_frames - 1 - i
    patching.step()
    patching.commit()

    assert num_frames == link.requests.count(MessageType.PATCH_CHUNK) > 10
    assert_runs(device, NEW)


@pytest.mark.parametrize("max_bytes", [0, 15])
def test_a_frame_too_short_for_a_piece_is_refused(max_bytes: int) -> None:
    device, _ = loaded()

    with pytest.raises(ValueError, match="at least 16 bytes"):
        device.begin_patch(PATCH, max_bytes=max_bytes)


def test_a_patch_goes_on_where_another_session_left_it() -> None:
    device, link = loaded()
    patching = device.begin_patch(PATCH, max_bytes=100)
    num_frames = patching.num_frames
    for _ in range(num_frames // 2):
        patching.step()
    again = device_on(link)
    again.load(OLD)

    resumed = again.begin_patch(PATCH, max_bytes=100)

    assert resumed.num_frames == num_frames - num_frames // 2
    assert_runs(again, OLD)
    resumed.commit()
    assert_runs(again, NEW)


def test_a_session_that_knows_no_image_may_patch_and_then_load_at_no_cost() -> None:
    _, link = loaded()
    device = device_on(link)
    device.patch(PATCH)
    link.requests.clear()

    device.load(NEW)

    assert link.requests == []
    assert_runs(device, NEW)


@pytest.mark.parametrize("lost", [MessageType.PATCH_BEGIN, MessageType.PATCH_CHUNK])
def test_a_patch_that_the_link_broke_off_is_begun_again(lost: MessageType) -> None:
    device, link = loaded()
    link.deaf_from = lost
    with pytest.raises(LinkTimeout, match=f"did not answer {lost.name}"):
        device.patch(PATCH)
    link.hear()
    assert_runs(device, OLD)

    device.patch(PATCH)

    assert_runs(device, NEW)


@pytest.mark.parametrize("next_image", [OLD, NEW, THIRD], ids=["old", "new", "third"])
def test_after_a_commit_without_an_answer_no_network_is_trusted(next_image: Image) -> None:
    """The device has executed the commit; the host cannot know, and asks before it goes on."""
    device, link = loaded()
    link.deaf_from = MessageType.PATCH_COMMIT
    with pytest.raises(LinkTimeout, match="did not answer PATCH_COMMIT"):
        device.patch(PATCH)
    link.hear()
    with pytest.raises(DeviceStatusError, match=r"refused RUN: BAD_STATE\. Load a network"):
        device.run(slot(5))

    device.load(next_image)

    assert_runs(device, next_image)
    assert link.requests[0] is MessageType.HELLO
    assert (MessageType.LOAD_CHUNK in link.requests) == (next_image is THIRD)


def test_after_a_load_without_an_answer_no_network_is_trusted() -> None:
    device, link = loaded()
    link.deaf_from = MessageType.LOAD_COMMIT
    with pytest.raises(LinkTimeout, match="did not answer LOAD_COMMIT"):
        device.load(NEW)
    link.hear()

    device.load(OLD)

    assert_runs(device, OLD)


def test_the_network_before_comes_back_by_a_load_without_chunks() -> None:
    device, link = loaded()
    device.patch(PATCH)
    link.requests.clear()

    device.load(OLD)

    assert link.requests == [MessageType.LOAD_BEGIN, MessageType.LOAD_COMMIT, MessageType.HELLO]
    assert_runs(device, OLD)


def test_a_patch_of_another_network_is_refused_in_words() -> None:
    device, _ = loaded()

    with pytest.raises(DeviceStatusError, match=r"refused PATCH_BEGIN: WRONG_BASE\. The patch was"):
        device.patch(Patch.between(THIRD, NEW))

    assert_runs(device, OLD)


def test_a_patched_image_with_another_checksum_is_refused_and_the_old_network_stays() -> None:
    device, _ = loaded()

    with pytest.raises(DeviceStatusError, match="refused PATCH_COMMIT: BAD_IMAGE"):
        device.patch(replace(PATCH, crc32=PATCH.crc32 ^ 1))

    assert_runs(device, OLD)
    assert device.info.image_hash == OLD.sha256[:8]
    device.patch(PATCH)
    assert_runs(device, NEW)


def test_an_invalid_image_is_refused_and_the_old_network_stays() -> None:
    """It is an image to the host, which does not know what kernels need."""
    device, _ = loaded()
    header = OLD.header
    starved = replace(header, scratch_offset=0)  # where activations are
    invalid = Image(seal(starved.pack() + OLD.data[Header.LAYOUT.size :]))

    with pytest.raises(DeviceStatusError, match="refused PATCH_COMMIT: BAD_IMAGE"):
        device.patch(Patch.between(OLD, invalid))

    assert_runs(device, OLD)


def test_a_patch_given_up_for_a_load_says_so() -> None:
    device, _ = loaded()
    patching = device.begin_patch(PATCH, max_bytes=100)
    patching.step()
    device.load(THIRD)

    with pytest.raises(DeviceStatusError, match="refused PATCH_CHUNK: BAD_STATE"):
        patching.commit()

    assert_runs(device, THIRD)


def test_what_is_sent_is_what_the_patch_says_it_takes() -> None:
    """And 4 bytes a frame for the offset, 72 for PATCH_BEGIN."""
    device, link = loaded(max_payload=60_000)
    before = link.payload_bytes

    device.patch(PATCH)

    assert link.payload_bytes - before == 72 + 4 + PATCH.num_bytes
    assert PATCH.num_bytes < len(NEW.data)
