# SPDX-License-Identifier: Apache-2.0
"""Commands as processes of their own, forked from a server that has the libraries imported."""

import multiprocessing
import os
import time
from collections.abc import Callable, Sequence
from multiprocessing.context import ForkServerProcess
from pathlib import Path

from host.cli.app import execute

DEADLINE_S = 60.0
TAG = "AIRLOOP_KILL_TEST"
PRELOADED = [
    "host.cli.conducting",
    "host.measurement",
    "matplotlib.backends.backend_agg",
    "plotly.offline",
    "sionna.phy.fec.ldpc",
    "torch.export",
    __name__,
]


def nothing_first() -> None:
    """Prepare nothing."""


def run(
    arguments: Sequence[str], tag: str, log: Path, prepare: Callable[[], None] = nothing_first
) -> None:
    """Run a command as the body of a process; what it starts inherits the tag."""
    os.environ[TAG] = tag
    output = os.open(log, os.O_WRONLY | os.O_CREAT | os.O_APPEND)
    for stream in (1, 2):
        os.dup2(output, stream)
    prepare()
    os._exit(execute(arguments))


def start(
    arguments: Sequence[str],
    *,
    tag: str,
    log: Path,
    prepare: Callable[[], None] = nothing_first,
) -> ForkServerProcess:
    """Start a command; `prepare` is called in its process before it."""
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload(PRELOADED)
    process = context.Process(target=run, args=(arguments, tag, log, prepare))
    process.start()
    return process


def tagged(tag: str) -> set[int]:
    """Return the processes that inherited a tag, whoever is their parent now."""
    found: set[int] = set()
    for place in Path("/proc").glob("[0-9]*/environ"):
        try:
            environment = place.read_bytes().split(b"\0")
        except OSError:
            continue
        if f"{TAG}={tag}".encode() in environment:
            found.add(int(place.parent.name))
    return found


def finish(arguments: Sequence[str], *, log: Path) -> float:
    """Run a command to its end, and return how long that took [s]."""
    began_s = time.monotonic()
    process = start(arguments, tag="whole", log=log)
    process.join(DEADLINE_S)
    assert process.exitcode == 0, log.read_text()
    return time.monotonic() - began_s
