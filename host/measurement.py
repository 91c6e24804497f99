# SPDX-License-Identifier: Apache-2.0
"""Runs one trial until its stopping rule is content, and makes the record of it.

A trial that an earlier sitting left unfinished goes on where its state was saved.
"""

import os
import platform
import time
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Self

import torch

from host import merkle, provenance
from host.course import Course
from host.detector import open_detector
from host.executor import Progress, Watch
from host.expense import Expense
from host.keeping import SAVE_EVERY_S, Keeper
from host.passage import Passage
from host.record import Provenance, Record, Run
from host.state_file import StateError
from host.stopping import StopReason
from host.tally import Counts, measurements
from host.trial import Trial
from receivers.state import State
from sim.errors import TwinError
from sim.link import Link

DEFAULT_BATCH = 64
"""Slots that are generated at a time; a matter of speed and memory, not of results."""

_OF_ANOTHER_FORM = (AttributeError, KeyError, RuntimeError, TypeError, ValueError, TwinError)


def measure(
    trial: Trial, watch: Watch, *, batch: int = DEFAULT_BATCH, save_every_s: float = SAVE_EVERY_S
) -> Record:
    """Run one trial; this is the `Work` of the executors.

    Parameters
    ----------
    trial : Trial
    watch : callable
        Told the progress after each group of slots.
    batch : int
        Slots generated at a time, a multiple of 8.
    save_every_s : float
        Least time between two savings to the file `trial.unfinished` [s].
    """
    torch.set_num_threads(1)

    def remark(text: str) -> None:
        most = trial.cell.stop.max_slots
        watch(Progress(trial_id=trial.trial_id, num_done=0, num_in_all=most, remark=text))

    keeper = Keeper(trial.unfinished, trial_id=trial.trial_id, every_s=save_every_s, remark=remark)
    with keeper.guarding():
        try:
            return _sit(trial, watch, batch=batch, keeper=keeper, saved=keeper.read())
        except StateError as error:
            remark(str(error))
        return _sit(trial, watch, batch=batch, keeper=keeper, saved=None)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Clock:
    """The time of a trial: that of earlier sittings, and of this one.

    Parameters
    ----------
    started : str
        When the first sitting began.
    num_sittings : int
    earlier_s : float
        What earlier sittings took until their state was saved [s].
    began_s : float
        When this one began, by the monotonic clock [s].
    """

    started: str
    num_sittings: int
    earlier_s: float
    began_s: float

    @classmethod
    def going_on(cls, saved: State | None) -> Self:
        """Return the clock of a sitting that begins now."""
        now = datetime.now(UTC).isoformat(timespec="milliseconds")
        first: State = {"started": now, "num_sittings": 0, "wall_s": 0.0}
        before: State = saved["clock"] if saved else first
        return cls(
            started=before["started"],
            num_sittings=before["num_sittings"] + 1,
            earlier_s=before["wall_s"],
            began_s=time.monotonic(),
        )

    @property
    def wall_s(self) -> float:
        """Return the time of all sittings until now [s]."""
        return self.earlier_s + time.monotonic() - self.began_s

    def state(self) -> State:
        """Return what the next sitting has to know."""
        return {
            "started": self.started,
            "num_sittings": self.num_sittings,
            "wall_s": self.wall_s,
        }

    def run(self, expense: Expense) -> Run:
        """Return what a record tells of the sittings."""
        return Run(
            started=self.started,
            git_commit=provenance.git_commit(),
            wall_s=round(self.wall_s, 3),
            host=platform.node(),
            worker=os.getpid(),
            num_sittings=self.num_sittings,
            link=expense.link,
            learning=expense.learning_time,
            energy=expense.energy,
        )


def _sit(trial: Trial, watch: Watch, *, batch: int, keeper: Keeper, saved: State | None) -> Record:
    clock = _Clock.going_on(saved)
    with open_detector(trial) as detector, torch.no_grad():
        link = Link(trial.scenario, seed=trial.cell.seed)
        passage = Passage(trial=trial, link=link, detector=detector, watch=watch)
        if saved is not None:
            _restore(passage, saved, path=trial.unfinished)
            watch(passage.progress(remark=f"goes on behind slot {passage.num_slots:,}"))
        with keeper.guarding():  # here already: to close a board takes its time
            passage.run_block(batch)
            while (reason := passage.verdict(elapsed_s=clock.wall_s)) is None:
                keeper.offer(lambda: {"passage": passage.state(), "clock": clock.state()})
                passage.run_block(batch)
            expense = detector.expense()
    return _record(passage, reason, expense=expense, run=clock.run(expense))


def _restore(passage: Passage, saved: State, *, path: Path | None) -> None:
    try:
        passage.restore(saved["passage"])
    except _OF_ANOTHER_FORM as error:
        problem = f"a state of another form ({type(error).__name__}: {error})"
        raise StateError(path=path or Path(), problem=problem) from None


def _record(passage: Passage, reason: StopReason, *, expense: Expense, run: Run) -> Record:
    trial, counts = passage.trial, passage.counts()
    figures = measurements(
        counts,
        slots_per_drop=trial.scenario.channel.slots_per_drop,
        num_bits_per_symbol=trial.scenario.link.num_bits_per_symbol,
        stopped_by=reason,
    )
    return Record(
        trial_id=trial.trial_id,
        cell=trial.cell,
        num_slots=passage.num_slots,
        stopped_by=reason,
        metrics={name: figures[name] for name in trial.cell.metrics if name in figures},
        course=_course(trial, counts),
        cost=expense.cost,
        hardware=expense.hardware,
        learning=expense.learning,
        provenance=Provenance(
            experiment=trial.experiment,
            experiment_hash=trial.experiment_hash,
            scenario_hash=trial.scenario_hash,
            code_version=trial.code_version,
            weights_hash=trial.weights_hash,
            versions=provenance.versions(),
            merkle_root=merkle.root(passage.leaves),
            num_blocks=len(passage.leaves),
        ),
        run=run,
    )


def _course(trial: Trial, counts: Counts) -> Course:
    return Course.packed(
        slots_per_drop=trial.scenario.channel.slots_per_drop,
        slots_per_block=trial.cell.stop.block_size,
        bits_per_slot=counts.num_bits,
        words_per_slot=counts.num_blocks,
        bit_errors=counts.bit_errors,
        wrong_words=counts.wrong_words,
    )
