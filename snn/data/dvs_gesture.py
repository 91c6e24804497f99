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
from collections.abc import Sequence
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
_Gesture = tuple[int, int, int]  # label from 0, first and last microsecond
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
        windows = _windows(trial.with_name(f"{trial.stem}_labels.csv"))
        there = [one for one in windows if one[1] <= _end_us(seen)]
        problem = _missing(trial, seen, windows)
        if problem:
            cut = (i for i, (_, _, last_us) in enumerate(there) if last_us > _end_us(seen))
            truncated[len(recordings) + next(cut, len(there) - 1)] = problem
        gestures = _gestures(seen, there)
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


def _end_us(seen: CameraEvents) -> int:
    return int(seen.times_us.max(initial=-1))


def _missing(trial: Path, seen: CameraEvents, windows: Sequence[_Gesture]) -> str:
    """Return what a trial lacks, or nothing; raises EventError if no gesture is left of it.

    Gestures whose beginning lies behind the last event are not there.
    """
    num_gone = sum(first_us > _end_us(seen) for _, first_us, _ in windows)
    told = [seen.rest] if seen.rest else []
    told += [f"{num_gone} gestures lie behind the last event and are left out"] if num_gone else []
    if told and num_gone == len(windows):
        problem = f"truncated: {'; '.join(told)}; get the file again"
        raise EventError(file=str(trial), place="", problem=problem)
    return "; ".join(told)


def _gestures(seen: CameraEvents, windows: Sequence[_Gesture]) -> list[Recording]:
    inside = (seen.x < WIDTH) & (seen.y < HEIGHT)
    flat = (seen.polarity * HEIGHT + seen.y) * WIDTH + seen.x
    channels = np.where(inside, flat, _OUTSIDE).astype(np.int32)
    found: list[Recording] = []
    for label, first_us, last_us in windows:
        within = (seen.times_us >= first_us) & (seen.times_us < last_us)
        times_us = seen.times_us[within] - first_us
        found.append(Recording(times_us=times_us, channels=channels[within], label=label))
    return found


def _windows(file: Path) -> list[_Gesture]:
    """Return label from 0, first and last microsecond of each gesture."""
    rows = list(csv.reader(_lines(file)))
    if not rows or tuple(rows[0]) != _HEAD:
        problem = f"its first line is not {','.join(_HEAD)}; get the file again"
        raise EventError(file=str(file), place="line 1", problem=problem)
    windows: list[_Gesture] = []
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
