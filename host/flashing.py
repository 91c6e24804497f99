# SPDX-License-Identifier: Apache-2.0
"""Writes the firmware of a board of silicon through a debug probe, by pyOCD or OpenOCD.

Both are programs of their own here: what they say is told when they fail, and they are ended when
they take too long.
"""

import os
import shutil
import signal
import subprocess
import sys
import tempfile
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

from boards.board import Board, LinkKind, ProbeTable
from host import firmware
from host.child import mortal
from host.errors import HostError, ToolMissingError

TIMEOUT_S = 120.0
_TAIL_BYTES = 600


class FlashError(HostError):
    """A board cannot be flashed, or its flashing failed."""


class Tool(StrEnum):
    """The program that speaks to the probe."""

    PYOCD = "pyocd"
    OPENOCD = "openocd"


_REMEDIES: Mapping[Tool, str] = {
    Tool.PYOCD: ".venv/bin/pip install -e '.[flash]' -c constraints.txt",
    Tool.OPENOCD: "apt install openocd",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Flashed:
    """What was written where; `probe` is None when it was the only one."""

    board: str
    tool: Tool
    probe: str | None
    program: Path
    firmware_hash: str


def flash(
    board: Board,
    *,
    probe: str | None = None,
    tool: Tool | None = None,
    timeout_s: float = TIMEOUT_S,
) -> Flashed:
    """Write the built firmware of a board into its flash, verify it, and start it.

    Parameters
    ----------
    board : Board
        Of silicon, with a `[probe]` table.
    probe : str or None
        Unique number of the debug probe; None takes the only one.
    tool : Tool or None
        None takes pyOCD if it is there and knows the board, else OpenOCD.
    timeout_s : float
        Longest that it may take [s].

    Raises
    ------
    FlashError
        The board has nothing to flash, or the tool failed or took too long.
    ToolMissingError
        The firmware is not built, or the tool is not there.
    """
    table = _table(board)
    program = firmware.program(board)
    if not firmware.is_current(board):
        raise FlashError(
            f"the firmware of {board.name} was built from other sources than these. "
            f"Try: make firmware BOARD={board.name}"
        )
    chosen, path = _found(board.name, table, tool)
    _run(_COMMANDS[chosen](path, table, program, probe), board=board.name, timeout_s=timeout_s)
    return Flashed(
        board=board.name,
        tool=chosen,
        probe=probe,
        program=program,
        firmware_hash=firmware.identity(board).hex(),
    )


def _table(board: Board) -> ProbeTable:
    if board.link.kind is not LinkKind.SERIAL:
        raise FlashError(
            f"{board.name} is no silicon (link.kind is '{board.link.kind}'): it is started where "
            f"it is used, and never flashed. Try: airloop deploy neural-s --board {board.name}"
        )
    if board.probe is None:
        raise FlashError(
            f"the file of {board.name} does not say how it is flashed. "
            "Give it a table [probe] with pyocd or openocd; docs/boards.md tells how"
        )
    return board.probe


def _found(board: str, table: ProbeTable, wanted: Tool | None) -> tuple[Tool, str]:
    """Return the tool to take, and where it is."""
    known = [tool for tool in Tool if getattr(table, tool)]
    if wanted is not None and wanted not in known:
        raise FlashError(
            f"the file of {board} has no probe.{wanted}. "
            f"Try: --tool {known[0]}, or add the key to its file"
        )
    candidates = known if wanted is None else [wanted]
    for tool in candidates:
        path = _path_of(tool)
        if path is not None:
            return tool, path
    raise ToolMissingError(
        tool=" or ".join(candidates),
        purpose=f"flash {board}",
        remedy=", or: ".join(_REMEDIES[tool] for tool in candidates),
    )


def _path_of(tool: Tool) -> str | None:
    """Return where a tool is: on PATH, or beside this Python, where its extra installs it."""
    return shutil.which(tool) or shutil.which(tool, path=str(Path(sys.executable).parent))


def _pyocd(path: str, table: ProbeTable, program: Path, probe: str | None) -> list[str]:
    words = [path, "flash", "--no-wait", "--target", str(table.pyocd)]
    words += [] if probe is None else ["--uid", probe]
    return [*words, str(program)]


def _openocd(path: str, table: ProbeTable, program: Path, probe: str | None) -> list[str]:
    interface, *others = table.openocd
    words = [path, "-f", interface]
    words += [] if probe is None else ["-c", f"adapter serial {{{probe}}}"]
    for file in others:
        words += ["-f", file]
    return [*words, "-c", f"program {{{program}}} verify reset exit"]


_Command = Callable[[str, ProbeTable, Path, str | None], list[str]]
_COMMANDS: Mapping[Tool, _Command] = {Tool.PYOCD: _pyocd, Tool.OPENOCD: _openocd}


def _run(command: Sequence[str], *, board: str, timeout_s: float) -> None:
    """Run a tool to its end; what it starts itself ends with it."""
    name = Path(command[0]).name
    with tempfile.TemporaryFile() as said:
        process = subprocess.Popen(
            mortal(command),
            stdin=subprocess.DEVNULL,
            stdout=said,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
        where = said.fileno()
        try:
            status = process.wait(timeout=timeout_s)
        except subprocess.TimeoutExpired:
            raise FlashError(
                f"{name} did not flash {board} within {timeout_s:g} s and was ended"
                f"{_last_words(where)}. Is the probe plugged in and free? "
                "Try again, or allow more with --timeout"
            ) from None
        finally:
            _end(process)
        if status != 0:
            raise FlashError(
                f"{name} could not flash {board}: exit status {status}{_last_words(where)}. "
                "Is the probe plugged in, and named by --probe if there are several? "
                "See docs/boards.md"
            )


def _last_words(descriptor: int) -> str:
    size = os.lseek(descriptor, 0, os.SEEK_END)
    tail = os.pread(descriptor, _TAIL_BYTES, max(0, size - _TAIL_BYTES))
    words = " ".join(tail.decode(errors="replace").split())
    return f", its last words: {words!r}" if words else ""


def _end(process: "subprocess.Popen[bytes]") -> None:
    """Kill a process and all of its session."""
    with suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGKILL)
    process.wait()
