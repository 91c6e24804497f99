# SPDX-License-Identifier: Apache-2.0
"""A small campaign with receivers that learn, and trials that are interrupted on the way."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

from host.catalog import installed_catalog
from host.executor import Progress
from host.experiment import Experiment
from host.measurement import measure
from host.record import Record
from host.trial import Trial, expand
from tests.receivers.untrained import save_untrained

SCENARIO = """
schema = 1
title = "a narrow link with pilots that teach"
grid = { num_symbols = 14, num_subcarriers = 12 }
channel = { kind = "rayleigh", slots_per_drop = 1 }
link = { dmrs = { kind = "random", num_pilots = 36, slots_per_draw = 16, seed = 1 } }
snr = { kind = "snr_db", values = [5.0] }
"""

EXPERIMENT = """
name = "learning"
scenarios = ["narrow.toml"]
receivers = ["ls-linear", "perfect-csi", "mine.npz"]
devices = ["host", "twin", "native"]
coded = false
[learners.keen]
network = "mine.npz"
gate = "open"
validate_every = 2
validation = false
minibatch_slots = 8
[learners.head]
network = "mine.npz"
design = "on-device"
minibatch_slots = 24
[learners.genie]
network = "mine.npz"
labels = "truth"
gate = "open"
validate_every = 2
[probe]
scenarios = ["narrow.toml"]
every_slots = 32
num_slots = 8
[stop]
min_slots = 96
max_slots = 96
block_size = 16
"""

NUM_BLOCKS = 6


class InterruptionError(Exception):
    """What ends a trial early in these tests."""


def write_learning(folder: Path, *, text: str = EXPERIMENT) -> Path:
    """Write the experiment with its scenario and weights, and return its file."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "narrow.toml").write_text(SCENARIO)
    save_untrained(folder / "mine.npz", num_rx_ant=1)
    file = folder / "learning.toml"
    file.write_text(text)
    return file


def trials(folder: Path, *, text: str = EXPERIMENT) -> tuple[Trial, ...]:
    """Return the trials of the experiment, each with a file to keep its state in."""
    file = write_learning(folder, text=text)
    expanded = expand(Experiment.load(file), file=file, catalog=installed_catalog())
    return tuple(replace(t, unfinished=folder / "unfinished" / t.trial_id) for t in expanded)


def trial(folder: Path, *, receiver: str, device: str) -> Trial:
    """Return one of the trials."""
    return next(t for t in trials(folder) if (t.cell.receiver, t.cell.device) == (receiver, device))


def ignore(_progress: Progress) -> None:
    """Watch nothing."""


def ending_at(num_slots: int) -> Callable[[Progress], None]:
    """Return a watch that ends the trial behind so many slots, in the middle of a block."""

    def watch(progress: Progress) -> None:
        if progress.num_done == num_slots and progress.remark is None:
            raise InterruptionError

    return watch


def interrupted(trial: Trial, *, at: int, save_every_s: float = 0.0) -> None:
    """Run a trial until it is ended from outside."""
    try:
        measure(trial, ending_at(at), save_every_s=save_every_s)
    except InterruptionError:
        return
    raise AssertionError(f"{trial.cell.receiver} was not interrupted at slot {at}")


def whole(trial: Trial) -> Record:
    """Run a trial in one sitting."""
    return measure(replace(trial, unfinished=None), ignore)
