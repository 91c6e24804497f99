# SPDX-License-Identifier: Apache-2.0
"""Boards whose firmware is that of these sources."""

import fcntl
import subprocess
from functools import cache
from pathlib import Path

from boards import catalog
from boards.board import Board

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
