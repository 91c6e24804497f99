# SPDX-License-Identifier: Apache-2.0
"""N-MNIST: digits seen by an event camera of 34 x 34 pixels that moves.

Five bytes an event: x, y, and 24 bits, the highest first: polarity (1 ON), and the time in 23 bits
[us]. An event with y = 240 stands for none, but for 2^13 us that the camera's counter has passed.
Published in folders Train/0 ... Test/9 of `.bin` files; slayerPytorch ships a part of it with the
same bytes in `.bs2` files beside lists of numbers and labels, `train1K.txt` and `test100.txt`.

Source
------
G. Orchard, A. Jayawant, G. K. Cohen, N. Thakor, "Converting Static Image Datasets to Spiking
Neuromorphic Datasets Using Saccades", Frontiers in Neuroscience 9, 2015; format as told at
garrickorchard.com, the counter's events as in the author's reading functions.
"""

from collections.abc import Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from snn.data.data_set import Wanted, legal_split, require_folder
from snn.errors import DataError, EventError
from snn.events.event_set import Recording, gather
from snn.events.unchecked import Unchecked

HEIGHT, WIDTH = 34, 34
SENSOR_SHAPE = (2, HEIGHT, WIDTH)
CLASSES = tuple(str(digit) for digit in range(10))
SPLITS = ("train", "test")
DURATION_US = 320_000  # three saccades of a hundred milliseconds, and some after
EVENT_BYTES = 5
_COUNTER_ROW, _COUNTER_US = 240, 1 << 13
_OUTSIDE = 1 << 20  # a channel for pixels beyond the edge: none of the sensor's in either polarity


def nmnist(path: Path, wanted: Wanted) -> Unchecked:
    """Return a split of N-MNIST; path: the folder of Train and Test, that of `.bs2` files, or one.

    Raises
    ------
    DataError
        There is no such split, or nothing like it in the folder.
    EventError
        A list or a file cannot be read.
    """
    split = legal_split(wanted, SPLITS, name="nmnist")
    if path.is_file():
        return load_files([(path, -1)])
    require_folder(path, name="nmnist", holding="Train and Test, or .bs2 files and their lists")
    folder = next((path / name for name in (split.title(), split) if (path / name).is_dir()), None)
    if folder is not None:
        return load_files(_in_folders(folder))
    return load_files(_listed(path, split))


def load_files(labelled: Sequence[tuple[Path, int]]) -> Unchecked:
    """Return a recording for each file of five-byte events and its label."""
    recordings: list[Recording] = []
    truncated: dict[int, str] = {}
    for i, (path, label) in enumerate(labelled):
        content = _content(path)
        rest = len(content) % EVENT_BYTES
        if rest:
            truncated[i] = f"the file ends with {rest} bytes of an event of {EVENT_BYTES}"
        recordings.append(decode(content[: len(content) - rest], label=label))
    events = gather(
        recordings,
        name="nmnist",
        sensor_shape=SENSOR_SHAPE,
        class_names=CLASSES,
        duration_us=DURATION_US,
        groups=("",) * len(recordings),
    )
    files = tuple(str(path) for path, _ in labelled) or ("nmnist",)
    return Unchecked(events=events, files=files, truncated=truncated)


def decode(content: bytes, *, label: int) -> Recording:
    """Return the events of whole five-byte words."""
    words = np.frombuffer(content, dtype=np.uint8).reshape(-1, EVENT_BYTES).astype(np.int64)
    x, y = words[:, 0], words[:, 1]
    polarity = words[:, 2] >> 7
    times_us = (words[:, 2] & 0x7F) << 16 | words[:, 3] << 8 | words[:, 4]
    is_counter = y == _COUNTER_ROW
    times_us = times_us + _COUNTER_US * np.cumsum(is_counter)
    inside = (x < WIDTH) & (y < HEIGHT)
    channels = np.where(inside, (polarity * HEIGHT + y) * WIDTH + x, _OUTSIDE + y * 256 + x)
    return Recording(
        times_us=times_us[~is_counter],
        channels=channels[~is_counter].astype(np.int32),
        label=label,
    )


def encode(recording: Recording) -> bytes:
    """Return the five-byte words of a recording; the inverse of `decode` for times below 2^23."""
    y_all, x = np.divmod(recording.channels.astype(np.int64), WIDTH)
    polarity, y = np.divmod(y_all, HEIGHT)
    times_us: NDArray[np.int64] = recording.times_us
    words = [x, y, polarity << 7 | times_us >> 16 & 0x7F, times_us >> 8 & 0xFF, times_us & 0xFF]
    return np.stack(words, axis=1).astype(np.uint8).tobytes()


def _content(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as error:
        problem = f"it cannot be read ({error.strerror}); download the set again"
        raise EventError(file=str(path), place="", problem=problem) from None


def _in_folders(folder: Path) -> list[tuple[Path, int]]:
    labelled = [
        (file, label)
        for label, name in enumerate(CLASSES)
        for file in sorted((folder / name).glob("*.bin"))
    ]
    if not labelled:
        raise DataError(f"{folder}: there is no 0/*.bin ... 9/*.bin; unpack the set there again")
    return labelled


def _listed(folder: Path, split: str) -> list[tuple[Path, int]]:
    lists = sorted(folder.glob(f"{split}*.txt"))
    if not lists:
        raise DataError(
            f"{folder}: neither {split.title()} nor {split}*.txt is there; name the folder of "
            "N-MNIST that holds Train and Test, or .bs2 files and their lists"
        )
    labelled: list[tuple[Path, int]] = []
    for number, line in enumerate(lists[0].read_text(errors="replace").splitlines(), start=1):
        words = line.partition("#")[0].split()
        if not words:
            continue
        if len(words) != 2 or not all(word.isdecimal() for word in words):
            problem = f"{line!r} is no number of a recording and its label; get the list again"
            raise EventError(file=str(lists[0]), place=f"line {number}", problem=problem)
        if len(words[1]) > 1:
            problem = f"the label {words[1][:20]} is no digit; get the list again"
            raise EventError(file=str(lists[0]), place=f"line {number}", problem=problem)
        labelled.append((folder / f"{words[0]}.bs2", int(words[1])))
    return labelled
