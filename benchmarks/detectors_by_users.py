# SPDX-License-Identifier: Apache-2.0
"""Detectors over the number of users: what ships, beside those of one number alone."""

import tempfile
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from benchmarks.detector_figures import NUM_RX_ANT, Size, error_rate, known, rate
from host.report.tables import Row, Table
from receivers.mimo import catalog
from receivers.mimo.deep.beforehand import BeforehandSettings, train_beforehand
from receivers.mimo.deep.network import Deep
from receivers.mimo.deep.weights import load
from receivers.mimo.deep.weights_file import shipped
from receivers.mimo.detector import Detector
from sim.mimo.mixture import SNR_RANGES_DB, MixtureSettings
from sim.mimo.problem import Block
from sim.modulation import Modulation

UNFOLDED = ("lora-unfolded", "filtered-unfolded")
_OWN, _SHIPS = "of that number alone", "as it ships, of 4"
USERS_DB: Mapping[int, tuple[float, ...]] = {
    2: (0.0, 2.0, 4.0),
    4: (2.0, 4.0),
    6: (3.0, 5.0),
    8: (4.0, 6.0, 8.0),
}
_TIMES_ELEMENTS = 3  # of a figure, for rates are divided by each other


def by_users(size: Size) -> Table:
    """Tabulate detectors over the number of users, beside those trained for that number alone."""
    size = replace(size, num_elements=_TIMES_ELEMENTS * size.num_elements)
    alone = {num_tx: _gnn_sic_for(num_tx, size) for num_tx in USERS_DB}
    rows = [row for num_tx in USERS_DB for row in _rows_of(num_tx, alone, size)]
    return Table(
        caption=f"Symbol error rates of QPSK on {NUM_RX_ANT} antennas by the number of users",
        head=(
            "users",
            "`gnn-sic` of that number alone",
            "of 4 alone",
            "as it ships, of 2 to 8",
            *(column for kind in UNFOLDED for column in (f"`{kind}` {_OWN}", _SHIPS, "ratio")),
            "`lmmse`",
        ),
        rows=tuple(rows),
        note="Correlated by up to 0.7 (antennas) and 0.3 (users), channel known, "
        f"{size.num_elements} symbols of each user a figure. `gnn-sic` alone had {size.num_steps} "
        "steps, and 5000 as it ships. The others had the same training in both, but as they ship "
        "of 4 users on 4 to 8 antennas, and of that number alone on 8.",
    )


def _gnn_sic_for(num_tx: int, size: Size) -> Deep:
    low, high = SNR_RANGES_DB[Modulation.QPSK]
    mixture = MixtureSettings(
        modulation=Modulation.QPSK,
        min_num_tx=num_tx,
        max_num_tx=num_tx,
        min_snr_db=low,
        max_snr_db=high,
        num_elements=1024 // num_tx,
    )
    return _trained(BeforehandSettings(kind="gnn-sic", mixture=mixture, num_steps=size.num_steps))


def _unfolded_for(kind: str, num_tx: int, size: Size) -> Deep:
    """Return what ships, but for another number of users, and for eight antennas alone."""
    weights = load(shipped(kind)[Modulation.QPSK])
    ranges, num_steps = weights.record["mixture"], weights.record["num_steps"]
    assert isinstance(ranges, dict)
    assert isinstance(num_steps, int)
    own = {"min_num_tx": num_tx, "max_num_tx": num_tx, "min_num_rx_ant": None}
    mixture: dict[str, Any] = {**ranges, **own, "modulation": Modulation.QPSK}
    settings = BeforehandSettings(
        kind=kind,
        mixture=MixtureSettings(**mixture),
        num_steps=min(num_steps, size.num_steps),
    )
    return _trained(settings)


def _trained(settings: BeforehandSettings) -> Deep:
    with tempfile.TemporaryDirectory() as folder:
        weights = train_beforehand(
            settings, checkpoint=Path(folder) / "checkpoint", on_progress=lambda told: None
        )
    return Deep(weights.network)


def _rows_of(num_tx: int, alone: Mapping[int, Deep], size: Size) -> Iterator[Row]:
    passing: Sequence[Detector] = (alone[num_tx], alone[4], catalog.build("gnn-sic"))
    unfolded = {kind: _unfolded_for(kind, num_tx, size) for kind in UNFOLDED}
    for snr_db in USERS_DB[num_tx]:
        block = known(Modulation.QPSK, num_tx, snr_db, size, spread=1.0)
        rates = [rate(error_rate(detector, block)) for detector in passing]
        for kind, detector in unfolded.items():
            rates += _compared(detector, catalog.build(kind), block)
        rates.append(rate(error_rate(catalog.build("lmmse"), block)))
        yield (f"{num_tx}, {snr_db:g} dB", *rates)


def _compared(own: Detector, taken: Detector, block: Block) -> list[str]:
    """Return the rates of weights of this number of users, and of others, and the ratio."""
    first, second = error_rate(own, block), error_rate(taken, block)
    return [rate(first), rate(second), f"{second / first:.2f}" if first else "–"]
