# SPDX-License-Identifier: Apache-2.0
"""A serial instrument at the far end of a PTY: answers, sends samples, and can be unplugged."""

import os
import select
import threading
import time
import tty
from collections.abc import Generator
from contextlib import contextmanager, suppress
from typing import Protocol

_TICK_S = 0.005
_DEADLINE_S = 10.0


class Instrument(Protocol):
    """What an instrument says; called from one thread."""

    def receive(self, data: bytes) -> bytes:
        """Return the answer to bytes from the host."""
        ...

    def flow(self) -> bytes:
        """Return the samples that are due."""
        ...


class SerialReplay:
    """Serves an instrument; `port` is its device file."""

    def __init__(self, instrument: Instrument) -> None:
        self._instrument = instrument
        self._ours, self._theirs = os.openpty()
        tty.setraw(self._theirs)
        os.set_blocking(self._ours, False)
        self.port = os.ttyname(self._theirs)
        self._ending = threading.Event()
        self._thread = threading.Thread(target=self._serve, daemon=True)

    def unplug(self) -> None:
        """Take the instrument away, as if its cable was pulled."""
        self._ending.set()
        self._thread.join(_DEADLINE_S)
        for descriptor in (self._ours, self._theirs):
            with suppress(OSError):
                os.close(descriptor)

    def start(self) -> None:
        """Begin to serve."""
        self._thread.start()

    def _serve(self) -> None:
        while not self._ending.is_set():
            ready, _, _ = select.select([self._ours], [], [], _TICK_S)
            try:
                answer = self._instrument.receive(os.read(self._ours, 4096)) if ready else b""
            except OSError:
                return
            self._send(answer + self._instrument.flow())

    def _send(self, data: bytes) -> None:
        """Send all, unless unplugged meanwhile; commands are read in between by the next turn."""
        view = memoryview(data)
        while view and not self._ending.is_set():
            try:
                view = view[os.write(self._ours, view[:4096]) :]
            except BlockingIOError:
                if select.select([self._ours], [], [], 0.0)[0]:
                    return  # the host has something to say, and no longer listens
                time.sleep(_TICK_S / 10)
            except OSError:
                return


@contextmanager
def plugged_in(instrument: Instrument) -> Generator[SerialReplay]:
    """Serve an instrument for the time of the block."""
    replay = SerialReplay(instrument)
    replay.start()
    try:
        yield replay
    finally:
        replay.unplug()
