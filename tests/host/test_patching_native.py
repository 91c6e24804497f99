# SPDX-License-Identifier: Apache-2.0
"""The firmware itself: a patch broken off at any frame, or on a bad link, is whole or not there."""

from dataclasses import replace

import numpy as np
import pytest

from boards.board import Board
from boards.patch import Patch
from host.conversation import Conversation
from host.device import Device
from host.errors import DeviceStatusError
from host.framing import Frame, encode
from host.launcher import open_device
from host.patience import Limits
from host.session import Session
from host.wire import Chunk, MessageType
from tests.host.patched import network, output, slot

OLD, NEW = network(1), network(2)
MAX_BYTES = 24
THERE, BACK = Patch.between(OLD, NEW), Patch.between(NEW, OLD)


def another_session(device: Device) -> Device:
    """Return a host that opens the port of one that was killed while it sent a frame."""
    cut = encode(
        Frame(type=MessageType.PATCH_CHUNK, seq=1, payload=Chunk(offset=0, data=b"x" * 50).pack())
    )
    device.link.write(cut[:30])
    conversation = Conversation(device.link, board="native", limits=Limits())
    return Device(Session(conversation))


def test_a_patch_broken_off_at_any_frame_leaves_the_old_network_as_it_was(native: Board) -> None:
    """Then it goes on in another session, and ends in the new one, bit for bit."""
    old, new = output(OLD, seed=1), output(NEW, seed=1)

    with open_device(native) as opened:
        device = opened
        device.load(OLD)
        num_frames = device.begin_patch(THERE, max_bytes=MAX_BYTES).num_frames
        for num_sent in range(num_frames + 1):
            device.load(network(3))  # so that no half patch is left, nor its outcome
            device.load(OLD)
            patching = device.begin_patch(THERE, max_bytes=MAX_BYTES)
            for _ in range(num_sent):
                patching.step()
            np.testing.assert_array_equal(device.run(slot(1)), old)

            device = another_session(device)
            assert device.hello().image_hash == OLD.sha256[:8]
            device.load(OLD)
            np.testing.assert_array_equal(device.run(slot(1)), old)

            resumed = device.begin_patch(THERE, max_bytes=MAX_BYTES)
            assert (patching.num_frames, resumed.num_frames) == (num_frames - num_sent,) * 2
            resumed.commit()
            np.testing.assert_array_equal(device.run(slot(1)), new)
            assert device.hello().image_hash == NEW.sha256[:8]

    assert num_frames > 20


def test_patches_through_one_percent_of_faults_are_whole_and_every_request_is_executed_once(
    native: Board,
) -> None:
    """The agent loses 1 % of frames and damages 1 %, each way, while slots run in between."""
    outputs = {image: [output(image, seed=seed) for seed in range(8)] for image in (OLD, NEW)}
    num_wrong = num_slots = 0

    with open_device(native, retry_after_s=0.005) as device:
        device.load(OLD)
        device.inject_faults(drop_per_million=10_000, flip_per_million=10_000, seed=11)
        before, requests_before = device.counters(), device.statistics.num_requests
        for i_patch in range(100):
            patch, image = ((THERE, OLD), (BACK, NEW))[i_patch % 2]
            patching = device.begin_patch(patch, max_bytes=MAX_BYTES)
            while patching.num_frames:
                patching.step()
                num_slots += 1
                y = device.run(slot(num_slots % 8))
                num_wrong += not np.array_equal(y, outputs[image][num_slots % 8])
            patching.commit()
        num_requests = device.statistics.num_requests - requests_before
        after, statistics = device.counters(), device.statistics

    assert num_wrong == 0
    assert num_slots > 2000
    assert after.executed - before.executed == num_requests + 1  # the last COUNTERS itself
    assert statistics.num_retries > 300
    assert after.cached_answers > 100
    assert after.bad_frames > 50


def test_pieces_that_make_another_image_than_announced_never_run(native: Board) -> None:
    last = THERE.pieces[-1]
    wrong = replace(last, data=bytes(byte ^ 1 for byte in last.data))

    with open_device(native) as device:
        device.load(OLD)
        with pytest.raises(DeviceStatusError, match="refused PATCH_COMMIT: BAD_IMAGE"):
            device.patch(replace(THERE, pieces=(*THERE.pieces[:-1], wrong)))
        y = device.run(slot(1))

    np.testing.assert_array_equal(y, output(OLD, seed=1))
