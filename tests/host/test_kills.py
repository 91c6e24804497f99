# SPDX-License-Identifier: Apache-2.0
"""`airloop run`, killed at any instant of a real campaign: nothing is lost, and nothing stays."""

import random
import signal
from collections.abc import Sequence
from pathlib import Path

import pytest

from host.campaign import JOURNAL
from host.journal import read_records
from tests.host import small_campaign
from tests.host.killed import DEADLINE_S, finish, start, tagged
from tests.host.processes import ends
from tests.host.small_campaign import contents, write_small

NUM_KILLS = 20
EXPERIMENT = small_campaign.EXPERIMENT.replace("[stop]", "seeds = [1, 2]\ncoded = false\n[stop]")
NUM_TRIALS = 2 * small_campaign.NUM_TRIALS


def kill(arguments: Sequence[str], *, tag: str, log: Path, after_s: float) -> bool:
    """Start a command and kill it, and return whether it was faster than that."""
    process = start(arguments, tag=tag, log=log)
    process.join(after_s)
    process.kill()
    process.join(DEADLINE_S)
    assert process.exitcode in {-signal.SIGKILL, 0}, log.read_text()
    assert all(ends(pid, within_s=DEADLINE_S) for pid in tagged(tag))
    return process.exitcode == 0


@pytest.mark.slow
@pytest.mark.usefixtures("native")
def test_twenty_kills_at_random_instants_leave_no_trace(tmp_path: Path) -> None:
    """The instants come from a fixed seed; where in a trial they fall is the machine's affair.

    Killed runs go on with the same folder until one comes to its end; the next begins a new one.
    """
    file = write_small(tmp_path / "mine", text=EXPERIMENT)
    log, whole, instants = tmp_path / "log", tmp_path / "whole", random.Random(20)
    finish(["run", str(file), "--out", str(tmp_path / "first")], log=log)  # the server warms up
    whole_s = finish(["run", str(file), "--out", str(whole), "--workers", "1"], log=log)
    folder, num_kills, num_saved = tmp_path / "0", 0, set[int]()

    while num_kills < NUM_KILLS:
        workers = 2 if num_kills % 7 == 6 else 1  # processes that start afresh, and slowly
        command = ["run", str(file), "--out", str(folder), "--workers", str(workers)]
        after_s = instants.uniform(0.0, whole_s * workers)
        if kill(command, tag=f"{folder.name}.{num_kills}", log=log, after_s=after_s):
            assert contents(folder) == contents(whole)
            folder = tmp_path / str(int(folder.name) + 1)
        else:
            num_kills += 1
            num_saved.add(saved(folder))
    finish(["run", str(file), "--out", str(folder)], log=log)

    assert contents(folder) == contents(whole)
    assert num_saved - {0, NUM_TRIALS}, "no kill fell between two trials"


def saved(folder: Path) -> int:
    journal = folder / JOURNAL
    return len(list(read_records(journal))) if journal.exists() else 0
