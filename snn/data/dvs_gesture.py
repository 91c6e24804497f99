# SPDX-License-Identifier: Apache-2.0
"""DVS-Gesture: eleven gestures before an event camera of 128 x 128 pixels.

A trial is one `userNN_light.aedat` and its `userNN_light_labels.csv` with lines of class (1..11),
first and last microsecond; `trials_to_train.txt` and `trials_to_test.txt` list the trials.

Source
------
A. Amir et al., "A Low Power, Fully Event-Based Gesture Recognition System", CVPR 2017; format as
told in the data set's README.
"""

import csv
from pathlib import Path

import numpy as np

from snn.data.aedat import CameraEvents, read_aedat
from snn.data.data_set import Wanted, legal_split, require_folder
from snn.errors import EventError
from snn.events.event_set import Recording, gather
from snn.events.unchecked import Unchecked

HEIGHT, WIDTH = 128, 128
SENSOR_SHAPE = (2, HEIGHT, WIDTH)
CLASSES = (
    "hand clapping",
    "right hand wave",
    "left hand wave",
    "right arm clockwise",
    "right arm counter clockwise",
    "left arm clockwise",
    "left arm counter clockwise",
    "arm roll",
    "air drums",
    "air guitar",
    "other gestures",
)
SPLITS = ("train", "test")
DURATION_US = 1_500_000  # gestures last about six seconds and repeat themselves
ARCHIVED = "DvsGesture"  # the folder in the published archive
_OUTSIDE = 1 << 30
_HEAD = ("class", "startTime_usec", "endTime_usec")


def dvs_gesture(path: Path, wanted: Wanted) -> Unchecked:
    """Return a split of DVS-Gesture, one recording a gesture, groups are users.

    `path` is the folder with the lists of trials, the one above, or one `.aedat`.

    Raises
    ------
    DataError
        There is no such split or folder.
    EventError
        A list, a trial or its labels cannot be read.
    """
    split = legal_split(wanted, SPLITS, name="dvs-gesture")
    if path.is_file():
        trials = [path]
    else:
        require_folder(path, name="dvs-gesture", holding="trials_to_train.txt")
        folder = path / ARCHIVED if (path / ARCHIVED).is_dir() else path
        trials = [folder / name for name in _lines(folder / f"trials_to_{split}.txt")]
    recordings: list[Recording] = []
    files: list[str] = []
    truncated: dict[int, str] = {}
    for trial in trials:
        seen = read_aedat(trial)
        gestures = _gestures(trial, seen)
        if seen.rest and gestures:
            truncated[len(recordings) + len(gestures) - 1] = seen.rest
        recordings += gestures
        files += [str(trial)] * len(gestures)
    events = gather(
        recordings,
        name="dvs-gesture",
        sensor_shape=SENSOR_SHAPE,
        class_names=CLASSES,
        duration_us=DURATION_US,
        groups=tuple(Path(file).name.partition("_")[0] for file in files),
    )
    return Unchecked(events=events, files=tuple(files) or (str(path),), truncated=truncated)


def _gestures(trial: Path, seen: CameraEvents) -> list[Recording]:
    inside = (seen.x < WIDTH) & (seen.y < HEIGHT)
    flat = (seen.polarity * HEIGHT + seen.y) * WIDTH + seen.x
    channels = np.where(inside, flat, _OUTSIDE).astype(np.int32)
    found: list[Recording] = []
    for label, first_us, last_us in _windows(trial.with_name(f"{trial.stem}_labels.csv")):
        within = (seen.times_us >= first_us) & (seen.times_us < last_us)
        times_us = seen.times_us[within] - first_us
        found.append(Recording(times_us=times_us, channels=channels[within], label=label))
    return found


def _windows(file: Path) -> list[tuple[int, int, int]]:
    """Return label from 0, first and last microsecond of each gesture."""
    rows = list(csv.reader(_lines(file)))
    if not rows or tuple(rows[0]) != _HEAD:
        problem = f"its first line is not {','.join(_HEAD)}; get the file again"
        raise EventError(file=str(file), place="line 1", problem=problem)
    windows: list[tuple[int, int, int]] = []
    for number, row in enumerate(rows[1:], start=2):
        if len(row) != 3 or not all(word.strip().isdecimal() for word in row):
            problem = f"{','.join(row)!r} is no class, first and last microsecond"
            raise EventError(file=str(file), place=f"line {number}", problem=problem)
        label, first_us, last_us = (int(word) for word in row)
        if not 1 <= label <= len(CLASSES) or last_us <= first_us:
            problem = f"class {label} from {first_us} to {last_us} us; classes are 1..11"
            raise EventError(file=str(file), place=f"line {number}", problem=problem)
        windows.append((label - 1, first_us, last_us))
    return windows


def _lines(file: Path) -> list[str]:
    try:
        text = file.read_text(encoding="utf-8", errors="replace")
    except OSError as error:
        problem = f"it cannot be read ({error.strerror}); unpack the set again"
        raise EventError(file=str(file), place="", problem=problem) from None
    return [line.strip() for line in text.splitlines() if line.strip()]
