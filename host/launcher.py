# SPDX-License-Identifier: Apache-2.0
"""Opens a board: starts what stands in for it, or finds its port, and takes all down again.

The TCP port of a process is never guessed: the native agent binds a free one and tells us, and the
emulator inherits a socket that is bound already. No other program can take it in between.
"""

import shutil
import socket
from collections.abc import Callable, Generator, Mapping
from contextlib import AbstractContextManager, ExitStack, contextmanager
from dataclasses import dataclass

from serial.tools import list_ports

from boards.board import Board, LinkKind, TimeSource
from host import firmware
from host.child import Child
from host.conversation import Conversation
from host.device import Device
from host.errors import (
    DeviceLostError,
    LinkTimeout,
    PortClosedError,
    PortMissingError,
    StaleFirmwareError,
    ToolMissingError,
    WrongBoardError,
)
from host.links.serial import SerialLink, SerialSettings, names_of_ports
from host.meters.catalog import open_meter
from host.patience import Limits
from host.session import Session
from sim import qemu

_HERE = "127.0.0.1"
_START = "START"


@dataclass(frozen=True, slots=True, kw_only=True)
class _Wish:
    """What a caller of `open_device` asked for."""

    board: Board
    limits: Limits
    counting: bool


@contextmanager
def open_device(
    board: Board,
    *,
    port: str | None = None,
    timeout_s: float | None = None,
    retry_after_s: float = 2.0,
    instruction_counting: bool = True,
) -> Generator[Device]:
    """Open a board, greet it, and close it at the end of the block, whatever happens inside.

    Parameters
    ----------
    board : Board
        Which board; `native` and emulated ones are started here.
    port : str or None
        A device file or pyserial URL where the board's firmware already runs; None starts it, or
        finds the port by the USB serial number of the board file.
    timeout_s : float or None
        Longest that any one command may take, with all repetitions and beyond the work that it is
        known to be [s]; None as the board file says.
    retry_after_s : float
        Shortest wait for an answer before a request is repeated [s].
    instruction_counting : bool
        Have an emulator count instructions; without, it is faster and its ticks mean nothing.

    Raises
    ------
    ToolMissingError
        The emulator or the firmware is not there.
    PortMissingError, PortClosedError
        The port is not there, or does not open.
    WireVersionError, WrongBoardError, StaleFirmwareError
        The firmware is not the one this host needs.
    DeviceLostError, LinkTimeout
        The board does not come up.
    MeterError, MeterSettingsError
        The board's energy is measured, and its meter is not there, or is not what its file says.
    """
    # Nobody knows how an emulator was started that is reached by its port.
    counting = instruction_counting and port is None
    counting = counting and board.time.source is TimeSource.QEMU_ICOUNT
    limits = Limits(
        timeout_s=board.link.timeout_s if timeout_s is None else timeout_s,
        first_wait_s=retry_after_s,
        shortest_wait_s=retry_after_s,
    )
    wish = _Wish(board=board, limits=limits, counting=counting)
    opened = _STARTS[board.link.kind](wish) if port is None else _on_port(wish, port)
    # The meter comes first: it may be what supplies the board.
    with open_meter(board) as meter, opened as session:
        _check(board, session, is_ours=port is None and board.link.kind is not LinkKind.SERIAL)
        worth = board.instructions_per_tick if counting else None
        yield Device(session, instructions_per_tick=worth, meter=meter)


def _check(board: Board, session: Session, *, is_ours: bool) -> None:
    """Greet a board and see that it runs the firmware of these sources."""
    info, expected = session.hello(), firmware.identity(board)
    if info.board != board.name:
        raise WrongBoardError(board=board.name, port=session.port, found=info.board)
    if info.firmware_hash != expected:
        raise StaleFirmwareError(
            board=board.name,
            port=session.port,
            found=info.firmware_hash,
            expected=expected,
            must_flash=not is_ours,
        )


@contextmanager
def _native(wish: _Wish) -> Generator[Session]:
    command = [str(firmware.program(wish.board)), "--tcp", f"{_HERE}:0"]
    with Child(command) as child:
        kind, _, address = child.first_line(timeout_s=wish.limits.timeout_s).partition(" ")
        if kind != "tcp":
            raise _no_start(wish, child, port=_HERE)
        with _session(wish, f"socket://{address}", child=child) as session:
            yield session


@contextmanager
def _emulated(wish: _Wish) -> Generator[Session]:
    if shutil.which(qemu.PROGRAM) is None:
        raise ToolMissingError(
            tool=qemu.PROGRAM,
            purpose=f"emulate {wish.board.name}",
            remedy="apt install qemu-system-arm",
        )
    program = firmware.program(wish.board)
    with socket.create_server((_HERE, 0), backlog=1) as listener:
        # Inherited by the emulator's end, which sends byte by byte: without, each answer waits for
        # delayed acknowledgements of 40 ms.
        listener.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        descriptor, number = listener.fileno(), listener.getsockname()[1]
        command = qemu.command(
            wish.board, program, descriptor=descriptor, instruction_counting=wish.counting
        )
        with Child(command, pass_fds=[descriptor]) as child:
            listener.close()
            with _session(wish, f"socket://{_HERE}:{number}", child=child) as session:
                yield session


@contextmanager
def _silicon(wish: _Wish) -> Generator[Session]:
    wanted = wish.board.link.serial_number
    for port in list_ports.comports():
        if wanted is not None and port.serial_number == wanted:
            with _on_port(wish, port.device) as session:
                yield session
            return
    described = (
        "named by --port or by link.serial_number of the board file"
        if wanted is None
        else f"with USB serial number {wanted}"
    )
    raise PortMissingError(board=wish.board.name, port=described, existing=names_of_ports())


def _on_port(wish: _Wish, port: str) -> AbstractContextManager[Session]:
    return _session(wish, port, child=None)


@contextmanager
def _session(wish: _Wish, port: str, *, child: Child | None) -> Generator[Session]:
    """Open a port where the firmware runs, or is about to."""
    name = wish.board.name
    link = SerialLink(SerialSettings(board=name, port=port, baud=wish.board.link.baud))
    with ExitStack() as stack:
        try:
            stack.enter_context(link)
        except PortClosedError as error:
            if child is None:
                raise
            raise _no_start(wish, child, port=port) from error
        conversation = Conversation(link, board=name, limits=wish.limits)
        yield Session(conversation, ending=child.ending if child else None)


def _no_start(wish: _Wish, child: Child, *, port: str) -> DeviceLostError | LinkTimeout:
    """Return the error of a process that does not come up."""
    name, ending = wish.board.name, child.ending()
    if ending is None:
        return LinkTimeout(
            board=name, port=port, command=_START, waited_s=wish.limits.timeout_s, num_attempts=1
        )
    return DeviceLostError(
        board=name,
        port=port,
        command=_START,
        exit_status=ending.exit_status,
        stderr_tail=ending.stderr_tail,
    )


_STARTS: Mapping[LinkKind, Callable[[_Wish], AbstractContextManager[Session]]] = {
    LinkKind.NATIVE: _native,
    LinkKind.QEMU: _emulated,
    LinkKind.SERIAL: _silicon,
}
