# SPDX-License-Identifier: Apache-2.0
"""Emulated boards run networks as the integer reference does, count, and die in good order."""

import os
import signal
import socket
import subprocess
import sys
import threading
import time
import zlib
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from boards import reference
from boards.board import Board
from boards.graph import Graph
from boards.image import Image
from host import firmware, wire
from host.child import Child
from host.conversation import Conversation
from host.errors import DeviceLostError
from host.launcher import open_device
from host.links.serial import SerialLink, SerialSettings
from host.patience import Limits
from host.session import Session
from sim import qemu
from tests.host.pointwise import compiled, pointwise_graph
from tests.host.processes import children, cpu_s, ends

PART_BYTES = 1000
HOST_THAT_IS_KILLED = """
import sys, time
from boards import catalog
from host.launcher import open_device
with open_device(catalog.load(sys.argv[1])):
    print("open", flush=True)
    time.sleep(600)
"""

pytestmark = pytest.mark.qemu


def slot(graph: Graph, *, seed: int) -> NDArray[np.int8]:
    shape = graph.tensors[graph.input].shape
    return np.random.default_rng(seed).integers(-128, 128, shape, dtype=np.int8)


def test_a_network_on_an_emulated_board_equals_the_integer_reference(emulated: Board) -> None:
    graph = pointwise_graph(num_in=6, num_out=4, width=24)
    x = slot(graph, seed=1)

    with open_device(emulated, timeout_s=60.0) as device:
        device.load(compiled(graph))
        first, second = device.measure(x), device.measure(x, profile=True)
        (convolution,) = device.profile()

    np.testing.assert_array_equal(first.output, reference.run(graph, x))
    np.testing.assert_array_equal(second.output, first.output)
    assert first.instructions is not None
    assert convolution.instructions is not None
    num_macs = 14 * 24 * 6 * 4
    assert 0.5 * num_macs < convolution.instructions < first.instructions * 1.01 < 50 * num_macs


def test_instructions_are_counted_the_same_every_time_and_on_every_boot(emulated: Board) -> None:
    graph = pointwise_graph(num_in=6, width=12)
    counts: list[int | None] = []

    for _ in range(2):
        with open_device(emulated, timeout_s=60.0) as device:
            device.load(compiled(graph))
            counts += [device.measure(slot(graph, seed=1)).instructions for _ in range(5)]

    assert counts[0] is not None
    assert counts == counts[:1] * 10


@pytest.mark.parametrize("counting", [True, False], ids=["counting", "not counting"])
def test_an_idle_board_leaves_its_host_alone(emulated: Board, *, counting: bool) -> None:
    """A board that polls takes the whole second; this one may take a tenth of it."""
    graph = pointwise_graph(num_in=2, width=12)
    before = children(os.getpid())

    with open_device(emulated, timeout_s=60.0, instruction_counting=counting) as device:
        device.load(compiled(graph))
        (pid,) = children(os.getpid()) - before
        spent_s = cpu_s(pid)
        time.sleep(1.0)
        spent_s = cpu_s(pid) - spent_s
        y = device.run(slot(graph, seed=1))

    assert spent_s <= 0.1
    np.testing.assert_array_equal(y, reference.run(graph, slot(graph, seed=1)))


def test_without_instruction_counting_there_are_no_instructions(emulated: Board) -> None:
    graph = pointwise_graph(num_in=2, width=12)

    with open_device(emulated, timeout_s=60.0, instruction_counting=False) as device:
        device.load(compiled(graph))
        inference = device.measure(slot(graph, seed=1))

    assert inference.instructions is None
    np.testing.assert_array_equal(inference.output, reference.run(graph, slot(graph, seed=1)))


def test_an_emulator_killed_in_mid_run_is_told_and_the_next_one_goes_on(emulated: Board) -> None:
    graph = pointwise_graph(num_in=36, num_out=4)  # its input alone takes a second to travel
    x = slot(graph, seed=2)
    before = children(os.getpid())
    killed_s: list[float] = []

    def kill(pid: int) -> None:
        os.kill(pid, signal.SIGKILL)
        killed_s.append(time.monotonic())

    with open_device(emulated, timeout_s=60.0) as device:
        device.load(compiled(graph))
        (pid,) = children(os.getpid()) - before
        killer = threading.Timer(0.2, kill, [pid])
        killer.start()
        with pytest.raises(DeviceLostError, match=rf"{emulated.name} on .* with signal 9"):
            device.run(x)
        told_s = time.monotonic()
        killer.join()

    assert 0.0 < told_s - killed_s[0] < 3.0
    assert children(os.getpid()) == before
    with open_device(emulated, timeout_s=60.0) as device:
        device.load(compiled(graph))
        np.testing.assert_array_equal(device.run(x), reference.run(graph, x))


def test_the_emulator_ends_when_the_host_is_killed(emulated: Board) -> None:
    with subprocess.Popen(
        [sys.executable, "-c", HOST_THAT_IS_KILLED, emulated.name],
        stdout=subprocess.PIPE,
        text=True,
        cwd=Path(__file__).parents[2],
    ) as host:
        assert host.stdout is not None
        assert host.stdout.readline() == "open\n"
        (pid,) = children(host.pid)

        host.kill()

        assert ends(pid)


def test_a_load_goes_on_after_the_port_was_closed_and_opened_again(emulated: Board) -> None:
    graph = pointwise_graph(num_in=100, num_out=100, width=12)
    image = compiled(graph)
    with socket.create_server(("127.0.0.1", 0)) as listener:
        command = qemu.command(
            emulated,
            firmware.program(emulated),
            descriptor=listener.fileno(),
            instruction_counting=False,
        )
        url = f"socket://127.0.0.1:{listener.getsockname()[1]}"
        with Child(command, pass_fds=[listener.fileno()]):
            listener.close()
            _load_in_part(url, image)
            with open_device(emulated, port=url, timeout_s=60.0) as device:
                before = device.statistics
                device.load(image)
                num_sent = (device.statistics - before).data_sent
                y = device.run(slot(graph, seed=3))

    assert 0 < num_sent == len(image.data) - 2 * PART_BYTES
    np.testing.assert_array_equal(y, reference.run(graph, slot(graph, seed=3)))


def _load_in_part(url: str, image: Image) -> None:
    """Begin to load an image, and close the port after two parts of it."""
    with SerialLink(SerialSettings(board="emulated", port=url)) as link:
        session = Session(Conversation(link, board="emulated", limits=Limits()))
        session.hello()
        begin = wire.LoadBegin(
            total=len(image.data), crc32=zlib.crc32(image.data), sha256=image.sha256
        )
        session.ask(wire.MessageType.LOAD_BEGIN, begin, wire.NextOffset)
        for offset in (0, PART_BYTES):
            part = wire.Chunk(offset=offset, data=image.data[offset : offset + PART_BYTES])
            session.ask(wire.MessageType.LOAD_CHUNK, part, wire.NextOffset)
