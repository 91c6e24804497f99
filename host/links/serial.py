# SPDX-License-Identifier: Apache-2.0
"""A byte link over a serial port: /dev/tty*, a PTY, socket://host:port or rfc2217://host:port.

pyserial reads one byte at a time unless it is told how many there are, and its sockets do not know.
Where the port has a file descriptor, we therefore wait for it ourselves and then take whatever is
there in one call; where it has none (rfc2217, Windows), we wait for one byte and ask for the rest.
"""

import errno
import select
import socket
import stat
import time
from dataclasses import dataclass
from os import fstat
from types import TracebackType
from typing import Self

import serial
from serial.tools import list_ports

from host.errors import LinkLostError, PortClosedError, PortMissingError

_READ_BYTES = 1 << 16
_WRITE_BYTES = 1 << 12
_POLL_S = 0.02
_LONGEST_DRAIN_S = 0.5


@dataclass(frozen=True, slots=True, kw_only=True)
class SerialSettings:
    """How to open a port.

    Parameters
    ----------
    board : str
        Name of the board, for messages.
    port : str
        A device file or a pyserial URL.
    baud : int
        Symbol rate [Bd]; sockets and PTYs ignore it.
    write_timeout_s : float
        How long 4096 bytes may take to leave [s].
    """

    board: str
    port: str
    baud: int = 115_200
    write_timeout_s: float = 5.0


class SerialLink:
    """A serial port as a `Link`.

    Open it with `with`: the port is free again when the block ends, whatever happened inside.
    """

    def __init__(self, settings: SerialSettings) -> None:
        self.settings = settings
        self._serial: serial.Serial | None = None
        self._descriptor: int | None = None

    @property
    def port(self) -> str:
        """Return the device file or URL."""
        return self.settings.port

    def __enter__(self) -> Self:
        try:
            self._serial = self._open()
        except (serial.SerialException, OSError, ValueError) as error:  # of a URL: ValueError
            raise self._refusal(error) from error
        self._descriptor = _descriptor(self._serial)
        if self._descriptor is not None:
            self._serial.timeout = 0.0
            _send_at_once(self._descriptor)
        self.drain()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        port, self._serial, self._descriptor = self._serial, None, None
        if port is not None:
            _close(port)

    def write(self, data: bytes) -> None:
        """Send all of `data`; raises LinkLostError when the port is gone or takes nothing."""
        port = self._opened()
        view = memoryview(data)
        try:
            for start in range(0, len(data), _WRITE_BYTES):
                port.write(view[start : start + _WRITE_BYTES])
        except serial.SerialTimeoutException as error:
            reason = f"it took no more bytes for {self.settings.write_timeout_s:.1f} s"
            raise self._lost(reason) from error
        except (serial.SerialException, OSError) as error:
            raise self._lost(_one_line(error)) from error

    def read(self, *, wait_s: float) -> bytes:
        """Return what has arrived; empty when nothing came within `wait_s` [s]."""
        port = self._opened()
        try:
            if self._descriptor is None:
                return _poll(port, wait_s=wait_s)
            ready, _, _ = select.select([self._descriptor], [], [], max(0.0, wait_s))
            return bytes(port.read(_READ_BYTES)) if ready else b""
        except (serial.SerialException, OSError) as error:
            raise self._lost(_one_line(error)) from error

    def drain(self) -> None:
        """Forget what has arrived and was not read; a port that never falls silent is left so."""
        deadline_s = time.monotonic() + _LONGEST_DRAIN_S
        while self.read(wait_s=0.0) and time.monotonic() < deadline_s:
            pass

    def _open(self) -> serial.Serial:
        networked = self.port.startswith(
            "rfc2217://"
        )  # there its socket has a limit of its own, 5 s
        return serial.serial_for_url(
            self.settings.port,
            baudrate=self.settings.baud,
            timeout=_POLL_S,
            write_timeout=None if networked else self.settings.write_timeout_s,
            exclusive=True,
        )

    def _opened(self) -> serial.Serial:
        if self._serial is None:
            raise self._lost("it is not open")
        return self._serial

    def _lost(self, reason: str) -> LinkLostError:
        return LinkLostError(board=self.settings.board, port=self.port, reason=reason)

    def _refusal(self, error: Exception) -> PortMissingError | PortClosedError:
        board, port = self.settings.board, self.port
        if isinstance(error, OSError) and error.errno == errno.ENOENT:
            return PortMissingError(board=board, port=port, existing=names_of_ports())
        return PortClosedError(board=board, port=port, reason=_one_line(error))


def names_of_ports() -> tuple[str, ...]:
    """Return the serial ports of this machine, each with its USB serial number in brackets."""
    ports = sorted(list_ports.comports(), key=lambda port: port.device)
    return tuple(
        f"{port.device} [{port.serial_number}]" if port.serial_number else port.device
        for port in ports
    )


def _descriptor(port: serial.Serial) -> int | None:
    try:
        return int(port.fileno())
    except (AttributeError, OSError):  # io.UnsupportedOperation is an OSError
        return None


def _send_at_once(descriptor: int) -> None:
    """Switch off Nagle's algorithm on a TCP port: no request waits for an acknowledgement."""
    if not stat.S_ISSOCK(fstat(descriptor).st_mode):
        return
    endpoint = socket.socket(fileno=descriptor)
    try:
        endpoint.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    finally:
        endpoint.detach()


def _close(port: serial.Serial) -> None:
    """Close a port; pyserial 3.5 leaves a socket open whose other side has hung up."""
    endpoint: socket.socket | None = getattr(port, "_socket", None)
    port.close()
    if endpoint is not None:
        endpoint.close()


def _poll(port: serial.Serial, *, wait_s: float) -> bytes:
    deadline_s = time.monotonic() + wait_s
    while not (first := port.read(1)):  # waits for the port's own time limit
        if time.monotonic() >= deadline_s:
            return b""
    return bytes(first) + bytes(port.read(port.in_waiting))


def _one_line(error: Exception) -> str:
    return " ".join(str(error).split())
