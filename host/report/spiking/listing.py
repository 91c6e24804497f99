# SPDX-License-Identifier: Apache-2.0
"""The accuracies of an experiment with spiking networks as JSON."""

from collections.abc import Sequence

from pydantic import JsonValue

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
