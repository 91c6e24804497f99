# SPDX-License-Identifier: Apache-2.0
"""Trials in several sittings: equal to the last bit to those in one, for all that can receive."""

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

import pytest

from host import keeping, learning_devices, measurement, state_file
from host.executor import Progress, Watch
from host.measurement import measure
from host.pool import ProcessPool
from host.record import Record
from host.stopping import StoppingRule, StopReason
from host.trial import Trial
from receivers.state import State
from tests.host.learning_campaign import (
    InterruptionError,
    ending_at,
    ignore,
    interrupted,
    trial,
    whole,
)

ON_HOST = ("ls-linear", "perfect-csi", "mine", "keen", "genie")
EVERYWHERE = (
    *((receiver, "host") for receiver in ON_HOST),
    *((receiver, device) for device in ("twin", "native") for receiver in ("mine", "keen", "head")),
)


def left_by(path: Path | None, *, trial_id: str) -> Mapping[str, State]:
    assert path is not None
    state = state_file.read(path, trial_id=trial_id)
    assert state is not None
    return state


@pytest.mark.slow
@pytest.mark.usefixtures("native")
@pytest.mark.parametrize(("receiver", "device"), EVERYWHERE)
def test_sittings_do_not_show_in_the_record(receiver: str, device: str, tmp_path: Path) -> None:
    todo = trial(tmp_path, receiver=receiver, device=device)
    for end in (24, 40, 72):
        interrupted(todo, at=end)
    seen: list[Progress] = []

    record = measure(todo, seen.append, save_every_s=0.0)

    assert record.without_run() == whole(todo).without_run()
    assert record.run.num_sittings == 4
    assert [progress.num_done for progress in seen] == [64, 72, 80, 88, 96]
    assert seen[0].remark == "goes on behind slot 64"
    if receiver in {"keen", "genie"}:
        assert record.learning is not None
        assert record.learning.num_updates >= 2
        assert len(record.learning.probes) == 4


