# SPDX-License-Identifier: Apache-2.0
"""What commands that train weights share: their file, their bar, their mistakes and their end."""

import json
import math
from collections.abc import Callable, Generator, Mapping
from contextlib import contextmanager
from pathlib import Path

import typer
from rich.console import Console

from host.cli import output
from host.cli.training_bar import Steps, training_bar
from host.interruption import interruptible
from receivers.weights_archive import SUFFIX


def checked_target(out: Path) -> Path:
    """Return the file, if weights can be written there."""
    if out.suffix != SUFFIX:
        raise typer.BadParameter(f"--out: {out}: weights are files called *{SUFFIX}.")
    output.require_writable(out, option="--out")
    return out


def check_numbers(*, min_snr_db: float, max_snr_db: float, learning_rate: float) -> None:
    """Refuse an SNR range or a rate that no training can use."""
    if not min_snr_db <= max_snr_db or not math.isfinite(max_snr_db - min_snr_db):
        raise typer.BadParameter(
            f"--min-snr is {min_snr_db} and --max-snr is {max_snr_db}; swap or mend them."
        )
    if not 0.0 < learning_rate < 1.0:
        raise typer.BadParameter(
            f"--learning-rate: {learning_rate} is not between 0 and 1; leave it out."
        )


@contextmanager
def going_on_from(checkpoint: Path, console: Console) -> Generator[Callable[[Steps, str], None]]:
    """Show a training; an interruption says where it is kept."""
    try:
        with training_bar(console) as show, interruptible():
            yield show
    except KeyboardInterrupt:
        raise KeyboardInterrupt(
            f"interrupted; the training so far is in {checkpoint}. Run the same command to go on."
        ) from None


def tell(
    target: Path, record: Mapping[str, object], *, console: Console, json_file: str | None
) -> None:
    """Say where the weights are, and how they were trained."""
    console.print(f"weights  {target}", soft_wrap=True)
    training = json.loads(json.dumps(dict(record)))
    output.write_json({"weights": str(target), "training": training}, json_file)
