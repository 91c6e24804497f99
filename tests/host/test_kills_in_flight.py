# SPDX-License-Identifier: Apache-2.0
"""`airloop run` with receivers that learn, ended again and again in the middle of a trial."""

import os
import random
import signal
from functools import partial
from multiprocessing.context import ForkServerProcess
from pathlib import Path

import pytest

from host import keeping, state_file
from host.campaign import UNFINISHED
from host.cli.app import INTERRUPTED
from host.passage import Passage
from tests.host.killed import DEADLINE_S, finish, start, tagged
from tests.host.learning_campaign import EXPERIMENT, write_learning
from tests.host.processes import ends
from tests.host.small_campaign import contents

NUM_ENDS = 16
BEFORE_IT_BEGAN = 1
NUM_TRIALS = 3
SLOTS_A_TRIAL, SLOTS_A_BLOCK = 192, 16
SMALL = (
    EXPERIMENT.replace('receivers = ["ls-linear", "perfect-csi", "mine.npz"]', "")
    .replace("= 96", f"= {SLOTS_A_TRIAL}")
    .replace('[learners.head]\nnetwork = "mine.npz"\ndesign = "on-device"\n', "")
    .replace("minibatch_slots = 24\n", "")
    .replace('[learners.genie]\nnetwork = "mine.npz"\nlabels = "truth"', "")
    .replace('gate = "open"\nvalidate_every = 2\n[probe]', "[probe]")
)


def count_blocks(counted: Path, *, copies: bool) -> None:
    """Have this process write a byte for each block that it runs to its end."""
    run_block = Passage.run_block

    def counting(passage: Passage, batch: int) -> None:
        run_block(passage, batch)
        with counted.open("ab") as file:
            file.write(b".")

    Passage.run_block = counting  # type: ignore[assignment, method-assign]  # its process ends soon
    if copies:
        keeping.COPY_EVERY_S = 0.0


def exit_code(process: ForkServerProcess, *, within_s: float) -> int | None:
    process.join(within_s)
    return process.exitcode


def await_blocks(process: ForkServerProcess, counted: Path, *, more: int) -> None:
    """Wait until so many more blocks were run, or the process has ended."""
    wanted = size(counted) + more
    while exit_code(process, within_s=0.002) is None and size(counted) < wanted:
        pass


def size(file: Path) -> int:
    return file.stat().st_size if file.exists() else 0


def num_slots_saved(folder: Path) -> int:
    """Return how far the states in a folder have come, together; each of them is whole."""
    states = [
        state_file.read(path, trial_id=path.stem)
        for path in (folder / UNFINISHED).glob("[0-9a-f]*.state")
    ]
    return sum(len(s["passage"]["counts"]["bit_errors"]) for s in states if s is not None)


@pytest.mark.slow
@pytest.mark.usefixtures("native")
@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGINT], ids=["kill -9", "Ctrl-C"])
def test_a_learner_that_is_ended_at_random_instants_goes_on(
    number: signal.Signals, tmp_path: Path
) -> None:
    """Killed, a run saves each block; interrupted, it saves none but the last copy, on its way out.

    Three of four ends come behind some blocks, the others at any instant of the start; which comes
    from a fixed seed. A run that is ended repeats the block it was in, and nothing more.
    """
    file = write_learning(tmp_path, text=SMALL)
    log, counted, instants = tmp_path / "log", tmp_path / "counted", random.Random(32)
    whole, folder = tmp_path / "whole", tmp_path / "ended"
    finish(["run", str(file), "--out", str(tmp_path / "first"), "--workers", "1"], log=log)
    whole_s = finish(["run", str(file), "--out", str(whole), "--workers", "1"], log=log)
    is_killed = number is signal.SIGKILL
    save_every = "0" if is_killed else "3600"
    command = ["run", str(file), "--out", str(folder), "--workers", "1", "--save-every", save_every]
    prepare = partial(count_blocks, counted, copies=not is_killed)
    num_ends, middles = 0, set[int]()

    while True:
        process = start(command, tag=f"ended.{num_ends}", log=log, prepare=prepare)
        if num_ends == NUM_ENDS:
            assert exit_code(process, within_s=DEADLINE_S) == 0, log.read_text()
        elif num_ends % 4 == 3:
            exit_code(process, within_s=instants.uniform(0.0, 0.5 * whole_s))
        else:
            await_blocks(process, counted, more=instants.randint(1, 4))
            exit_code(process, within_s=instants.uniform(0.0, 0.03))
        if process.exitcode is not None:
            break
        os.kill(process.pid or 0, number)
        code = exit_code(process, within_s=DEADLINE_S)
        assert code in {-number, INTERRUPTED, BEFORE_IT_BEGAN, 0}, log.read_text()
        assert all(ends(pid, within_s=DEADLINE_S) for pid in tagged(f"ended.{num_ends}"))
        middles.add(num_slots_saved(folder))
        num_ends += 1

    assert process.exitcode == 0, log.read_text()
    assert "Traceback" not in log.read_text()
    assert contents(folder) == contents(whole)
    assert not (folder / UNFINISHED).exists()
    num_blocks = NUM_TRIALS * SLOTS_A_TRIAL // SLOTS_A_BLOCK
    assert num_blocks <= counted.stat().st_size <= num_blocks + num_ends
    assert len(middles - {0}) > 1, "no end fell into the middle of a trial"
