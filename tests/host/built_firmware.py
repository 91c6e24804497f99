# SPDX-License-Identifier: Apache-2.0
"""Boards whose firmware is that of these sources."""

import fcntl
import subprocess
from functools import cache
from pathlib import Path

from boards import catalog
from boards.board import Board, LinkKind

ROOT = Path(__file__).parents[2]


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
    """Return the name of every shipped board that the emulator stands in for."""
    boards = [catalog.load(path.stem) for path in sorted((ROOT / "boards").glob("*.toml"))]
    return [board.name for board in boards if board.link.kind is LinkKind.QEMU]
