# SPDX-License-Identifier: Apache-2.0
"""Runs one trial of a spiking experiment: trains its network, and runs it at every time step."""

import hashlib
import os
import platform
import time
from datetime import UTC, datetime
from pathlib import Path

import torch
from pydantic import JsonValue

from host import provenance
from host.errors import HostError
from host.executor import Progress, Watch
from host.spiking import example, kept, recordings
from host.spiking.accuracy import matrix
from host.spiking.devices import Recordings, deployed
from host.spiking.record import Deployed, SpikingProvenance, SpikingRecord, SpikingRun
from host.spiking.trial import SpikingTrial, code_version
from snn import network_file
from snn.events.event_set import EventSet
from snn.network import SpikingNetwork
from snn.training import training


def measure(trial: SpikingTrial, watch: Watch) -> SpikingRecord:
    """Run one trial; this is the `Work` of the executors.

    The trained network is kept beside the records, and a recording as it sees it.

    Raises
    ------
    HostError
        The recordings have changed since the trial was named, or there are none to judge by; a
        board is not there, or breaks off.
    SpikingError
        The network cannot be trained, or one to deploy has no counterpart at a time step.
    BoardError
        A board is too small.
    """
    torch.set_num_threads(1)
    started, wall_s = datetime.now(UTC), time.monotonic()
    train, test = _recordings(trial)
    checkpoint = _checkpoint(trial)
    seen: list[training.Progress] = []
    cpu_s = time.process_time()

    def tell(progress: training.Progress) -> None:
        seen.append(progress)
        watch(_progress(trial, progress))

    network = training.train(train, trial.training, checkpoint=checkpoint, on_progress=tell)
    cpu_s = time.process_time() - cpu_s
    _keep(trial, network, test)
    found, refused = matrix(network, test, run_dt_us=trial.run_dt_us, methods=trial.methods)
    return SpikingRecord(
        trial_id=trial.trial_id,
        cell=trial.cell,
        num_parameters=sum(p.numel() for p in network.parameters()),
        num_training_recordings=len(train),
        loss=round(seen[-1].loss, 5),
        network_sha256=_hash(network),
        accuracies=found,
        refused=refused,
        deployed=_deployed(trial, network, Recordings(train=train, test=test), watch),
        provenance=_provenance(trial),
        run=SpikingRun(
            started=started.isoformat(timespec="seconds"),
            git_commit=provenance.git_commit(),
            training_cpu_s=round(cpu_s, 1) if seen[0].step == 1 else None,
            wall_s=round(time.monotonic() - wall_s, 3),
            host=platform.node(),
            worker=os.getpid(),
        ),
    )


def _deployed(
    trial: SpikingTrial, network: SpikingNetwork, recordings: Recordings, watch: Watch
) -> tuple[Deployed, ...]:
    """Return what devices make of the network; nothing if none are asked for."""
    if trial.deployment is None:
        return ()
    return deployed(
        network,
        recordings,
        trial.deployment,
        run_dt_us=trial.run_dt_us,
        ports=trial.ports,
        on_start=lambda where: watch(_elsewhere(trial, where)),
    )


def _elsewhere(trial: SpikingTrial, where: str) -> Progress:
    return Progress(trial_id=trial.trial_id, num_done=1, num_in_all=1, standing=where)


def _recordings(trial: SpikingTrial) -> tuple[EventSet, EventSet]:
    """Return what to train with and to test with, if it is what the trial was named by."""
    found = recordings.load(trial.data, trial.data_path, cache=trial.cache)
    if recordings.digest(*found) != trial.data_hash:
        raise HostError(
            f"{trial.data_path}: the recordings have changed since the run began. Run the same "
            "command again"
        )
    train, test = recordings.divided(*found, held_out=trial.cell.held_out)
    if len(test) == 0:
        raise HostError(
            f"{trial.data_path}: split {trial.data.test!r} has no recordings to judge networks by. "
            "Name another one: data.test"
        )
    return train, test


def _checkpoint(trial: SpikingTrial) -> Path:
    """Return where the training is kept: below the folder of the results."""
    if trial.unfinished is None:
        raise HostError(f"trial {trial.trial_id} has no folder to keep its training in")
    return trial.unfinished


def _progress(trial: SpikingTrial, progress: training.Progress) -> Progress:
    return Progress(
        trial_id=trial.trial_id,
        num_done=progress.step,
        num_in_all=progress.num_steps,
        standing=f"loss {progress.loss:.3f}",
    )


def _provenance(trial: SpikingTrial) -> SpikingProvenance:
    return SpikingProvenance(
        experiment=trial.experiment,
        code_version=code_version(trial.deployment),
        data_hash=trial.data_hash,
        versions=dict(provenance.versions()),
    )


def _hash(network: SpikingNetwork) -> str:
    hashed = hashlib.sha256()
    for name, value in sorted(network.state_dict().items()):
        hashed.update(name.encode() + value.detach().numpy().tobytes())
    return hashed.hexdigest()


def _keep(trial: SpikingTrial, network: SpikingNetwork, test: EventSet) -> None:
    """Keep the network beside the records, and what it makes of the first recording."""
    cell, folder = trial.cell, _checkpoint(trial).parent.parent
    about: dict[str, JsonValue] = {"trial_id": trial.trial_id, **cell.model_dump(mode="json")}
    seen = example.example(network, test, i_recording=0, run_dt_us=trial.run_dt_us)
    example.save(kept.example(folder, cell, trial.trial_id), seen)
    network_file.save(kept.network(folder, cell, trial.trial_id), network, record=about)
