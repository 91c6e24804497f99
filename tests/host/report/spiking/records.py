# SPDX-License-Identifier: Apache-2.0
"""Records of spiking networks, made by hand."""

from host.record import Band
from host.spiking.record import (
    Accuracy,
    Deployed,
    OnBoard,
    SpikingCell,
    SpikingProvenance,
    SpikingRecord,
    SpikingRun,
)
from snn.adaptation.methods import Method
from snn.integer.network import WeightBits


def record(
    *,
    seed: int = 1,
    held_out: str = "",
    right: tuple[int, int, int] = (90, 80, 40),
    deployed: tuple[Deployed, ...] = (),
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
        deployed=deployed,
        provenance=SpikingProvenance(
            experiment="made", code_version="c" * 64, data_hash="d" * 64, versions={}
        ),
        run=SpikingRun(
            started="", git_commit=None, training_cpu_s=70.0, wall_s=80.0, host="", worker=1
        ),
    )


def in_integers(
    *, bits: WeightBits = 8, right: tuple[int, int] = (89, 78), modelled: bool = True
) -> tuple[Deployed, ...]:
    """Return what integers told right at 4 ms and, by the integral, at 1 ms, on twin and board."""
    places = ((4000, Method.NONE), (1000, Method.INTEGRAL))
    return tuple(
        Deployed(
            dt_us=dt_us,
            method=method,
            num_right=num_right,
            num_recordings=100,
            low=num_right / 100 - 0.05,
            high=num_right / 100 + 0.05,
            synops_per_recording=350_000.0,
            weight_bits=bits,
            num_unlike_float=2,
            saturations=0,
            image_bytes=4096 * bits,
            image_hash="e" * 64,
            boards=(_on_board(4000 / dt_us, modelled=modelled),),
        )
        for (dt_us, method), num_right in zip(places, right, strict=True)
    )


def _on_board(times: float, *, modelled: bool) -> OnBoard:
    instructions = 1.6e6 * times
    energy_j = instructions * 1e-10
    energy = Band(
        value=energy_j, low=energy_j / 2, high=energy_j * 2, unit="J", method="modelled:chip"
    )
    return OnBoard(
        board="m4",
        stands_for="chip",
        firmware_hash="f" * 16,
        num_recordings=20,
        num_unequal=0,
        synops=320_000.0,
        instructions=instructions,
        latency=None,
        energy=energy if modelled else None,
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
