# SPDX-License-Identifier: Apache-2.0
"""The figures of an experiment with spiking networks as JSON."""

from collections.abc import Sequence
from statistics import fmean

from pydantic import JsonValue

from host.record import Band
from host.report.spiking.deployed import InIntegers, boards, in_integers
from host.report.spiking.matrix import Shares, Trained, trained
from host.spiking.record import SpikingRecord
from snn.adaptation.methods import Method


def listed(records: Sequence[SpikingRecord]) -> JsonValue:
    """Return every place of the matrix: network, time steps [us], method, mean share and ends."""
    return [
        _place(kind, dt_us, method, shares)
        for kind in trained(records)
        for dt_us in kind.run_dt_us
        for method in kind.methods or (Method.NONE,)
        if (shares := kind.at(dt_us, method)) is not None
    ]


def _place(kind: Trained, dt_us: int, method: Method, shares: Shares) -> JsonValue:
    return {
        "network": kind.network,
        "train_dt_us": kind.train_dt_us,
        "run_dt_us": dt_us,
        "method": str(method),
        "mean": shares.mean,
        "low": shares.ends[0],
        "high": shares.ends[1],
        "num_networks": len(shares.found),
        "synops_per_recording": shares.synops,
    }


def listed_deployed(records: Sequence[SpikingRecord]) -> JsonValue:
    """Return what networks did in integers, by kind, time step, bits of weights, and board."""
    return [_deployed(kind, place) for kind in trained(records) for place in in_integers(kind)]


def _deployed(kind: Trained, place: InIntegers) -> JsonValue:
    return {
        "network": kind.network,
        "train_dt_us": kind.train_dt_us,
        "run_dt_us": place.dt_us,
        "weight_bits": place.weight_bits,
        "mean": place.mean,
        "low": place.ends[0],
        "high": place.ends[1],
        "num_networks": len(place.found),
        "mean_loss": fmean(place.losses) if place.losses else None,
        "max_loss": max(place.losses, default=None),
        "boards": {
            name: {
                "num_recordings": told.num_recordings,
                "num_unequal": told.num_unequal,
                "instructions": told.instructions,
                "instructions_per_synop": told.instructions_per_synop,
                "latency": _band(told.latency),
                "energy": _band(told.energy),
            }
            for name in boards(kind)
            if (told := place.on(name)) is not None
        },
    }


def _band(band: Band | None) -> JsonValue:
    if band is None:
        return None
    content: dict[str, JsonValue] = band.model_dump(mode="json")
    return content
