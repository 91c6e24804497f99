# SPDX-License-Identifier: Apache-2.0
"""Boards whose firmware is that of these sources."""

import fcntl
import subprocess
from functools import cache
from pathlib import Path

from boards import catalog
from boards.board import Board, LinkKind

ROOT = Path(__file__).parents[2]
_ROOMY_BYTES = 400_000


@cache
def built(name: str) -> Board:
    """Build the firmware of a board, unless it is current, and return the board."""
    folder = ROOT / "build"
    folder.mkdir(exist_ok=True)
    with (folder / ".firmware.lock").open("w") as lock:  # other test processes want the same files
        fcntl.flock(lock, fcntl.LOCK_EX)
        subprocess.run(["make", "-s", "-C", str(ROOT / "firmware"), f"BOARD={name}"], check=True)
    return catalog.load(name)


def emulated_boards() -> list[str]:
    """Return the name of every emulated board that has room for any network of the tests.

    Among them are all cores; `small_boards` run the same kernels on networks that fit.
    """
    return [board.name for board in _shipped(LinkKind.QEMU) if _is_roomy(board)]


def small_boards() -> list[str]:
    """Return the name of every other emulated board."""
    return [board.name for board in _shipped(LinkKind.QEMU) if not _is_roomy(board)]


def silicon_boards() -> list[str]:
    """Return the name of every shipped board that nothing stands in for: they are only built."""
    return [board.name for board in _shipped(LinkKind.SERIAL)]


def _shipped(kind: LinkKind) -> list[Board]:
    boards = [catalog.load(path.stem) for path in sorted((ROOT / "boards").glob("*.toml"))]
    return [board for board in boards if board.link.kind is kind]


def _is_roomy(board: Board) -> bool:
    return min(board.memory.arena_bytes, board.memory.image_slot_bytes) >= _ROOMY_BYTES
