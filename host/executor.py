# SPDX-License-Identifier: Apache-2.0
"""Who runs trials: the contract, and the executor that runs them in this process.

An executor takes trials and yields outcomes as they finish, in any order. It may run as many at a
time as their `resources` allow: here, in other processes (`host.pool`) or on other machines.
"""

from collections.abc import Callable, Generator, Sequence
from dataclasses import dataclass
from typing import Generic, Protocol

from host.error_roots import ERROR_ROOTS
from host.result import R, R_co, T, T_contra


@dataclass(frozen=True, slots=True, kw_only=True)
class Progress:
    """How far a running trial has come.

    Parameters
    ----------
    trial_id : str
    num_done, num_in_all : int
        Of what a trial consists of: slots, or steps of a training.
    standing : str
        What is known so far, in a few words: an error rate, a loss.
    remark : str or None
        A line worth telling, such as where the trial goes on.
    """

    trial_id: str
    num_done: int
    num_in_all: int
    standing: str = ""
    remark: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Failure:
    """A trial that ended in an error; `message` is the one line that says what to try."""

    trial_id: str
    message: str


Watch = Callable[[Progress], None]
Work = Callable[[T, Watch], R]
"""Runs one trial and reports progress on the way; importable by name, so that it can travel."""


class Executor(Protocol[T_contra, R_co]):
    """Runs trials."""

    def submit(self, trials: Sequence[T_contra], *, watch: Watch) -> Generator[R_co | Failure]:
        """Yield one outcome for each trial, as it finishes.

        `watch` is called in this process. When the iterator is closed, or an exception passes
        through it, the executor ends what runs and lets go of every process and board.
        """
        ...


class InProcess(Generic[T, R]):
    """Runs one trial after the other in this process; satisfies `Executor`."""

    def __init__(self, work: Work[T, R]) -> None:
        self._work = work

    def submit(self, trials: Sequence[T], *, watch: Watch) -> Generator[R | Failure]:
        """Yield one outcome for each trial, in the order given."""
        for trial in trials:
            yield attempt(self._work, trial, watch=watch)


def attempt(work: Work[T, R], trial: T, *, watch: Watch) -> R | Failure:
    """Run one trial; an error that is the user's to mend becomes a `Failure`."""
    try:
        return work(trial, watch)
    except ERROR_ROOTS as error:
        return Failure(trial_id=trial.trial_id, message=str(error))
