# SPDX-License-Identifier: Apache-2.0
"""Where the firmware of a board lies, and whether it is that of these sources."""

import json
import runpy
from collections.abc import Callable
from pathlib import Path

from boards.board import Board, LinkKind
from host.errors import HostError, ToolMissingError

_ROOT = Path(__file__).parents[1]


def program(board: Board) -> Path:
    """Return the built firmware of a board.

    Raises
    ------
    ToolMissingError
        It is not built.
    """
    path = place(board)
    if not path.is_file():
        raise ToolMissingError(
            tool=f"the firmware of {board.name}",
            purpose=f"start {board.name}",
            remedy=f"make firmware BOARD={board.name}",
        )
    return path


def place(board: Board) -> Path:
    """Return where `make firmware` leaves the firmware of a board."""
    name = "airloop-agent" if board.link.kind is LinkKind.NATIVE else "airloop.elf"
    return _ROOT / "build" / "firmware" / board.name / name


def identity(board: Board) -> bytes:
    """Return what firmware of a board tells in HELLO when it was built from these sources.

    The build computes it by the same function, in `firmware/board_facts.py`.
    """
    script = runpy.run_path(str(_ROOT / "firmware" / "board_facts.py"))
    digest: Callable[[dict[str, object]], str] = script["identity"]
    return bytes.fromhex(digest(board.model_dump()))


def require_current(board: Board) -> None:
    """Refuse a board whose firmware cannot be started from here.

    Raises
    ------
    ToolMissingError
        It is not built.
    HostError
        It was built from other sources.
    """
    program(board)
    if not is_current(board):
        raise HostError(
            f"the firmware of {board.name} was built from other sources than these. "
            f"Try: make firmware BOARD={board.name}"
        )


def is_current(board: Board) -> bool:
    """Return whether the firmware is built, from just these sources."""
    facts = place(board).with_name("sizes.json")
    if not (place(board).is_file() and facts.is_file()):
        return False
    try:
        built = json.loads(facts.read_text())
    except json.JSONDecodeError:
        return False
    return bool(built.get("firmware_hash") == identity(board).hex())
