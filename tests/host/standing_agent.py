# SPDX-License-Identifier: Apache-2.0
"""A native board behind a port that stays: each connection is served by an agent of its own."""

import socket
import subprocess
import threading
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path

DEADLINE_S = 60.0


class StandingAgent:
    """What is known of the connections so far: how many, and how many at a time at most."""

    def __init__(self, program: Path, listener: socket.socket) -> None:
        self._program, self._listener = program, listener
        self._lock = threading.Lock()
        self._num_open = 0
        self.num_served = self.most_at_a_time = 0
        host, port = listener.getsockname()
        self.url = f"socket://{host}:{port}"

    def accept(self) -> None:
        """Serve connections until the listener is shut."""
        while True:
            try:
                connection, _ = self._listener.accept()
            except OSError:
                return
            threading.Thread(target=self._serve, args=(connection,), daemon=True).start()

    def _serve(self, connection: socket.socket) -> None:
        self._count(1)
        with connection:
            subprocess.run(
                [str(self._program), "--stdio"],
                stdin=connection.fileno(), stdout=connection.fileno(), check=False,
                timeout=DEADLINE_S,
            )  # fmt: skip
        self._count(-1)

    def _count(self, change: int) -> None:
        with self._lock:
            self._num_open += change
            self.num_served += max(change, 0)
            self.most_at_a_time = max(self.most_at_a_time, self._num_open)


@contextmanager
def standing(program: Path) -> Generator[StandingAgent]:
    """Serve a port with the firmware of the native board for the time of the block."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        agent = StandingAgent(program, listener)
        worker = threading.Thread(target=agent.accept, daemon=True)
        worker.start()
        try:
            yield agent
        finally:
            listener.shutdown(socket.SHUT_RDWR)
            worker.join(DEADLINE_S)
