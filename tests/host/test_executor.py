# SPDX-License-Identifier: Apache-2.0
"""The executors: the same outcomes in one process and in several, whatever happens to one."""

import os
import subprocess
import sys
import time
from pathlib import Path

import pytest

from host.errors import CampaignError
from host.executor import Executor, Failure, InProcess, Progress, Work
from host.pool import ProcessPool
from host.provenance import ROOT
from host.record import Record
from host.trial import Trial
from tests.host.fake_campaign import count_nothing, dawdle, die_on_net, fail_on_net, trials
from tests.host.processes import children, ends


def in_process(work: Work[Trial, Record]) -> Executor[Trial, Record]:
    return InProcess(work)


def in_pool(work: Work[Trial, Record]) -> Executor[Trial, Record]:
    return ProcessPool(work, num_workers=2)


EXECUTORS = pytest.mark.parametrize("make", [in_process, in_pool], ids=["in process", "pool"])


def ignore(_progress: Progress) -> None:
    pass


@EXECUTORS
def test_each_trial_has_one_outcome_and_reports_on_the_way(make: type, tmp_path: Path) -> None:
    todo = trials(tmp_path, num_seeds=2)
    seen: list[Progress] = []

    outcomes = list(make(count_nothing).submit(todo, watch=seen.append))

    assert {o.trial_id for o in outcomes} == {t.trial_id for t in todo}
    assert len(outcomes) == len(todo)
    assert len(seen) == 3 * len(todo)


@EXECUTORS
def test_a_failed_trial_does_not_stop_the_others(make: type, tmp_path: Path) -> None:
    todo = trials(tmp_path, num_seeds=1)

    outcomes = list(make(fail_on_net).submit(todo, watch=ignore))

    failed = {o.trial_id for o in outcomes if isinstance(o, Failure)}
    assert failed == {t.trial_id for t in todo if t.cell.receiver == "net"}
    assert {o.message for o in outcomes if isinstance(o, Failure)} == {"the net has a hole"}


def test_a_killed_worker_is_an_error_that_names_the_signal(tmp_path: Path) -> None:
    todo = trials(tmp_path, num_seeds=1)

    with pytest.raises(CampaignError, match="exit code -9"):
        list(ProcessPool(die_on_net, num_workers=2).submit(todo, watch=ignore))


def test_a_scarce_board_runs_one_trial_at_a_time(tmp_path: Path) -> None:
    todo = [trial for trial in trials(tmp_path, num_seeds=4) if trial.on_board]
    pool = ProcessPool(count_nothing, num_workers=2, capacity={"board:emulated": 1})
    seen: list[Progress] = []

    outcomes = list(pool.submit(todo, watch=seen.append))

    assert len(outcomes) == len(todo)
    runs = [progress.trial_id for progress in seen]
    assert runs == sorted(runs, key=list(dict.fromkeys(runs)).index)


def test_a_board_that_is_not_there_is_an_error(tmp_path: Path) -> None:
    todo = [trial for trial in trials(tmp_path, num_seeds=1) if trial.on_board]
    pool = ProcessPool(count_nothing, num_workers=2, capacity={"board:emulated": 0})

    with pytest.raises(CampaignError, match="board:emulated"):
        list(pool.submit(todo, watch=ignore))


def test_closing_the_outcomes_ends_the_workers_at_once(tmp_path: Path) -> None:
    todo = trials(tmp_path, num_seeds=1)
    before, began = children(os.getpid()), time.monotonic()

    def stop(_progress: Progress) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        list(ProcessPool(dawdle, num_workers=2).submit(todo, watch=stop))

    assert time.monotonic() - began < 30
    assert not children(os.getpid()) - before


def test_workers_do_not_outlive_a_host_that_is_killed(tmp_path: Path) -> None:
    script = (
        "from pathlib import Path\n"
        "from host.pool import ProcessPool\n"
        "from tests.host.fake_campaign import dawdle, trials\n"
        f"todo = trials(Path({str(tmp_path)!r}), num_seeds=1)\n"
        "show = lambda progress: print(flush=True)\n"
        "list(ProcessPool(dawdle, num_workers=2).submit(todo, watch=show))\n"
    )
    host = subprocess.Popen([sys.executable, "-c", script], cwd=ROOT, stdout=subprocess.PIPE)
    assert host.stdout is not None
    host.stdout.readline()  # the first trial is running
    workers = children(host.pid)

    host.kill()
    host.communicate()

    assert all(ends(worker, within_s=20.0) for worker in workers)
    assert len(workers) >= 2


def test_a_record_crosses_the_border_between_processes_unchanged(tmp_path: Path) -> None:
    todo = trials(tmp_path, num_seeds=1)

    near = list(InProcess(count_nothing).submit(todo, watch=ignore))
    far = list(ProcessPool(count_nothing, num_workers=2).submit(todo, watch=ignore))

    assert contents(near) == contents(far)


def contents(outcomes: list[Record | Failure]) -> dict[str, object]:
    return {o.trial_id: o.without_run() for o in outcomes if isinstance(o, Record)}
