# SPDX-License-Identifier: Apache-2.0
"""Campaigns: complete, resumed after every kind of end, and equal to one that was never ended."""

import signal
from pathlib import Path

import pytest

from host.campaign import EXPERIMENT, JOURNAL, RECORDS, CampaignInterrupted
from host.errors import CampaignError, RecordError
from host.executor import InProcess, Progress
from host.journal import open_journal, read_records
from host.pool import ProcessPool
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

    with open_journal(folder / JOURNAL), pytest.raises(RecordError, match="another process"):
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
