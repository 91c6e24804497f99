# SPDX-License-Identifier: Apache-2.0
"""Records of spiking networks, made by hand."""

from host.spiking.record import (
    Accuracy,
    SpikingCell,
    SpikingProvenance,
    SpikingRecord,
    SpikingRun,
)
from snn.adaptation.methods import Method


def record(
    *, seed: int = 1, held_out: str = "", right: tuple[int, int, int] = (90, 80, 40)
) -> SpikingRecord:
    """Return a record: right at its own 4 ms, at 1 ms by the integral, and there by time constants.

    Out of 100 recordings each.
    """
    own, integral, tau = right
    return SpikingRecord(
        trial_id=f"{seed:064d}",
        cell=SpikingCell(
            data="fsdd",
            held_out=held_out,
            neuron="adlif",
            is_recurrent=False,
            train_dt_us=4000,
            seed=seed,
        ),
        num_parameters=1234,
        num_training_recordings=500,
        loss=0.5,
        network_sha256="0" * 64,
        accuracies=(
            _accuracy(4000, Method.NONE, own),
            _accuracy(1000, Method.INTEGRAL, integral),
            _accuracy(1000, Method.TAU, tau),
        ),
        provenance=SpikingProvenance(
            experiment="made", code_version="c" * 64, data_hash="d" * 64, versions={}
        ),
        run=SpikingRun(
            started="", git_commit=None, training_cpu_s=70.0, wall_s=80.0, host="", worker=1
        ),
    )


def _accuracy(dt_us: int, method: Method, num_right: int) -> Accuracy:
    return Accuracy(
        dt_us=dt_us,
        method=method,
        num_right=num_right,
        num_recordings=100,
        low=num_right / 100 - 0.05,
        high=num_right / 100 + 0.05,
        events_per_recording=1600.0,
        spikes_per_recording=(1200.0, 600.0),
        synops_per_recording=350_000.0,
    )
