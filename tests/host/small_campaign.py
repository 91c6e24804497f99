# SPDX-License-Identifier: Apache-2.0
"""The smallest campaign that is real: a fading link into receivers on host, twin and process."""

from pathlib import Path

from host.campaign import RECORDS
from host.journal import read_records
from tests.receivers.untrained import save_untrained

SCENARIO = """
schema = 1
title = "a narrow link"
grid = { num_symbols = 14, num_subcarriers = 12 }
channel = { kind = "rayleigh", slots_per_drop = 1 }
snr = { kind = "ebno_db", values = [0.0, 5.0] }
"""

EXPERIMENT = """
name = "small"
scenarios = ["narrow.toml"]
receivers = ["ls-linear", "perfect-csi", "mine.npz"]
devices = ["host", "twin", "native"]
seeds = [1, 2]
[stop]
min_slots = 72
max_slots = 72
block_size = 64
"""

NUM_TRIALS = (3 + 1 + 1) * 2 * 2


def write_small(folder: Path) -> Path:
    """Write the experiment with its scenario and weights, and return its file."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "narrow.toml").write_text(SCENARIO)
    save_untrained(folder / "mine.npz", num_rx_ant=1)
    file = folder / "small.toml"
    file.write_text(EXPERIMENT)
    return file


def contents(folder: Path) -> list[dict[str, object]]:
    """Return the records of a folder of results, without what may differ from run to run."""
    return [record.without_run() for record in read_records(folder / RECORDS)]
