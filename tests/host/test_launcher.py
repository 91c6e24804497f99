# SPDX-License-Identifier: Apache-2.0
"""A board is opened, runs, is taken down whatever happens, and says what went wrong."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from boards import catalog, reference
from boards.board import Board
from boards.graph import Graph
from host import firmware
from host.errors import (
    DeviceLostError,
    DeviceStatusError,
    LinkTimeout,
    PortMissingError,
    StaleFirmwareError,
    ToolMissingError,
    WireVersionError,
    WrongBoardError,
)
from host.launcher import open_device
from sim.loopback import LoopbackAgent
from sim.loopback_server import on_tcp
from tests.host.pointwise import compiled, pointwise_graph
from tests.host.processes import children, ends, lives

ROOT = Path(__file__).parents[2]
HOST_THAT_IS_STOPPED = """
import time
from boards import catalog
from host.launcher import open_device
with open_device(catalog.load("native")):
    print("open", flush=True)
    time.sleep(600)
"""


def slot(graph: Graph, *, seed: int) -> NDArray[np.int8]:
    shape = graph.tensors[graph.input].shape
    return np.random.default_rng(seed).integers(-128, 128, shape, dtype=np.int8)


def test_a_network_on_the_native_board_equals_the_integer_reference(native: Board) -> None:
    graph = pointwise_graph(num_out=4)

    with open_device(native) as device:
        device.load(compiled(graph))
        y = [device.run(slot(graph, seed=seed)) for seed in range(3)]

    for seed in range(3):
        np.testing.assert_array_equal(y[seed], reference.run(graph, slot(graph, seed=seed)))


def test_a_damaged_image_is_refused_by_the_device_too(native: Board) -> None:
    image = compiled(pointwise_graph())
    damaged = bytearray(image.data)
    damaged[len(damaged) // 2] ^= 0x10

    class DamagedImage:
        data = bytes(damaged)
        input_shape, output_shape = image.input_shape, image.output_shape
        macs = image.macs

    with (
        open_device(native) as device,
        pytest.raises(DeviceStatusError, match=r"native on .* refused LOAD_COMMIT: BAD_IMAGE"),
    ):
        device.load(DamagedImage())


def test_an_image_too_large_for_the_board_is_refused_before_it_travels(native: Board) -> None:
    class HugeImage:
        data = bytes(native.memory.image_slot_bytes + 1)
        input_shape = output_shape = (1, 1, 1)
        macs = 0

    with (
        open_device(native) as device,
        pytest.raises(DeviceStatusError, match="refused LOAD_BEGIN: TOO_LARGE"),
    ):
        device.load(HugeImage())


def test_a_process_killed_in_mid_run_is_told_at_once_and_a_fresh_one_goes_on(
    native: Board,
) -> None:
    graph, before = pointwise_graph(), children(os.getpid())
    with open_device(native, timeout_s=20.0) as device:
        device.load(compiled(graph))
        (pid,) = children(os.getpid()) - before
        os.kill(pid, signal.SIGKILL)
        killed_s = time.monotonic()

        with pytest.raises(
            DeviceLostError, match=r"native on .* ended during .* signal 9"
        ) as error:
            device.run(slot(graph, seed=1))

        assert time.monotonic() - killed_s < 3.0
        assert error.value.exit_status == -signal.SIGKILL
    assert not lives(pid)

    with open_device(native) as device:
        device.load(compiled(graph))
        y = device.run(slot(graph, seed=1))

    np.testing.assert_array_equal(y, reference.run(graph, slot(graph, seed=1)))


@pytest.mark.parametrize("error", [ValueError, KeyboardInterrupt])
def test_the_process_ends_with_whatever_ends_the_block(
    native: Board, error: type[BaseException]
) -> None:
    before = children(os.getpid())

    def fail_inside() -> None:
        with open_device(native):
            raise error

    with pytest.raises(error):
        fail_inside()

    assert children(os.getpid()) == before


@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGINT, signal.SIGTERM])
def test_the_process_ends_with_the_host(native: Board, number: signal.Signals) -> None:
    del native
    with subprocess.Popen(
        [sys.executable, "-c", HOST_THAT_IS_STOPPED],
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
        cwd=ROOT,
    ) as host:
        assert host.stdout is not None
        assert host.stdout.readline() == "open\n"
        (pid,) = children(host.pid)

        host.send_signal(number)

        assert ends(pid)
        host.wait(timeout=10.0)


def test_a_silent_board_is_named_in_the_error_within_its_time(native: Board) -> None:
    ours, theirs = os.openpty()
    started_s = time.monotonic()
    try:
        name = os.ttyname(theirs)
        with (
            pytest.raises(LinkTimeout, match=rf"native on {name} did not answer HELLO within 0\.5"),
            open_device(native, port=name, timeout_s=0.5, retry_after_s=0.1),
        ):
            pass
    finally:
        os.close(ours)
        os.close(theirs)

    assert 0.5 <= time.monotonic() - started_s < 2.0


def test_the_board_file_tells_how_long_a_silent_board_is_waited_for(native: Board) -> None:
    link = native.link.model_copy(update={"timeout_s": 0.3})
    ours, theirs = os.openpty()
    try:
        with (
            pytest.raises(LinkTimeout, match=r"did not answer HELLO within 0\.3 s"),
            open_device(native.model_copy(update={"link": link}), port=os.ttyname(theirs)),
        ):
            pass
    finally:
        os.close(ours)
        os.close(theirs)


def test_firmware_of_another_wire_version_is_refused_with_both_versions(native: Board) -> None:
    with (
        on_tcp(LoopbackAgent(board="native", wire_version=7)) as url,
        pytest.raises(WireVersionError, match=r"version 7, this host speaks 2.*BOARD=native"),
        open_device(native, port=url),
    ):
        pass


def test_firmware_of_another_board_is_refused_with_both_names(native: Board) -> None:
    with (
        on_tcp(LoopbackAgent(board="mps2-an386")) as url,
        pytest.raises(WrongBoardError, match=r"native was asked for.* that of mps2-an386"),
        open_device(native, port=url),
    ):
        pass


def test_firmware_of_other_sources_is_refused_and_says_how_to_build_them(native: Board) -> None:
    agent = LoopbackAgent(board="native", firmware_hash=bytes(8))
    with (
        on_tcp(agent) as url,
        pytest.raises(
            StaleFirmwareError,
            match=rf"native on {url} runs firmware 0{{16}}, that of this checkout is [0-9a-f]{{16}}"
            r"\. Build it and flash it: make firmware BOARD=native$",
        ),
        open_device(native, port=url),
    ):
        pass


def test_a_board_whose_facts_have_changed_since_the_build_is_refused(native: Board) -> None:
    memory = native.memory.model_copy(update={"arena_bytes": native.memory.arena_bytes // 2})
    with (
        pytest.raises(StaleFirmwareError, match=r"Build it: make firmware BOARD=native$"),
        open_device(native.model_copy(update={"memory": memory})),
    ):
        pass


def test_firmware_that_is_not_built_says_how_to_build_it(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(firmware, "place", lambda _: tmp_path / "airloop.elf")

    with (
        pytest.raises(ToolMissingError, match=r"make firmware BOARD=mps2-an386"),
        open_device(catalog.load("mps2-an386")),
    ):
        pass


def test_a_missing_emulator_is_named_with_its_package(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", "/nowhere")

    with (
        pytest.raises(ToolMissingError, match=r"qemu-system-arm is missing.*apt install"),
        open_device(catalog.load("mps2-an386")),
    ):
        pass


@pytest.mark.parametrize(
    ("serial_number", "message"),
    [
        pytest.param("066DFF57", r"no port with USB serial number 066DFF57", id="not plugged in"),
        pytest.param(None, r"link\.serial_number", id="not named in the board file"),
    ],
)
def test_a_board_of_silicon_that_is_not_there_lists_the_ports_that_are(
    native: Board, serial_number: str | None, message: str
) -> None:
    link = native.link.model_copy(update={"kind": "serial", "serial_number": serial_number})
    silicon = native.model_copy(update={"link": link, "name": "nucleo"})

    with (
        pytest.raises(PortMissingError, match=rf"nucleo: there is no port .*{message[8:]}") as e,
        open_device(silicon),
    ):
        pass

    assert "there are: " in str(e.value)


def test_a_port_that_does_not_exist_is_named(native: Board) -> None:
    with (
        pytest.raises(PortMissingError, match=r"native: there is no port /dev/ttyNOPE"),
        open_device(native, port="/dev/ttyNOPE"),
    ):
        pass
