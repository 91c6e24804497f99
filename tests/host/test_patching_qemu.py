# SPDX-License-Identifier: Apache-2.0
"""Emulated boards are patched while they receive, and outlive a host that dies in the middle."""

import socket
import subprocess
import sys
from collections.abc import Generator
from contextlib import contextmanager

import numpy as np
import pytest

from boards.board import Board
from boards.patch import Patch
from host import firmware
from host.child import Child
from host.launcher import open_device
from sim import qemu
from tests.host.built_firmware import ROOT
from tests.host.patched import network, output, slot

OLD, NEW = network(1), network(2)
THERE, BACK = Patch.between(OLD, NEW), Patch.between(NEW, OLD)
HOST_THAT_IS_KILLED = """
import sys, time
from boards import catalog
from boards.patch import Patch
from host.launcher import open_device
from tests.host.patched import network
with open_device(catalog.load(sys.argv[1]), port=sys.argv[2], timeout_s=60.0) as device:
    device.load(network(1))
    patching = device.begin_patch(Patch.between(network(1), network(2)), max_bytes=100)
    num_frames = patching.num_frames
    for _ in range(num_frames // 2):
        patching.step()
    print(num_frames, patching.num_frames, flush=True)
    time.sleep(600)
"""

pytestmark = pytest.mark.qemu


@contextmanager
def standing(board: Board) -> Generator[str]:
    """Yield the port of an emulated board that outlives its hosts."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        command = qemu.command(
            board,
            firmware.program(board),
            descriptor=listener.fileno(),
            instruction_counting=False,
        )
        url = f"socket://127.0.0.1:{listener.getsockname()[1]}"
        with Child(command, pass_fds=[listener.fileno()]):
            listener.close()
            yield url


def test_slots_between_the_frames_of_patches_equal_the_twins_and_take_no_longer(
    emulated: Board,
) -> None:
    counts = set[tuple[bytes, int | None]]()
    num_slots = 0

    with open_device(emulated, timeout_s=60.0) as device:
        device.load(OLD)
        for patch, image in ((THERE, OLD), (BACK, NEW), (THERE, OLD)):
            without_patch = device.measure(slot(0))
            counts.add((image.sha256, without_patch.instructions))
            patching = device.begin_patch(patch, max_bytes=100)
            while patching.num_frames:
                num_slots += 1
                inference = device.measure(slot(num_slots))
                np.testing.assert_array_equal(inference.output, output(image, seed=num_slots))
                counts.add((image.sha256, inference.instructions))
                patching.step()
            patching.commit()
        y = device.run(slot(0))

    np.testing.assert_array_equal(y, output(NEW, seed=0))
    assert num_slots > 20
    assert len(counts) == 2  # one for each network


def test_a_patch_goes_on_after_its_host_was_killed(emulated: Board) -> None:
    with standing(emulated) as url:
        script = [sys.executable, "-c", HOST_THAT_IS_KILLED, emulated.name, url]
        with subprocess.Popen(script, stdout=subprocess.PIPE, text=True, cwd=ROOT) as host:
            assert host.stdout is not None
            num_frames, num_left = (int(word) for word in host.stdout.readline().split())
            host.kill()
        with open_device(emulated, port=url, timeout_s=60.0) as device:
            image_hash = device.info.image_hash
            device.load(OLD)
            before = device.run(slot(1))
            patching = device.begin_patch(THERE, max_bytes=100)
            num_resumed = patching.num_frames
            patching.commit()
            after = device.run(slot(1))

    assert image_hash == OLD.sha256[:8]
    np.testing.assert_array_equal(before, output(OLD, seed=1))
    assert 0 < num_resumed == num_left < num_frames
    np.testing.assert_array_equal(after, output(NEW, seed=1))
