# SPDX-License-Identifier: Apache-2.0
"""A small data set of sound, in the files of the Free Spoken Digit Dataset: tones that move."""

from pathlib import Path

import numpy as np
from scipy.io import wavfile

RATE_HZ = 8000
SPEAKERS = ("ann", "bob")
EXPERIMENT = """
kind = "spiking"
name = "tones"
title = "Tones that rise and fall"
seeds = [1, 2]
train_dt_ms = [8.0]
run_dt_ms = [4.0, 8.0]
methods = ["integral", "tau"]

[data]
set = "fsdd"
path = "spoken"

[training]
hidden = [8]
num_epochs = 3
batch_size = 8
"""


def write_spoken(folder: Path, *, num_each: int = 8) -> Path:
    """Write recordings of two digits by two speakers; return the folder."""
    folder.mkdir(parents=True, exist_ok=True)
    for digit in (0, 1):
        for i_speaker, speaker in enumerate(SPEAKERS):
            for index in range(num_each):
                sound = _tone(rises=digit == 0, seed=100 * i_speaker + index)
                wavfile.write(folder / f"{digit}_{speaker}_{index}.wav", RATE_HZ, sound)
    return folder


def write_experiment(folder: Path, text: str = EXPERIMENT) -> Path:
    """Write the data and an experiment beside them; return the experiment's path."""
    write_spoken(folder / "spoken")
    path = folder / "tones.toml"
    path.write_text(text)
    return path


def _tone(*, rises: bool, seed: int) -> np.ndarray:
    rng = np.random.default_rng(seed)
    ends_hz = rng.uniform(300.0, 500.0), rng.uniform(1500.0, 2500.0)
    first, last = ends_hz if rises else ends_hz[::-1]
    frequency_hz = np.linspace(first, last, RATE_HZ // 5)
    phase = 2 * np.pi * np.cumsum(frequency_hz) / RATE_HZ
    return (20_000 * np.sin(phase)).astype(np.int16)
