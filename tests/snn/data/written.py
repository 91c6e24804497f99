# SPDX-License-Identifier: Apache-2.0
"""Small data sets written in the formats that are published, from their descriptions alone."""

import struct
from collections.abc import Mapping, Sequence
from pathlib import Path

import h5py
import numpy as np
from scipy.io import wavfile


def write_heidelberg(
    file: Path,
    recordings: Sequence[tuple[Sequence[float], Sequence[int]]],
    labels: Sequence[int],
    *,
    keys: Sequence[str] = ("zero", "one"),
    speakers: Sequence[int] | None = None,
) -> None:
    """Write HDF5 as SHD has it: times [s] as float16, units, labels, extra."""
    file.parent.mkdir(parents=True, exist_ok=True)
    with h5py.File(file, "w") as stored:
        for name, kind, column in (("times", "float16", 0), ("units", "uint16", 1)):
            rows = stored.create_dataset(
                f"spikes/{name}", (len(recordings),), h5py.vlen_dtype(np.dtype(kind))
            )
            for i, one in enumerate(recordings):
                rows[i] = np.array(one[column], dtype=kind)
        stored["labels"] = np.array(labels, dtype=np.uint16)
        stored["extra/keys"] = np.array([key.encode() for key in keys])
        if speakers is not None:
            stored["extra/speaker"] = np.array(speakers, dtype=np.uint16)


def five_bytes(x: int, y: int, *, polarity: int, time_us: int) -> bytes:
    """Return an event of N-MNIST."""
    return bytes([x, y]) + (polarity << 23 | time_us).to_bytes(3, "big")


def aedat(
    packets: Sequence[Sequence[tuple[int, int, int, int]]], *, overflow: int = 0, kind: int = 1
) -> bytes:
    """Return AEDAT 3.1 with packets of (time, x, y, polarity), all of them valid."""
    content = b"#!AER-DAT3.1\r\n#Format: RAW\r\n#Source 1: DVS128\r\n#!END-HEADER\r\n"
    for events in packets:
        number = len(events)
        content += struct.pack("<hhiiiiii", kind, 1, 8, 4, overflow, number, number, number)
        for time_us, x, y, polarity in events:
            content += struct.pack("<II", x << 17 | y << 2 | polarity << 1 | 1, time_us)
    return content


def write_gestures(folder: Path, trials: Mapping[str, bytes], labels: Mapping[str, str]) -> None:
    """Write trials and their labels; `user1*` train, the others test."""
    folder.mkdir(parents=True, exist_ok=True)
    for name, content in trials.items():
        (folder / f"{name}.aedat").write_bytes(content)
        text = f"class,startTime_usec,endTime_usec\n{labels[name]}\n"
        (folder / f"{name}_labels.csv").write_text(text)
    for split, begins in (("train", True), ("test", False)):
        names = [f"{n}.aedat\n" for n in trials if n.startswith("user1") is begins]
        (folder / f"trials_to_{split}.txt").write_text("".join(names) + "\n")


def tone(*, frequency_hz: float = 500.0, rate_hz: int = 8000, seconds: float = 0.1) -> np.ndarray:
    """Return a tone in 16 bits."""
    phase = 2 * np.pi * frequency_hz * np.arange(int(rate_hz * seconds)) / rate_hz
    return (12_000 * np.sin(phase)).astype(np.int16)


def write_wav(file: Path, samples: np.ndarray, *, rate_hz: int = 8000) -> None:
    """Write a `.wav`."""
    file.parent.mkdir(parents=True, exist_ok=True)
    wavfile.write(file, rate_hz, samples)
