# SPDX-License-Identifier: Apache-2.0
"""When the state of a trial in flight goes to the disk, so that no end of the host loses much.

    every 5 s    a copy in memory, between two blocks
    every 30 s   such a copy in the file
    interrupted  the last copy in the file, whatever the trial is in the middle of

A kill that nobody can answer loses 30 seconds and a block; Ctrl-C, `kill` and errors lose five.
"""

import time
from collections.abc import Callable, Generator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING

from host import state_file

if TYPE_CHECKING:
    from receivers.state import State

SAVE_EVERY_S = 30.0
"""Seconds between two savings."""

COPY_EVERY_S = 5.0
"""Seconds between two copies; one takes up to 20 ms."""


class Keeper:
    """Keeps the state of one trial in a file.

    Parameters
    ----------
    path : Path or None
        The file; None keeps nothing.
    trial_id : str
    every_s : float
        Least time between two savings [s]; 0 saves whenever a state is offered.
    remark : callable
        Told, once, that the file cannot be written; the trial goes on without.
    """

    def __init__(
        self, path: Path | None, *, trial_id: str, every_s: float, remark: Callable[[str], None]
    ) -> None:
        self._path, self._trial_id, self._remark = path, trial_id, remark
        self._every_s, self._copy_every_s = every_s, min(every_s, COPY_EVERY_S)
        self._saved_s = self._copied_s = time.monotonic()
        self._copy: State | None = None
        self._has_told = False

    def read(self) -> "State | None":
        """Return the state that an earlier sitting left; None where there is none.

        Raises
        ------
        StateError
            There is one, and it is of no use.
        """
        return state_file.read(self._path, trial_id=self._trial_id) if self._path else None

    def offer(self, state: "Callable[[], State]") -> None:
        """Take a copy, and save it, if it is time; to be called where the state is whole."""
        now_s = time.monotonic()
        if self._path is None or now_s - self._copied_s < self._copy_every_s:
            return
        self._copy, self._copied_s = state(), now_s
        if now_s - self._saved_s >= self._every_s:
            self._save(self._path)

    @contextmanager
    def guarding(self) -> Generator[None]:
        """Save the last copy when anything ends the block early."""
        try:
            yield
        except BaseException:
            if self._path is not None:
                with suppress(OSError):
                    self._save(self._path)
            raise

    def _save(self, path: Path) -> None:
        if self._copy is None:
            return
        try:
            state_file.write(path, self._copy, trial_id=self._trial_id)
        except OSError as error:
            self._tell(f"{path} cannot be written ({error.strerror}): this trial is not saved")
        self._copy, self._saved_s = None, time.monotonic()

    def _tell(self, text: str) -> None:
        if not self._has_told:
            self._has_told = True
            self._remark(text)
