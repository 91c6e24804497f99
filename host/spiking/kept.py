# SPDX-License-Identifier: Apache-2.0
"""What trials leave beside their records, and where."""

from pathlib import Path

from host.spiking.record import SpikingCell
from snn.network_file import SUFFIX


def network(folder: Path, cell: SpikingCell, trial_id: str) -> Path:
    """Return the file of a trial's network, in the folder of the results."""
    return folder / "networks" / f"{_stem(cell, trial_id)}{SUFFIX}"


def example(folder: Path, cell: SpikingCell, trial_id: str) -> Path:
    """Return the file of a recording as the trial's network sees it."""
    return folder / "examples" / f"{_stem(cell, trial_id)}.npz"


def _stem(cell: SpikingCell, trial_id: str) -> str:
    parts = [cell.network.replace(" ", "-"), f"{cell.train_dt_us / 1000:g}ms"]
    parts += [cell.held_out] if cell.held_out else []
    return "-".join([*parts, f"seed{cell.seed}", trial_id[:8]])
