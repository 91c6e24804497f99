# SPDX-License-Identifier: Apache-2.0
"""Which processes live, and what they spend; a zombie, dead but not yet waited for, lives not."""

import os
import time
from pathlib import Path


def lives(pid: int) -> bool:
    """Return whether a process is there and no zombie."""
    try:
        state = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
    except (FileNotFoundError, ProcessLookupError):
        return False
    return state != "Z"


def children(pid: int) -> set[int]:
    """Return the processes that `pid` has started and that live."""
    text = Path(f"/proc/{pid}/task/{pid}/children").read_text()
    return {int(child) for child in text.split() if lives(int(child))}


def cpu_s(pid: int) -> float:
    """Return the processor time that a process has spent so far, all threads together [s]."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    user, system = fields[11:13]
    return (int(user) + int(system)) / os.sysconf("SC_CLK_TCK")


def ends(pid: int, *, within_s: float = 5.0) -> bool:
    """Return whether a process ends in time."""
    deadline_s = time.monotonic() + within_s
    while lives(pid) and time.monotonic() < deadline_s:
        time.sleep(0.01)
    return not lives(pid)
