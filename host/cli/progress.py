# SPDX-License-Identifier: Apache-2.0
"""How a campaign looks while it runs: bars on a terminal, one line a trial in a log."""

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from types import TracebackType
from typing import Generic, Self

from rich.console import Console
from rich.progress import (
    BarColumn,
    MofNCompleteColumn,
    TaskID,
    TextColumn,
    TimeElapsedColumn,
    TimeRemainingColumn,
)
from rich.progress import (
    Progress as Bars,
)

from host.executor import Failure, Progress
from host.experiment import Metric
from host.record import Record
from host.report import quantity
from host.report.curves import SNR_NAMES
from host.result import R, T
from host.trial import Trial


@dataclass(frozen=True, slots=True, kw_only=True)
class Words(Generic[T, R]):
    """What a campaign's trials are called, and what is said of their results."""

    name: Callable[[T], str]
    result: Callable[[R], str]


class CampaignView(Generic[T, R]):
    """Shows a campaign; satisfies `host.campaign.Observer`. Use it with `with`."""

    def __init__(self, console: Console, words: Words[T, R]) -> None:
        self._words = words
        self._console = console
        self._bars = Bars(
            TextColumn("{task.description}"),
            BarColumn(bar_width=28),
            MofNCompleteColumn(),
            TextColumn("[dim]{task.fields[state]}"),
            TimeElapsedColumn(),
            TimeRemainingColumn(compact=True),
            console=console,
            transient=True,
            disable=not console.is_terminal,
        )
        self._names: dict[str, str] = {}
        self._running: dict[str, TaskID] = {}
        self._all = self._bars.add_task("trials", total=0, state="")
        self._num_done = 0
        self._began_s = time.monotonic()

    def __enter__(self) -> Self:
        self._bars.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self._bars.stop()

    def planned(self, trials: Sequence[T], *, done: Mapping[str, R]) -> None:
        """Take the trials of the experiment, and the records of those that are done already."""
        self._names = {trial.trial_id: self._words.name(trial) for trial in trials}
        self._num_done = len(done)
        self._bars.update(self._all, total=len(trials), completed=len(done))
        already = f", {len(done)} of them recorded before" if done else ""
        self._console.print(f"{len(trials)} trials{already}", style="dim")

    def progressed(self, progress: Progress) -> None:
        """Move the bar of a running trial, and say what is worth telling of it."""
        if progress.remark is not None:
            name = self._names[progress.trial_id]
            self._console.print(f"{name}: {progress.remark}", style="dim", soft_wrap=True)
        if progress.trial_id not in self._running:
            name = self._names[progress.trial_id]
            self._running[progress.trial_id] = self._bars.add_task(
                f"  {name}", total=progress.num_in_all, completed=progress.num_done, state=""
            )
        self._bars.update(
            self._running[progress.trial_id], completed=progress.num_done, state=progress.standing
        )

    def recorded(self, record: R) -> None:
        """Take a finished trial off the bars; in a log, give it its line."""
        self._finish(record.trial_id)
        if not self._console.is_terminal:
            place = f"{self._num_done}/{len(self._names)}"
            since_s = time.monotonic() - self._began_s
            said = f"{self._names[record.trial_id]}: {self._words.result(record)}"
            self._console.print(
                f"{since_s:6.0f} s  {place:>7}  {said}",
                soft_wrap=True,
                markup=False,
            )

    def failed(self, failure: Failure) -> None:
        """Say which trial failed, and why."""
        self._finish(failure.trial_id)
        name = self._names[failure.trial_id]
        self._console.print(f"failed: {name}: {failure.message}", style="red", soft_wrap=True)

    def _finish(self, trial_id: str) -> None:
        self._num_done += 1
        self._bars.advance(self._all)
        if trial_id in self._running:
            self._bars.remove_task(self._running.pop(trial_id))


def _name(trial: Trial) -> str:
    cell = trial.cell
    snr = f"{SNR_NAMES[cell.snr_kind]} {cell.snr_db:g} dB"
    return f"{cell.scenario} · {cell.receiver} · {cell.device} · {snr} · seed {cell.seed}"


def _result(record: Record) -> str:
    for metric in (Metric.BLER, Metric.BER):
        found = record.metrics.get(metric)
        if found is not None:
            return f"{metric.upper()} {quantity.measured(found)}, {record.num_slots} slots"
    return f"{record.num_slots} slots"


OF_LINKS = Words(name=_name, result=_result)
"""Trials of a link: where they stand, and their error rate."""
