# SPDX-License-Identifier: Apache-2.0
"""The command line of an emulated board; it starts nothing."""

from pathlib import Path

from boards.board import Board
from sim.errors import EmulatorError

PROGRAM = "qemu-system-arm"
_UART = "uart0"


def command(
    board: Board, program: Path, *, descriptor: int, instruction_counting: bool = True
) -> list[str]:
    """Return the command that boots a board's firmware and waits for the host at its UART.

    Parameters
    ----------
    board : Board
        A board of link kind qemu.
    program : Path
        Its firmware, an ELF file.
    descriptor : int
        A listening TCP socket that the emulator inherits; it accepts one peer.
    instruction_counting : bool
        Let every instruction take 2^shift ns of virtual time, so that ticks count instructions;
        without, the emulator is faster and its ticks follow the host's clock.

    Raises
    ------
    EmulatorError
        If the board is not an emulated one.
    """
    if board.link.machine is None:
        raise EmulatorError(f"{board.name} is no emulated board: its file has no link.machine")
    socket = f"socket,id={_UART},fd={descriptor},server=on,wait=on,nodelay=on"
    words = [PROGRAM, "-M", board.link.machine, "-kernel", str(program)]
    words += ["-display", "none", "-monitor", "none"]
    words += ["-chardev", socket, "-serial", f"chardev:{_UART}"]
    if instruction_counting and board.time.shift is not None:
        words += ["-icount", f"shift={board.time.shift},sleep=off"]
    return words
