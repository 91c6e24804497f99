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
[stop]
min_slots = 8
max_slots = 8
block_size = 8
"""

NUM_TRIALS = (3 + 1 + 1) * 2


def write_small(folder: Path, *, text: str = EXPERIMENT) -> Path:
    """Write the experiment with its scenario and weights, and return its file."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "narrow.toml").write_text(SCENARIO)
    save_untrained(folder / "mine.npz", num_rx_ant=1)
    file = folder / "small.toml"
    file.write_text(text)
    return file


def contents(folder: Path) -> list[dict[str, object]]:
    """Return the records of a folder of results, without what may differ from run to run."""
    return [record.without_run() for record in read_records(folder / RECORDS)]
