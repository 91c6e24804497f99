# SPDX-License-Identifier: Apache-2.0
"""Who runs trials: the contract, and the executor that runs them in this process.

An executor takes trials and yields outcomes as they finish, in any order. It may run as many at a
time as their `resources` allow: here, in other processes (`host.pool`) or on other machines.
"""

from collections.abc import Callable, Generator, Sequence
from dataclasses import dataclass
from typing import Protocol

from host.error_roots import ERROR_ROOTS
from host.record import Record
from host.trial import Trial


@dataclass(frozen=True, slots=True, kw_only=True)
class Progress:
    """How far a running trial has come: slots done of `max_slots`, and error rates so far.

    `remark` is a line worth telling, such as where the trial goes on.
    """

    trial_id: str
    num_slots: int
    max_slots: int
    ber: float | None = None
    bler: float | None = None
    remark: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Failure:
    """A trial that ended in an error; `message` is the one line that says what to try."""

    trial_id: str
    message: str


Outcome = Record | Failure
Watch = Callable[[Progress], None]
Work = Callable[[Trial, Watch], Record]
"""Runs one trial and reports progress on the way; importable by name, so that it can travel."""


class Executor(Protocol):
    """Runs trials."""

    def submit(self, trials: Sequence[Trial], *, watch: Watch) -> Generator[Outcome]:
        """Yield one outcome for each trial, as it finishes.

        `watch` is called in this process. When the iterator is closed, or an exception passes
        through it, the executor ends what runs and lets go of every process and board.
        """
        ...


class InProcess:
    """Runs one trial after the other in this process; satisfies `Executor`."""

    def __init__(self, work: Work) -> None:
        self._work = work

    def submit(self, trials: Sequence[Trial], *, watch: Watch) -> Generator[Outcome]:
        """Yield one outcome for each trial, in the order given."""
        for trial in trials:
            yield attempt(self._work, trial, watch=watch)


def attempt(work: Work, trial: Trial, *, watch: Watch) -> Outcome:
    """Run one trial; an error that is the user's to mend becomes a `Failure`."""
    try:
        return work(trial, watch)
    except ERROR_ROOTS as error:
        return Failure(trial_id=trial.trial_id, message=str(error))
