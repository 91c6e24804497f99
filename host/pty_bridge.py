# SPDX-License-Identifier: Apache-2.0
"""A pseudo terminal whose other end is the link of a device: what programs open as a serial port.

Like a serial line, it carries what a client sends at once, and loses what a device says while
nobody has the port open; a client never reads what was meant for the one before.
"""

import errno
import os
import select
import termios
import threading
import tty
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path
from types import TracebackType
from typing import Self

from host.errors import HostError
from host.framing import FRAME_END
from host.links.link import Link

_POLL_S = 0.1
_CLIENT_POLL_S = 0.02
_READ_BYTES = 1 << 12


class PtyError(HostError):
    """A pseudo terminal, or the link to it in the file system, cannot be made."""


class Pty:
    """A pseudo terminal, raw and without echo; clients open `path`. Use it with `with`."""

    def __init__(self) -> None:
        self.path = ""
        self._descriptor = -1

    def __enter__(self) -> Self:
        try:
            self._descriptor, client = os.openpty()
        except OSError as error:
            raise PtyError(
                f"no pseudo terminal can be opened ({error.strerror}). Close programs that hold "
                "some, or mount /dev/pts"
            ) from error
        tty.setraw(client)
        self.path = os.ttyname(client)
        os.close(client)  # from now on an open client shows
        os.set_blocking(self._descriptor, False)
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        os.close(self._descriptor)

    def has_client(self) -> bool:
        """Return whether somebody has the port open."""
        return not self._poll(0, wait_s=0.0) & select.POLLHUP

    def read(self, *, wait_s: float) -> bytes:
        """Return what a client has sent; empty when nothing came within `wait_s` [s]."""
        if not self._poll(select.POLLIN, wait_s=wait_s) & select.POLLIN:
            return b""
        try:
            return os.read(self._descriptor, _READ_BYTES)
        except OSError as error:  # EIO: the client has gone; EAGAIN: so has what it sent
            if error.errno in (errno.EIO, errno.EAGAIN):
                return b""
            raise

    def write(self, data: bytes, *, stop: threading.Event) -> None:
        """Give bytes to the client as it takes them; without a client they are lost."""
        while data and self.has_client() and not stop.is_set():
            if self._poll(select.POLLOUT, wait_s=_POLL_S) & select.POLLOUT:
                try:
                    data = data[os.write(self._descriptor, data) :]
                except BlockingIOError:
                    stop.wait(_CLIENT_POLL_S)

    def forget(self) -> None:
        """Forget what the last client has not read."""
        client = os.open(self.path, os.O_RDWR | os.O_NOCTTY | os.O_NONBLOCK)
        try:
            termios.tcflush(client, termios.TCIFLUSH)
        finally:
            os.close(client)

    def _poll(self, events: int, *, wait_s: float) -> int:
        poller = select.poll()
        poller.register(self._descriptor, events)
        return next((found for _, found in poller.poll(1000.0 * wait_s)), 0)


@contextmanager
def symbolic_link(place: Path | None, *, target: str) -> Generator[None]:
    """Have `place` point to a port inside the block; None asks for nothing.

    Raises
    ------
    PtyError
        Something else than a symbolic link stands there, or its folder does not let us.
    """
    if place is None:
        yield
        return
    if place.exists() and not place.is_symlink():
        raise PtyError(f"{place}: something else stands there; name another place with --link")
    try:
        place.unlink(missing_ok=True)
        place.symlink_to(target)
    except OSError as error:
        raise PtyError(
            f"{place}: no link can be made ({error.strerror}); name another place with --link"
        ) from error
    try:
        yield
    finally:
        if place.is_symlink() and str(place.readlink()) == target:
            place.unlink()


def carry(link: Link, pty: Pty, *, stop: threading.Event) -> None:
    """Carry bytes between a device that speaks text and who opens the port, until `stop` is set.

    A zero byte of a client is left out: it would lead the device back to frames.

    Raises
    ------
    LinkLostError
        The device is gone.
    """
    failures: list[Exception] = []

    def carry_answers() -> None:
        try:
            while not stop.is_set():
                pty.write(link.read(wait_s=_POLL_S), stop=stop)
        except Exception as error:  # noqa: BLE001  # it is raised in the thread that waits
            failures.append(error)
            stop.set()

    worker = threading.Thread(target=carry_answers, name="answers", daemon=True)
    worker.start()
    try:
        _carry_commands(link, pty, stop=stop)
    finally:
        stop.set()
        worker.join()
    if failures:
        raise failures[0]


def _carry_commands(link: Link, pty: Pty, *, stop: threading.Event) -> None:
    was_open = False
    while not stop.is_set():
        data = pty.read(wait_s=_POLL_S if was_open else 0.0)
        if data:
            link.write(data.replace(FRAME_END, b""))
        is_open = pty.has_client()
        if was_open and not is_open:
            pty.forget()
        if not is_open:
            stop.wait(_CLIENT_POLL_S)
        was_open = is_open
