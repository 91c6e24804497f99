# SPDX-License-Identifier: Apache-2.0
"""A campaign of trials that take milliseconds: error rates come from a hash, not from a link."""

import os
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from unittest import mock

from channels import scenario as scenarios
from host import sources
from host.campaign import Campaign
from host.catalog import Catalog
from host.errors import HostError
from host.executor import Executor, Failure, InProcess, Progress, Watch
from host.experiment import Experiment, Metric, to_toml
from host.pool import ProcessPool
from host.record import Measurement, Provenance, Record, Run
from host.stopping import StopReason
from host.trial import Trial, expand
from tests.receivers.untrained import save_untrained

SCENARIO = """
schema = 1
title = "no air at all"
channel = { kind = "awgn" }
snr = { kind = "ebno_db", values = [0.0, 3.0] }
"""


def catalog(folder: Path) -> Catalog:
    """Return a catalog with a network whose weights stand in the folder."""
    weights = folder / "net.npz"
    if not weights.exists():
        save_untrained(weights, num_rx_ant=1)
    return Catalog(
        receivers=("ls", "net"), networks={"net": weights}, boards={"emulated": "b" * 64}
    )


def experiment(num_seeds: int) -> Experiment:
    return Experiment(
        name="fake",
        scenarios=("quiet.toml",),
        receivers=("ls", "net"),
        devices=("host", "emulated"),
        seeds=tuple(range(num_seeds)),
    )


def trials(folder: Path, *, num_seeds: int) -> tuple[Trial, ...]:
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "quiet.toml").write_text(SCENARIO)
    assert scenarios.load(folder / "quiet.toml").name == "quiet"
    with mock.patch.object(sources, "version", return_value="c" * 64):
        return expand(experiment(num_seeds), file=folder / "fake.toml", catalog=catalog(folder))


def count_nothing(trial: Trial, watch: Watch) -> Record:
    """Make a record that depends on the trial alone, slowly enough to be interrupted on the way."""
    started = time.time()
    for num_slots in (1, 2, 3):
        watch(Progress(trial_id=trial.trial_id, num_done=num_slots, num_in_all=3))
        time.sleep(0.002)
    errors = int(trial.trial_id[:4], 16)
    ber = Measurement(value=errors / 2**16, unit="1", n=2**16, errors=errors, method="hash")
    return Record(
        trial_id=trial.trial_id,
        cell=trial.cell,
        num_slots=3,
        stopped_by=StopReason.SLOTS,
        metrics={Metric.BER: ber},
        cost=None,
        hardware=None,
        provenance=_provenance(trial),
        run=Run(started=str(started), wall_s=time.time() - started, host="", worker=os.getpid()),
    )


def fail_on_net(trial: Trial, watch: Watch) -> Record:
    if trial.cell.receiver == "net":
        raise HostError("the net has a hole")
    return count_nothing(trial, watch)


def die_on_net(trial: Trial, watch: Watch) -> Record:
    if trial.cell.receiver == "net":
        os.kill(os.getpid(), 9)
    return count_nothing(trial, watch)


def dawdle(trial: Trial, watch: Watch) -> Record:
    watch(Progress(trial_id=trial.trial_id, num_done=1, num_in_all=3))
    time.sleep(60)
    return count_nothing(trial, watch)


def _provenance(trial: Trial) -> Provenance:
    return Provenance(
        experiment=trial.experiment,
        experiment_hash=trial.experiment_hash,
        scenario_hash=trial.scenario_hash,
        code_version=trial.code_version,
        weights_hash=trial.weights_hash,
        versions={},
        merkle_root=trial.trial_id,
        num_blocks=1,
    )


class Silent:
    """An observer that remembers what it saw and shows nothing."""

    def __init__(self) -> None:
        self.num_done_before = 0
        self.seen: list[Progress | Record | Failure] = []

    def planned(self, trials: Sequence[Trial], *, done: Mapping[str, Record]) -> None:
        self.num_done_before = len(done)

    def progressed(self, progress: Progress) -> None:
        self.seen.append(progress)

    def recorded(self, record: Record) -> None:
        self.seen.append(record)

    def failed(self, failure: Failure) -> None:
        self.seen.append(failure)


def made(folder: Path, *, num_seeds: int) -> Campaign[Trial, Record]:
    return Campaign(
        trials=trials(folder, num_seeds=num_seeds),
        folder=folder / "results",
        experiment=to_toml(experiment(num_seeds)),
        kind=Record,
    )


def main(folder: Path, *, num_workers: int, num_seeds: int) -> None:
    executor: Executor[Trial, Record] = (
        ProcessPool(count_nothing, num_workers=num_workers)
        if num_workers > 1
        else InProcess(count_nothing)
    )
    made(folder, num_seeds=num_seeds).run(executor, observer=Silent())
