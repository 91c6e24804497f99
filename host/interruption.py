# SPDX-License-Identifier: Apache-2.0
"""Ctrl-C and `kill`: both end a campaign in the same orderly way, and never in mid-write."""

import signal
import threading
from collections.abc import Generator
from contextlib import contextmanager
from types import FrameType

_SIGNALS = (signal.SIGINT, signal.SIGTERM)


class Interruption:
    """Raises KeyboardInterrupt when the process is asked to end, but not inside `held`."""

    def __init__(self) -> None:
        self._is_held = False
        self._is_pending = False

    def arrive(self, _signal: int, _frame: FrameType | None) -> None:
        """Take a signal; this is the handler."""
        if self._is_held:
            self._is_pending = True
            return
        raise KeyboardInterrupt

    @contextmanager
    def held(self) -> Generator[None]:
        """Put an interruption off to the end of the block."""
        self._is_held = True
        try:
            yield
        finally:
            self._is_held = False
        if self._is_pending:
            self._is_pending = False
            raise KeyboardInterrupt


@contextmanager
def interruptible() -> Generator[Interruption]:
    """Take over SIGINT and SIGTERM for the time of the block; in other threads do nothing."""
    interruption = Interruption()
    if threading.current_thread() is not threading.main_thread():
        yield interruption
        return
    before = {number: signal.signal(number, interruption.arrive) for number in _SIGNALS}
    try:
        yield interruption
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


@contextmanager
def postponed() -> Generator[None]:
    """Put SIGINT and SIGTERM off to the end of the block; in other threads do nothing.

    An exception that a signal raises while PyTorch traces a network meets C++ that cannot pass it
    on: it aborts the process, or is lost.
    """
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    arrived: list[int] = []

    def note(number: int, _frame: FrameType | None) -> None:
        arrived.append(number)

    before = {number: signal.signal(number, note) for number in _SIGNALS}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
        if arrived:
            signal.raise_signal(arrived[0])
