# SPDX-License-Identifier: Apache-2.0
"""Puts the device in this process behind a real port: a TCP socket or a PTY, served by a thread."""

import os
import select
import socket
import threading
import tty
from collections.abc import Callable, Generator
from contextlib import contextmanager, suppress

from sim.loopback import LoopbackAgent

_READ_BYTES = 1 << 16
_POLL_S = 0.02


@contextmanager
def on_tcp(agent: LoopbackAgent) -> Generator[str]:
    """Serve one connection after the other; yields the pyserial URL."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        host, number = listener.getsockname()
        with _thread(lambda stopped: _accept(agent, listener, stopped)):
            yield f"socket://{host}:{number}"


@contextmanager
def on_pty(agent: LoopbackAgent) -> Generator[str]:
    """Serve a PTY; yields the device file of its other end."""
    ours, theirs = os.openpty()
    tty.setraw(theirs)
    try:
        with _thread(lambda stopped: _serve(agent, ours, stopped)):
            yield os.ttyname(theirs)
    finally:
        os.close(ours)
        os.close(theirs)


@contextmanager
def _thread(work: Callable[[threading.Event], None]) -> Generator[None]:
    stopped = threading.Event()
    worker = threading.Thread(target=work, args=(stopped,), daemon=True)
    worker.start()
    try:
        yield
    finally:
        stopped.set()
        worker.join()


def _accept(agent: LoopbackAgent, listener: socket.socket, stopped: threading.Event) -> None:
    while not stopped.is_set():
        ready, _, _ = select.select([listener], [], [], _POLL_S)
        if not ready:
            continue
        connection, _ = listener.accept()
        with connection, suppress(ConnectionError):
            connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            _serve(agent, connection.fileno(), stopped)


def _serve(agent: LoopbackAgent, descriptor: int, stopped: threading.Event) -> None:
    """Answer what comes until the other side hangs up."""
    while not stopped.is_set():
        ready, _, _ = select.select([descriptor], [], [], _POLL_S)
        if not ready:
            continue
        data = os.read(descriptor, _READ_BYTES)
        if not data:
            return
        answers = agent.receive(data)
        while answers:
            answers = answers[os.write(descriptor, answers) :]
