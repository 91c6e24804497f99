# SPDX-License-Identifier: Apache-2.0
"""The native agent standing for silicon: its trigger pin is wired to a meter that plays back.

A process has no pin. A proxy in front of it sees each RUN on its way to the board, and tells.
"""

import select
import socket
import threading
from collections.abc import Callable, Generator
from contextlib import contextmanager
from pathlib import Path

from host.framing import FrameReader
from host.wire import MessageType
from tests.host.standing_agent import DEADLINE_S, standing

_TICK_S = 0.05


class _Proxy:
    def __init__(self, url: str, on_run: Callable[[], None]) -> None:
        host, _, port = url.removeprefix("socket://").partition(":")
        self._target, self._on_run = (host, int(port)), on_run
        self._listener = socket.create_server(("127.0.0.1", 0))
        self._ending = threading.Event()
        here = self._listener.getsockname()
        self.url = f"socket://{here[0]}:{here[1]}"

    def serve(self) -> None:
        """Serve one connection after the other until told to end."""
        with self._listener:
            while not self._ending.is_set():
                if _ready(self._listener):
                    self._serve_one()

    def end(self) -> None:
        self._ending.set()

    def _serve_one(self) -> None:
        client, _ = self._listener.accept()
        reader = FrameReader()
        with client, socket.create_connection(self._target, DEADLINE_S) as board:
            while not self._ending.is_set():
                ready = _ready(client, board)
                if client in ready and not self._forward(client, board, reader=reader):
                    return
                if board in ready and not self._forward(board, client, reader=None):
                    return

    def _forward(
        self, here: socket.socket, there: socket.socket, *, reader: FrameReader | None
    ) -> bool:
        """Pass on what has come; False when one side has hung up."""
        data = here.recv(1 << 16)
        for frame in reader.feed(data) if reader else ():
            if frame.type == MessageType.RUN:
                self._on_run()
        there.sendall(data)
        return bool(data)


def _ready(*sockets: socket.socket) -> list[socket.socket]:
    return select.select(sockets, [], [], _TICK_S)[0]


@contextmanager
def wired(program: Path, *, on_run: Callable[[], None]) -> Generator[str]:
    """Serve the native board at a URL; `on_run` is called before each run reaches it."""
    with standing(program) as agent:
        proxy = _Proxy(agent.url, on_run)
        worker = threading.Thread(target=proxy.serve, daemon=True)
        worker.start()
        try:
            yield proxy.url
        finally:
            proxy.end()
            worker.join(DEADLINE_S)


def board_file(shipped: str, *, meter: str) -> str:
    """Return the file of the native board as silicon with a meter."""
    silicon = shipped.replace('kind = "native"', 'kind = "serial"')
    head, _, _ = silicon.partition("[energy]")
    return f'{head}[energy]\nsource = "meter"\n\n[energy.meter]\n{meter}\n'
