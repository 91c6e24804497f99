# SPDX-License-Identifier: Apache-2.0
"""What is known of a trial in flight: its finished blocks, kept in a file until it is recorded."""

import json
from dataclasses import dataclass, field
from pathlib import Path

from pydantic import ValidationError

from host.detection.record import BlockResult
from host.experiment_table import ExperimentTable
from host.journal import replace_file


@dataclass(slots=True, kw_only=True)
class Sitting:
    """The blocks that are done, in order, and what they took [CPU s]."""

    num_parameters: int = 0
    learning_cpu_s: float = 0.0
    detection_cpu_s: float = 0.0
    blocks: list[BlockResult] = field(default_factory=list[BlockResult])


class _Kept(ExperimentTable):
    trial_id: str
    num_parameters: int
    learning_cpu_s: float
    detection_cpu_s: float
    blocks: tuple[BlockResult, ...]


def write(path: Path | None, sitting: Sitting, *, trial_id: str) -> None:
    """Keep what is known; the file is the old one or the whole new one. Nothing without a path."""
    if path is None:
        return
    kept = _Kept(
        trial_id=trial_id,
        num_parameters=sitting.num_parameters,
        learning_cpu_s=sitting.learning_cpu_s,
        detection_cpu_s=sitting.detection_cpu_s,
        blocks=tuple(sitting.blocks),
    )
    replace_file(path, kept.model_dump_json().encode())


def read(path: Path | None, *, trial_id: str) -> Sitting:
    """Return what is known; nothing yet where no file is, or one that is damaged."""
    if path is None or not path.is_file():
        return Sitting()
    try:
        kept = _Kept.model_validate(json.loads(path.read_bytes()))
    except (ValidationError, ValueError):
        return Sitting()
    if kept.trial_id != trial_id:
        return Sitting()
    return Sitting(
        num_parameters=kept.num_parameters,
        learning_cpu_s=kept.learning_cpu_s,
        detection_cpu_s=kept.detection_cpu_s,
        blocks=list(kept.blocks),
    )
