# SPDX-License-Identifier: Apache-2.0
"""Runs trials in processes of this machine: one thread each, one trial each at a time.

    parent --- Trial -------------->  worker
           <-- Progress, Outcome ---


Workers are spawned, not forked, and end with their parent, however it ends; what a trial has open
(an emulator, a port) is closed on the way out.
"""

import multiprocessing
import os
import signal
import threading
from collections import Counter
from collections.abc import Generator, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from multiprocessing.connection import Connection, wait
from multiprocessing.context import SpawnProcess
from types import FrameType
from typing import Generic

from host.errors import CampaignError
from host.executor import Failure, Progress, Watch, Work, attempt
from host.result import R, T

_ONE_THREAD = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS")
_FAREWELL_S = 5.0
"""How long a worker has to close its board before it is killed."""


class ProcessPool(Generic[T, R]):
    """Runs several trials at a time, each in its own process; satisfies `Executor`.

    Parameters
    ----------
    work : Work
        Runs one trial; must be importable by name.
    num_workers : int
        Processes.
    capacity : mapping of str to int
        How many of a resource there are at a time; a resource that is not named has no limit.
    """

    def __init__(
        self, work: Work[T, R], *, num_workers: int, capacity: Mapping[str, int] | None = None
    ) -> None:
        self._work = work
        self._num_workers = num_workers
        self._capacity = dict(capacity or {}) | {"cpu": num_workers}

    def submit(self, trials: Sequence[T], *, watch: Watch) -> Generator[R | Failure]:
        """Yield one outcome for each trial, as it finishes.

        Raises
        ------
        CampaignError
            A worker died, or a trial needs more of a resource than there is.
        """
        waiting = list(trials)
        with _workers(self._work, min(self._num_workers, len(waiting))) as workers:
            while waiting or any(worker.trial for worker in workers):
                self._hand_out(waiting, workers)
                yield from _collect(workers, watch)

    def _hand_out(self, waiting: list[T], workers: Sequence["_Worker[T, R]"]) -> None:
        for worker in workers:
            trial = None if worker.trial else self._next_that_fits(waiting, workers)
            if trial is not None:
                waiting.remove(trial)
                worker.start(trial)
        if waiting and not any(worker.trial for worker in workers):
            raise CampaignError(
                f"a trial needs {dict(waiting[0].resources)} and there is {self._capacity}; "
                "leave that device out, or run with more workers"
            )

    def _next_that_fits(self, waiting: Sequence[T], workers: Sequence["_Worker[T, R]"]) -> T | None:
        used: Counter[str] = Counter()
        for worker in workers:
            used.update(worker.trial.resources if worker.trial else {})
        return next((trial for trial in waiting if self._fits(trial, used)), None)

    def _fits(self, trial: T, used: Counter[str]) -> bool:
        needs = trial.resources.items()
        return all(
            used[name] + number <= self._capacity.get(name, used[name] + number)
            for name, number in needs
        )


@dataclass(slots=True)
class _Worker(Generic[T, R]):
    """The parent's view of one process; `trial` is what it runs now."""

    process: SpawnProcess
    pipe: "Connection[T, Progress | R | Failure]"
    trial: T | None = None

    def start(self, trial: T) -> None:
        self.trial = trial
        self.pipe.send(trial)

    def receive(self, watch: Watch) -> R | Failure | None:
        try:
            message = self.pipe.recv()
        except (EOFError, ConnectionError):
            raise self._death() from None
        if isinstance(message, Progress):
            watch(message)
            return None
        self.trial = None
        return message

    def _death(self) -> CampaignError:
        self.process.join(_FAREWELL_S)
        return CampaignError(
            f"a worker process died with exit code {self.process.exitcode} (killed by signal "
            "when negative; -9 often means that memory ran out). Run again to go on; "
            "--workers 1 needs the least memory"
        )


def _collect(workers: Sequence[_Worker[T, R]], watch: Watch) -> Iterator[R | Failure]:
    by_pipe = {worker.pipe: worker for worker in workers if worker.trial}
    for ready in wait(list(by_pipe)):
        outcome = by_pipe[ready].receive(watch)  # type: ignore[index]  # wait returns what it got
        if outcome is not None:
            yield outcome


@contextmanager
def _workers(work: Work[T, R], number: int) -> Generator[Sequence[_Worker[T, R]]]:
    workers: list[_Worker[T, R]] = []
    try:
        with _one_thread_each():
            workers.extend(_spawn(work) for _ in range(number))
        yield workers
    finally:
        _dismiss(workers)


def _spawn(work: Work[T, R]) -> _Worker[T, R]:
    context = multiprocessing.get_context("spawn")
    near, far = context.Pipe()
    process = context.Process(target=_serve, args=(work, far), daemon=True)
    process.start()
    far.close()
    return _Worker(process=process, pipe=near)


def _dismiss(workers: Sequence[_Worker[T, R]]) -> None:
    for worker in workers:
        worker.pipe.close()
        if worker.trial:
            worker.process.terminate()
    for worker in workers:
        worker.process.join(_FAREWELL_S)
        if worker.process.is_alive():
            worker.process.kill()
            worker.process.join()


@contextmanager
def _one_thread_each() -> Generator[None]:
    """Let the libraries of new processes start one thread each: they read this at their import."""
    before = {name: os.environ.get(name) for name in _ONE_THREAD}
    os.environ.update(dict.fromkeys(_ONE_THREAD, "1"))
    try:
        yield
    finally:
        for name, value in before.items():
            if value is None:
                del os.environ[name]
            else:
                os.environ[name] = value


def _serve(work: Work[T, R], pipe: "Connection[Progress | R | Failure, T]") -> None:
    """Run trials until the parent hangs up: the body of a worker."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C reaches the parent, which then ends us
    signal.signal(signal.SIGTERM, _leave)
    threading.Thread(target=_follow_parent, daemon=True).start()
    with suppress(EOFError, ConnectionError):
        while True:
            pipe.send(attempt(work, pipe.recv(), watch=pipe.send))


def _leave(_signal: int, _frame: FrameType | None) -> None:
    raise SystemExit(0)


def _follow_parent() -> None:
    """Wait for the parent's death, then leave by the front door, or after a while by force."""
    parent = multiprocessing.parent_process()
    main = threading.main_thread()
    if parent is None or main.ident is None:
        return
    parent.join()
    signal.pthread_kill(main.ident, signal.SIGTERM)
    main.join(_FAREWELL_S)
    os._exit(1)
