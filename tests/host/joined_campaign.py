# SPDX-License-Identifier: Apache-2.0
"""A small campaign of detectors of several users, on every kind of device, two of which learn."""

from dataclasses import replace
from pathlib import Path

from host.catalog import installed_catalog
from host.experiment import Experiment
from host.trial import Trial, expand

SCENARIO = """
schema = 1
title = "two users whose learning pilots overlap"
grid = { num_symbols = 14, num_subcarriers = 16 }
antennas = { num_rx_ant = 4, num_tx = 2 }
channel = { kind = "rayleigh", slots_per_drop = 1 }
snr = { kind = "snr_db", values = [8.0] }
impairments = { tx_iq_gain_db = 4.0, tx_iq_phase_rad = 0.4 }  # what a detector can learn

[link]
num_bits_per_symbol = 2

[link.dmrs]
kind = "additional"
symbols = [2, 11]
num_learning = 32
sharing = "cover-code"
learning_sharing = "overlapping"
"""

EXPERIMENT = """
name = "users"
scenarios = ["users.toml"]
receivers = [
    "ls-linear+gnn-sic", "ls-linear+lmmse", "ls-linear+lora-unfolded", "ls-linear+k-best",
]
devices = ["host", "twin", "native"]
metrics = ["ber"]
coded = false
[learners.keen]
receiver = "ls-linear+gnn-sic"
minibatch_slots = 8
num_steps = 4
[learners.channel]
receiver = "ls-linear+lora-unfolded"
trained = "channel-factors"
learning_rate = 0.01
minibatch_slots = 8
num_steps = 4
[stop]
min_slots = 96
max_slots = 96
block_size = 16
"""

ON_DEVICES = ("ls-linear+gnn-sic", "ls-linear+lmmse", "ls-linear+lora-unfolded")
LEARNERS = ("keen", "channel")


def trials(folder: Path, *, text: str = EXPERIMENT, scenario: str = SCENARIO) -> tuple[Trial, ...]:
    """Return the trials of an experiment, each with a file to keep its state in."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "users.toml").write_text(scenario)
    file = folder / "users-experiment.toml"
    file.write_text(text)
    expanded = expand(Experiment.load(file), file=file, catalog=installed_catalog())
    return tuple(replace(t, unfinished=folder / "unfinished" / t.trial_id) for t in expanded)