@pytest.mark.slow
@pytest.mark.usefixtures("native")
def test_a_patch_in_flight_comes_into_force_behind_the_same_slot(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(learning_devices, "PATCH_BYTES_A_SLOT", 64)
    todo = trial(tmp_path, receiver="keen", device="native")
    uninterrupted = whole(todo)
    on_the_way: list[int] = []

    for end in range(24, 96, 16):  # 8 slots into a block, and behind an update
        interrupted(todo, at=end)
        state = left_by(todo.unfinished, trial_id=todo.trial_id)
        serving = state["passage"]["detector"]["_receiver"]["_loop"]["serving"]
        on_the_way.append(serving["num_frames"])
    record = measure(todo, ignore)

    assert record.without_run() == uninterrupted.without_run()
    assert record.hardware is not None
    assert record.hardware.agreement is not None
    assert record.hardware.agreement.num_unequal == 0
    assert any(on_the_way)
    assert len(set(on_the_way)) > 1, "every patch was as far as the others"


def test_an_interruption_saves_the_last_copy_though_no_saving_was_due(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(keeping, "COPY_EVERY_S", 0.0)
    todo = trial(tmp_path, receiver="ls-linear", device="host")
    seen: list[Progress] = []

    interrupted(todo, at=40, save_every_s=3600.0)
    record = measure(todo, seen.append)

    assert seen[0].num_done == 32
    assert record.without_run() == whole(todo).without_run()


def test_an_interruption_while_the_record_is_made_saves_the_last_copy(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def end(*_arguments: object, **_figures: object) -> None:
        raise InterruptionError

    monkeypatch.setattr(keeping, "COPY_EVERY_S", 0.0)
    todo = trial(tmp_path, receiver="ls-linear", device="host")
    with monkeypatch.context() as context:
        context.setattr(measurement, "measurements", end)
        with pytest.raises(InterruptionError):
            measure(todo, ignore, save_every_s=3600.0)

    state = left_by(todo.unfinished, trial_id=todo.trial_id)

    assert len(state["passage"]["counts"]["bit_errors"]) == 80
    assert measure(todo, ignore).without_run() == whole(todo).without_run()


def test_a_trial_that_is_over_at_once_writes_nothing(tmp_path: Path) -> None:
    todo = trial(tmp_path, receiver="ls-linear", device="host")

    measure(todo, ignore)

    assert todo.unfinished is not None
    assert not todo.unfinished.exists()


def test_the_time_of_all_sittings_counts(tmp_path: Path) -> None:
    """The clock of the first sitting is put forward; the rule ends the second one."""
    stop = StoppingRule(max_slots=640, block_size=8, max_time_s=1000.0, target_block_errors=None)
    todo = trial(tmp_path, receiver="ls-linear", device="host")
    todo = replace(todo, cell=todo.cell.model_copy(update={"stop": stop}))
    interrupted(todo, at=24)
    state = left_by(todo.unfinished, trial_id=todo.trial_id)
    clock = {**state["clock"], "wall_s": 2000.0}
    assert todo.unfinished is not None
    state_file.write(todo.unfinished, {**state, "clock": clock}, trial_id=todo.trial_id)

    record = measure(todo, ignore)

    assert (record.num_slots, record.stopped_by) == (24, StopReason.TIME)
    assert record.run.wall_s > 2000.0
    assert record.run.started == state["clock"]["started"]


@pytest.mark.parametrize(
    "content",
    [{}, {"passage": {}, "clock": {"started": "", "num_sittings": 1, "wall_s": 0.0}}],
    ids=["nothing", "no passage"],
)
def test_a_state_of_another_form_is_left_aside_with_a_remark(
    content: State, tmp_path: Path
) -> None:
    todo = trial(tmp_path, receiver="mine", device="host")
    assert todo.unfinished is not None
    state_file.write(todo.unfinished, content, trial_id=todo.trial_id)
    seen: list[Progress] = []

    record = measure(todo, seen.append)

    assert record.without_run() == whole(todo).without_run()
    assert record.run.num_sittings == 1
    assert seen[0].remark is not None
    assert "begins anew" in seen[0].remark
    assert seen[1].num_done == 8


def test_a_damaged_file_is_left_aside_with_a_remark(tmp_path: Path) -> None:
    todo = trial(tmp_path, receiver="ls-linear", device="host")
    interrupted(todo, at=24)
    assert todo.unfinished is not None
    content = bytearray(todo.unfinished.read_bytes())
    content[len(content) // 2] ^= 1
    todo.unfinished.write_bytes(content)
    seen: list[Progress] = []

    record = measure(todo, seen.append)

    assert record.without_run() == whole(todo).without_run()
    assert [progress.num_done for progress in seen[1:3]] == [8, 16]
    assert "damaged" in str(seen[0].remark)


def test_a_disk_that_takes_nothing_costs_a_remark_and_no_trial(tmp_path: Path) -> None:
    todo = trial(tmp_path, receiver="ls-linear", device="host")
    (tmp_path / "unfinished").write_text("a file where the folder should be")
    seen: list[Progress] = []

    record = measure(todo, seen.append, save_every_s=0.0)

    assert record.without_run() == whole(todo).without_run()
    assert sum("is not saved" in (progress.remark or "") for progress in seen) == 1


def measure_with_copies(trial: Trial, watch: Watch) -> Record:
    """Measure in a worker that copies each block, and saves when it is told to end."""
    keeping.COPY_EVERY_S = 0.0
    return measure(trial, watch, save_every_s=3600.0)


def test_a_worker_that_is_told_to_end_saves_what_it_runs(tmp_path: Path) -> None:
    stop = StoppingRule(min_slots=4096, max_slots=4096, block_size=16)
    first = trial(tmp_path, receiver="ls-linear", device="host")
    todo = replace(first, cell=first.cell.model_copy(update={"stop": stop}))
    pool = ProcessPool(measure_with_copies, num_workers=2)

    with pytest.raises(InterruptionError):
        list(pool.submit([todo], watch=ending_at(40)))
    state = left_by(todo.unfinished, trial_id=todo.trial_id)
    record = measure(todo, ignore)

    assert 32 <= len(state["passage"]["counts"]["bit_errors"]) < 4096
    assert record.run.num_sittings == 2
    assert record.without_run() == whole(todo).without_run()
