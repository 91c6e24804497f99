# SPDX-License-Identifier: Apache-2.0
"""A serial port of any kind carries bytes, waits no longer than told, and says what broke."""

import os
import socket
import struct
import threading
import time
from collections.abc import Callable, Generator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path
from typing import Any, cast

import pytest
import serial
import serial.rfc2217

from host.errors import LinkLostError, PortClosedError, PortMissingError
from host.links.serial import SerialLink, SerialSettings
from sim.loopback import LoopbackAgent
from sim.loopback_server import on_pty, on_tcp


def settings(port: str) -> SerialSettings:
    return SerialSettings(board="loopback", port=port)


def read_all(link: SerialLink, num_bytes: int) -> bytes:
    received = b""
    while len(received) < num_bytes and (data := link.read(wait_s=5.0)):
        received += data
    return received


@contextmanager
def tcp_echo() -> Generator[str]:
    """Offer a TCP port that sends everything back."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        threading.Thread(target=_echo, args=(listener,), daemon=True).start()
        yield f"socket://127.0.0.1:{listener.getsockname()[1]}"


@contextmanager
def rfc2217_echo() -> Generator[str]:
    """Offer the same behind the telnet protocol of network serial servers."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        threading.Thread(target=_telnet_echo, args=(listener,), daemon=True).start()
        yield f"rfc2217://127.0.0.1:{listener.getsockname()[1]}"


@contextmanager
def pty_echo() -> Generator[str]:
    """Offer a PTY whose other end sends everything back."""
    ours, theirs = os.openpty()
    os.set_blocking(ours, True)
    thread = threading.Thread(target=_pty_echo, args=(ours,), daemon=True)
    thread.start()
    yield os.ttyname(theirs)
    os.close(theirs)
    thread.join(timeout=5.0)
    os.close(ours)


def _echo(listener: socket.socket) -> None:
    connection, _ = listener.accept()
    with connection:
        while data := connection.recv(4096):
            connection.sendall(data)


def _pty_echo(descriptor: int) -> None:
    try:
        while data := os.read(descriptor, 4096):
            os.write(descriptor, data)
    except OSError:  # the other end is closed
        return


def _telnet_echo(listener: socket.socket) -> None:
    connection, _ = listener.accept()
    port = serial.serial_for_url("loop://", timeout=0)
    with connection:
        # The published types ask for an rfc2217 client where PortManager serves any port.
        manager = serial.rfc2217.PortManager(cast(Any, port), cast(Any, _Connection(connection)))
        while data := connection.recv(4096):
            plain = b"".join(manager.filter(data))
            connection.sendall(b"".join(manager.escape(plain)))


class _Connection:
    def __init__(self, connection: socket.socket) -> None:
        self.write = connection.sendall


PORTS = [
    pytest.param(tcp_echo, id="socket"),
    pytest.param(pty_echo, id="pty"),
    pytest.param(rfc2217_echo, id="rfc2217"),
]


@pytest.mark.parametrize("port", PORTS)
def test_every_byte_value_comes_back_from_every_kind_of_port(
    port: Callable[[], AbstractContextManager[str]],
) -> None:
    sent = bytes(range(256)) * 8

    with port() as url, SerialLink(settings(url)) as link:
        link.write(sent)
        received = read_all(link, len(sent))

    assert received == sent


@pytest.mark.parametrize("port", PORTS)
def test_a_silent_port_is_waited_for_no_longer_than_told(
    port: Callable[[], AbstractContextManager[str]],
) -> None:
    with port() as url, SerialLink(settings(url)) as link:
        started_s = time.monotonic()
        data = link.read(wait_s=0.1)
        waited_s = time.monotonic() - started_s

    assert data == b""
    assert 0.09 < waited_s < 1.0


def test_what_is_there_is_read_at_once_and_not_byte_by_byte() -> None:
    with tcp_echo() as url, SerialLink(settings(url)) as link:
        link.write(bytes(3000))
        time.sleep(0.1)

        assert len(link.read(wait_s=1.0)) == 3000


def test_drain_forgets_what_came_before() -> None:
    with tcp_echo() as url, SerialLink(settings(url)) as link:
        link.write(b"old")
        time.sleep(0.1)

        link.drain()

        assert link.read(wait_s=0.05) == b""


def test_a_port_that_hangs_up_is_named_with_its_board() -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        url = f"socket://127.0.0.1:{listener.getsockname()[1]}"
        with SerialLink(settings(url)) as link:
            listener.accept()[0].close()

            with pytest.raises(LinkLostError, match=rf"loopback on {url}: the link broke"):
                link.read(wait_s=1.0)


def test_a_port_that_hung_up_is_closed_with_its_block() -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        url = f"socket://127.0.0.1:{listener.getsockname()[1]}"
        with SerialLink(settings(url)) as link:
            connection, _ = listener.accept()
            connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            connection.close()  # resets the connection, as the kernel does for a killed process
            num_open = len(list(Path("/proc/self/fd").iterdir()))
            with pytest.raises(LinkLostError):
                link.read(wait_s=1.0)

        assert len(list(Path("/proc/self/fd").iterdir())) == num_open - 1


def test_a_missing_port_is_named_with_those_that_exist() -> None:
    with (
        pytest.raises(PortMissingError, match=r"no port /dev/ttyNONE.*there are: "),
        SerialLink(settings("/dev/ttyNONE")),
    ):
        pass


def test_a_port_nobody_listens_at_says_why_it_does_not_open() -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        number = listener.getsockname()[1]

    with (
        pytest.raises(PortClosedError, match="refused"),
        SerialLink(settings(f"socket://127.0.0.1:{number}")),
    ):
        pass


def test_a_port_is_not_shared_with_a_second_program() -> None:
    with (
        on_pty(LoopbackAgent()) as url,
        SerialLink(settings(url)),
        pytest.raises(PortClosedError, match=r"exclusive|lock"),
        SerialLink(settings(url)),
    ):
        pass


def test_a_closed_link_cannot_be_used() -> None:
    with on_tcp(LoopbackAgent()) as url:
        with SerialLink(settings(url)) as link:
            pass

        with pytest.raises(LinkLostError, match="not open"):
            link.write(b"x")
