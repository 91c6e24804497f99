# SPDX-License-Identifier: Apache-2.0
"""The campaign: takes an experiment to its records, and goes on where it was interrupted.

results/<name>/journal.jsonl    every trial that ever finished here
results/<name>/records.jsonl    this experiment's records, in its order, once all are there
results/<name>/experiment.toml  the experiment, such that it runs from there
results/<name>/unfinished/      the state of each trial that was interrupted, until it is recorded
"""

from collections.abc import Mapping, Sequence, Set
from contextlib import closing, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Generic, Protocol

from host.errors import CampaignError
from host.executor import Executor, Failure, Progress
from host.interruption import interruptible
from host.journal import Journal, open_journal, replace_file, write_records
from host.result import R, R_contra, T, T_contra

JOURNAL = "journal.jsonl"
RECORDS = "records.jsonl"
EXPERIMENT = "experiment.toml"
UNFINISHED = "unfinished"


class Observer(Protocol[T_contra, R_contra]):
    """Whoever shows how a campaign goes on."""

    def planned(self, trials: Sequence[T_contra], *, done: Mapping[str, R_contra]) -> None:
        """Take the trials of the experiment, and the records of those that are done already."""
        ...

    def progressed(self, progress: Progress) -> None:
        """Take the state of a running trial."""
        ...

    def recorded(self, record: R_contra) -> None:
        """Take a record that has just been written."""
        ...

    def failed(self, failure: Failure) -> None:
        """Take a trial that ended in an error."""
        ...


class CampaignInterrupted(KeyboardInterrupt):
    """The campaign was asked to end; what was finished is recorded, what was not is kept."""

    def __init__(self, *, folder: Path, num_done: int, num_trials: int) -> None:
        super().__init__(
            f"interrupted; {num_done} of {num_trials} trials are saved in {folder}, and how far "
            "the others have come. Run the same command again to go on."
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Campaign(Generic[T, R]):
    """The trials of one experiment and the folder of their results.

    Parameters
    ----------
    trials : sequence of Task
    folder : Path
    experiment : str
        The experiment file; kept beside the records.
    kind : type
        What comes of a trial.
    """

    trials: Sequence[T]
    folder: Path
    experiment: str
    kind: type[R]

    def run(self, executor: Executor[T, R], *, observer: Observer[T, R]) -> tuple[R, ...]:
        """Run every trial that has no record yet, and return all records in the order of trials.

        Raises
        ------
        CampaignError
            Trials failed; the others were run and recorded.
        CampaignInterrupted
            SIGINT or SIGTERM came; what was finished is recorded.
        RecordError
            Another process is writing in this folder, or the journal is damaged.
        """
        with open_journal(self.folder / JOURNAL, self.kind) as journal:
            replace_file(self.folder / EXPERIMENT, self.experiment.encode())
            done = self._done(journal)
            observer.planned(self.trials, done=done)
            try:
                failures = self._run_rest(executor, journal, done=done, observer=observer)
            except KeyboardInterrupt:
                raise CampaignInterrupted(
                    folder=self.folder, num_done=len(done), num_trials=len(self.trials)
                ) from None
            if failures:
                raise self._failed(failures)
            records = tuple(done[trial.trial_id] for trial in self.trials)
            write_records(self.folder / RECORDS, records)
        return records

    def _done(self, journal: Journal[R]) -> dict[str, R]:
        wanted = {trial.trial_id for trial in self.trials}
        return {r.trial_id: r for r in journal.records() if r.trial_id in wanted}

    def _run_rest(
        self,
        executor: Executor[T, R],
        journal: Journal[R],
        *,
        done: dict[str, R],
        observer: Observer[T, R],
    ) -> Sequence[Failure]:
        failures: list[Failure] = []
        self._sweep(done.keys())
        rest = [trial for trial in self.trials if trial.trial_id not in done]
        rest = [trial.kept_in(self.folder / UNFINISHED) for trial in rest]
        with (
            interruptible() as interruption,
            closing(executor.submit(rest, watch=observer.progressed)) as outcomes,
        ):
            for outcome in outcomes:
                if isinstance(outcome, Failure):
                    failures.append(outcome)
                    observer.failed(outcome)
                    continue
                with interruption.held():
                    journal.append(outcome)
                    done[outcome.trial_id] = outcome
                    self._sweep({outcome.trial_id})
                observer.recorded(outcome)
        return failures

    def _sweep(self, trial_ids: Set[str]) -> None:
        """Remove the states of trials that are recorded, and what writing them left behind."""
        folder = self.folder / UNFINISHED
        if not folder.exists():
            return
        for path in folder.iterdir():
            if path.name.lstrip(".").partition(".")[0] in trial_ids:
                path.unlink(missing_ok=True)
        with suppress(OSError):
            folder.rmdir()  # unless another trial has something there

    def _failed(self, failures: Sequence[Failure]) -> CampaignError:
        saved = len(self.trials) - len(failures)
        more = f" ({len(failures)} trials failed; this is the first)" if len(failures) > 1 else ""
        return CampaignError(
            f"{failures[0].message}{more} {saved} of {len(self.trials)} trials are saved in "
            f"{self.folder}; run the same command again for the rest."
        )
