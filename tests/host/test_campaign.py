# SPDX-License-Identifier: Apache-2.0
"""Campaigns: complete, resumed after every kind of end, and equal to one that was never ended."""

import signal
from pathlib import Path

import pytest

from host.campaign import EXPERIMENT, JOURNAL, RECORDS, UNFINISHED, CampaignInterrupted
from host.errors import CampaignError, RecordError
from host.executor import InProcess, Progress, Watch
from host.journal import open_journal, read_records
from host.pool import ProcessPool
from host.record import Record
from host.trial import Trial
from tests.host.fake_campaign import Silent, count_nothing, fail_on_net, made, main, trials

NUM_SEEDS = 6


def contents(folder: Path) -> list[dict[str, object]]:
    return [record.without_run() for record in read_records(folder / "results" / RECORDS)]


def test_records_stand_in_the_order_of_trials_whoever_ran_them(tmp_path: Path) -> None:
    todo = trials(tmp_path, num_seeds=NUM_SEEDS)

    main(tmp_path / "one", num_workers=1, num_seeds=NUM_SEEDS)
    main(tmp_path / "two", num_workers=2, num_seeds=NUM_SEEDS)

    assert [r["trial_id"] for r in contents(tmp_path / "one")] == [t.trial_id for t in todo]
    assert contents(tmp_path / "one") == contents(tmp_path / "two")


def test_a_finished_campaign_runs_nothing_again(tmp_path: Path) -> None:
    campaign = made(tmp_path, num_seeds=1)
    first = campaign.run(InProcess(count_nothing), observer=Silent())
    observer = Silent()

    second = campaign.run(InProcess(count_nothing), observer=observer)

    assert second == first
    assert observer.num_done_before == len(first)
    assert observer.seen == []


def test_a_campaign_leaves_the_folder_of_another_as_it_is(tmp_path: Path) -> None:
    folder = tmp_path / "results"
    folder.mkdir()
    (folder / EXPERIMENT).write_text("that of another")

    with (
        open_journal(folder / JOURNAL, Record),
        pytest.raises(RecordError, match="another process"),
    ):
        made(tmp_path, num_seeds=1).run(InProcess(count_nothing), observer=Silent())

    assert (folder / EXPERIMENT).read_text() == "that of another"


def test_a_campaign_keeps_its_experiment_beside_the_records(tmp_path: Path) -> None:
    campaign = made(tmp_path, num_seeds=1)

    campaign.run(InProcess(count_nothing), observer=Silent())

    assert (tmp_path / "results" / EXPERIMENT).read_text() == campaign.experiment


def test_a_campaign_with_failures_records_the_rest_and_says_so(tmp_path: Path) -> None:
    todo = trials(tmp_path, num_seeds=1)
    campaign = made(tmp_path, num_seeds=1)

    with pytest.raises(CampaignError, match=r"the net has a hole.*2 of 6 trials are saved"):
        campaign.run(InProcess(fail_on_net), observer=Silent())
    after = campaign.run(InProcess(count_nothing), observer=Silent())

    assert [record.trial_id for record in after] == [trial.trial_id for trial in todo]


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM], ids=["Ctrl-C", "kill"])
def test_a_signal_ends_a_campaign_with_what_it_has(tmp_path: Path, number: int) -> None:
    class Impatient(Silent):
        def progressed(self, progress: Progress) -> None:
            super().progressed(progress)
            if len(self.seen) == 10:
                signal.raise_signal(number)

    campaign = made(tmp_path, num_seeds=1)
    handler = signal.getsignal(number)

    with pytest.raises(CampaignInterrupted, match="2 of 6 trials are saved"):
        campaign.run(InProcess(count_nothing), observer=Impatient())

    assert len(list(read_records(tmp_path / "results" / JOURNAL))) == 2
    assert signal.getsignal(number) is handler


def test_a_signal_also_ends_the_workers_of_a_campaign(tmp_path: Path) -> None:
    class Impatient(Silent):
        def progressed(self, progress: Progress) -> None:
            signal.raise_signal(signal.SIGTERM)

    campaign = made(tmp_path, num_seeds=1)

    with pytest.raises(CampaignInterrupted):
        campaign.run(ProcessPool(count_nothing, num_workers=2), observer=Impatient())


def leave_a_state(trial: Trial, watch: Watch) -> Record:
    """Keep a state as a long trial would, and leave the torn file of a kill beside it."""
    assert trial.unfinished is not None
    trial.unfinished.parent.mkdir(exist_ok=True)
    trial.unfinished.write_text("a state")
    trial.unfinished.with_name(f".{trial.unfinished.name}.4711").write_text("a st")
    return count_nothing(trial, watch)


@pytest.mark.parametrize("num_workers", [1, 2], ids=["in process", "pool"])
def test_the_state_of_a_trial_is_gone_when_it_is_recorded(tmp_path: Path, num_workers: int) -> None:
    work = leave_a_state
    executor = InProcess(work) if num_workers == 1 else ProcessPool(work, num_workers=num_workers)

    made(tmp_path, num_seeds=1).run(executor, observer=Silent())

    assert len(contents(tmp_path)) == 6
    assert not (tmp_path / "results" / UNFINISHED).exists()


def test_the_state_of_a_trial_stays_until_it_is_recorded(tmp_path: Path) -> None:
    """Two trials are recorded and the third is interrupted; another experiment left a state."""

    class Impatient(Silent):
        def progressed(self, progress: Progress) -> None:
            super().progressed(progress)
            if len(self.seen) == 10:
                signal.raise_signal(signal.SIGINT)

    campaign, folder = made(tmp_path, num_seeds=1), tmp_path / "results" / UNFINISHED
    folder.mkdir(parents=True)
    (folder / "other.state").write_text("of another experiment")

    with pytest.raises(CampaignInterrupted, match="how far the others have come"):
        campaign.run(InProcess(leave_a_state), observer=Impatient())

    third = campaign.trials[2].trial_id
    left = {path.name for path in folder.iterdir()}
    assert left == {"other.state", f"{third}.state", f".{third}.state.4711"}
    campaign.run(InProcess(count_nothing), observer=Silent())
    assert {path.name for path in folder.iterdir()} == {"other.state"}


def test_the_state_of_a_trial_that_was_recorded_before_is_swept_up(tmp_path: Path) -> None:
    campaign, folder = made(tmp_path, num_seeds=1), tmp_path / "results" / UNFINISHED
    campaign.run(InProcess(count_nothing), observer=Silent())
    folder.mkdir()
    (folder / f"{campaign.trials[0].trial_id}.state").write_text("killed before it was removed")

    campaign.run(InProcess(count_nothing), observer=Silent())

    assert not folder.exists()
