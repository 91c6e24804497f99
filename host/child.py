# SPDX-License-Identifier: Apache-2.0
"""A process that stands in for a board, and never outlives the host that started it.

It is killed when the `with` block ends, by return, error or Ctrl-C. When the host itself is killed
(SIGKILL leaves it no time), the kernel does it: on Linux the process is started through util-linux
`setpriv --pdeathsig KILL`, which asks for that signal; a shell then makes sure that the host had
not died before that, and becomes the program. Linux sends the signal when the *thread* that started
the process ends, so a device lives no longer than the thread that opened it. Where there is no
setpriv, a killed host leaves the process to notice its closed link.
"""

import logging
import os
import select
import shutil
import subprocess
import tempfile
import time
from collections.abc import Sequence
from dataclasses import dataclass
from types import TracebackType
from typing import IO, Self

_LOG = logging.getLogger(__name__)
_TAIL_BYTES = 400
_GRACE_S = 1.0
_IF_PARENT_LIVES = '[ "$PPID" = "$0" ] && exec "$@"'


@dataclass(frozen=True, slots=True, kw_only=True)
class Ending:
    """How a process ended: its exit status (negative = signal) and the end of its stderr."""

    exit_status: int
    stderr_tail: str


class Child:
    """A process that ends with its `with` block.

    Parameters
    ----------
    command : sequence of str
        Program and arguments.
    pass_fds : sequence of int
        File descriptors it inherits, under the same numbers.
    """

    def __init__(self, command: Sequence[str], *, pass_fds: Sequence[int] = ()) -> None:
        self.command, self._pass_fds = tuple(command), tuple(pass_fds)
        self._process: subprocess.Popen[bytes] | None = None
        self._stderr: IO[bytes] | None = None

    def __enter__(self) -> Self:
        self._stderr = tempfile.TemporaryFile()
        try:
            self._process = subprocess.Popen(
                mortal(self.command),
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=self._stderr,
                pass_fds=self._pass_fds,
                start_new_session=True,
            )
        except OSError:
            self._stderr.close()
            raise
        _LOG.debug("started %s as process %d", self.command[0], self._process.pid)
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if self._process is not None:
            self._process.kill()
            self._process.wait()
            self._output.close()
        if self._stderr is not None:
            self._stderr.close()

    @property
    def pid(self) -> int:
        """Return the process number."""
        return self._running().pid

    @property
    def _output(self) -> IO[bytes]:
        output = self._running().stdout
        if output is None:
            raise ValueError(f"{self.command[0]} has no standard output")
        return output

    def first_line(self, *, timeout_s: float) -> str:
        """Return the first line it prints; empty when it ends, or says nothing in time [s]."""
        deadline_s = time.monotonic() + timeout_s
        line = b""
        while not line.endswith(b"\n"):
            left_s = max(0.0, deadline_s - time.monotonic())
            ready, _, _ = select.select([self._output], [], [], left_s)
            letter = os.read(self._output.fileno(), 1) if ready else b""
            if not letter:
                return ""
            line += letter
        return line.decode(errors="replace").strip()

    def ending(self, *, grace_s: float = _GRACE_S) -> Ending | None:
        """Return how the process ended; None when it still lives after `grace_s` [s]."""
        try:
            exit_status = self._running().wait(timeout=grace_s)
        except subprocess.TimeoutExpired:
            return None
        return Ending(exit_status=exit_status, stderr_tail=self._tail())

    def _running(self) -> subprocess.Popen[bytes]:
        if self._process is None:
            raise ValueError(f"{self.command[0]} is not started; use `with`")
        return self._process

    def _tail(self) -> str:
        if self._stderr is None or self._stderr.closed:
            return ""
        size = self._stderr.seek(0, 2)
        self._stderr.seek(max(0, size - _TAIL_BYTES))
        return " ".join(self._stderr.read().decode(errors="replace").split())


def mortal(command: Sequence[str]) -> list[str]:
    """Return the command that runs `command` and has the kernel kill it when its parent dies."""
    setpriv = shutil.which("setpriv")
    if setpriv is None:
        return list(command)
    parent = str(os.getpid())
    return [setpriv, "--pdeathsig", "KILL", "--", "sh", "-c", _IF_PARENT_LIVES, parent, *command]
