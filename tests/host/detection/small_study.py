# SPDX-License-Identifier: Apache-2.0
"""A study of milliseconds, and records written by hand."""

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from host.detection.conditions import SyntheticDecaySource
from host.detection.experiment import DetectionExperiment
from host.detection.figures import figures, gap, of_data, of_pilots
from host.detection.record import (
    BlockResult,
    Counted,
    DetectionCell,
    DetectionProvenance,
    DetectionRecord,
    DetectionRun,
)
from host.detection.trial import DetectionTrial, expand
from sim.modulation import Modulation

EXPERIMENT = """
kind = "detection"
name = "small"
title = "A small study"
detectors = ["lmmse", "fitted-lmmse", "deep-sic"]
modulation = "bpsk"
num_tx = [2]
snr_db = [0.0, 4.0]
num_pilots = [8, 20]
num_iterations = [1, 2]
num_data = 40
num_blocks = 3
period = 30

[source]
kind = "synthetic-decay"
"""
FILE = Path("small.toml")
CELL: dict[str, Any] = {
    "source": SyntheticDecaySource(kind="synthetic-decay"),
    "modulation": Modulation.BPSK,
    "num_rx_ant": 2,
    "num_tx": 2,
    "snr_db": 6.0,
    "csi_error_variance": 0.0,
    "num_iterations": None,
    "pilot_part": 20,
    "num_data": 500,
    "seed": 1,
}


def read(text: str = EXPERIMENT) -> DetectionExperiment:
    """Read an experiment."""
    return DetectionExperiment.parse(text, file=str(FILE))


def trials(text: str = EXPERIMENT, *, detector: str = "") -> tuple[DetectionTrial, ...]:
    """Return the trials of an experiment, of one detector if it is named."""
    found = expand(read(text), file=FILE)
    return tuple(trial for trial in found if detector in {"", trial.cell.detector})


def changed(trial: DetectionTrial, **cell: Any) -> DetectionTrial:
    """Return the trial with another cell."""
    return replace(trial, cell=trial.cell.model_copy(update=cell))


def block(
    index: int, errors: int, *, lost: float = 0.0, pilots: Counted | None = None
) -> BlockResult:
    """Return a block of 1000 symbols and as many bits, of a cluster of its own."""
    return BlockResult(
        block=index, cluster=f"block {index}", data=counted(errors, lost=lost), pilots=pilots
    )


def counted(errors: int, *, lost: float = 0.0, num_symbols: int = 1000) -> Counted:
    """Return counts of symbols of one bit."""
    return Counted(
        num_symbols=num_symbols,
        symbol_errors=errors,
        num_bits=num_symbols,
        bit_errors=errors,
        lost=lost,
    )


def record(detector: str, blocks: Sequence[BlockResult], **cell: Any) -> DetectionRecord:
    """Return the record of blocks; keys of the cell may be given."""
    data = figures(blocks, of_data)
    assert data is not None
    pilots, indices = figures(blocks, of_pilots), tuple(one.block for one in blocks)
    number = 20 if pilots else None
    known: dict[str, Any] = {"detector": detector, "num_pilots": number, "blocks": indices}
    given: dict[str, Any] = {**CELL, **known, **cell}
    return DetectionRecord(
        trial_id="a" * 64,
        cell=DetectionCell(**given),
        num_parameters=0,
        data=data,
        pilots=pilots,
        gap=gap(blocks),
        blocks=tuple(blocks),
        provenance=DetectionProvenance(
            experiment="small",
            anchor="map",
            code_version="c" * 64,
            scenario_hash=None,
            versions={},
        ),
        run=DetectionRun(
            started="2026-01-01T00:00:00+00:00",
            git_commit=None,
            learning_cpu_s=1.0,
            detection_cpu_s=0.5,
            wall_s=2.0,
            host="here",
            worker=1,
        ),
    )
