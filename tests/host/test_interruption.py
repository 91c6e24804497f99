# SPDX-License-Identifier: Apache-2.0
"""Signals that wait: none is lost, and each comes when its block is over."""

import signal
import threading

import pytest

from host.interruption import interruptible, postponed

NUMBERS = pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM], ids=["Ctrl-C", "kill"])


@NUMBERS
def test_a_signal_comes_at_the_end_of_a_block_that_postpones_it(number: signal.Signals) -> None:
    seen: list[str] = []

    def work() -> None:
        with interruptible():
            with postponed():
                signal.raise_signal(number)
                seen.append("to the end of the block")
            seen.append("and no further")

    with pytest.raises(KeyboardInterrupt):
        work()
    assert seen == ["to the end of the block"]


@NUMBERS
def test_an_error_in_the_block_does_not_swallow_the_signal(number: signal.Signals) -> None:
    def work() -> None:
        with interruptible(), postponed():
            signal.raise_signal(number)
            raise ValueError("of the block")

    with pytest.raises(KeyboardInterrupt) as caught:
        work()
    assert isinstance(caught.value.__context__, ValueError)


@NUMBERS
def test_the_handlers_from_before_are_back_behind_the_block(number: signal.Signals) -> None:
    before = signal.getsignal(number)

    with postponed():
        assert signal.getsignal(number) is not before

    assert signal.getsignal(number) is before


def test_a_signal_that_is_ignored_stays_ignored() -> None:
    before = signal.signal(signal.SIGINT, signal.SIG_IGN)
    try:
        with postponed():
            signal.raise_signal(signal.SIGINT)
    finally:
        signal.signal(signal.SIGINT, before)


def test_another_thread_leaves_the_handlers_alone() -> None:
    before, seen = signal.getsignal(signal.SIGINT), list[object]()

    def work() -> None:
        with postponed():
            seen.append(signal.getsignal(signal.SIGINT))

    thread = threading.Thread(target=work)
    thread.start()
    thread.join()

    assert seen == [before]
