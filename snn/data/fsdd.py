# SPDX-License-Identifier: Apache-2.0
"""The Free Spoken Digit Dataset: `{digit}_{speaker}_{index}.wav`, and its official split.

Source
------
Z. Jackson et al., github.com/Jakobovski/free-spoken-digit-dataset, CC BY-SA 4.0; recordings 0 to 4
of each digit and speaker are the test set.
"""

import re
from dataclasses import replace
from pathlib import Path

from snn.data.data_set import Wanted, legal_split, require_folder
from snn.data.encoding import Frame, SoundFile, encode
from snn.errors import DataError
from snn.events.unchecked import Unchecked

CLASSES = tuple(str(digit) for digit in range(10))
SPLITS = ("all", "train", "test")
DURATION_US = 768_000  # 97 of 100 recordings are shorter
NUM_TEST = 5
FOLDERS = ("recordings", "*/recordings")  # in the repository, and in the archive of it
NAME = re.compile(r"(?P<digit>\d)_(?P<speaker>[A-Za-z0-9-]+)_(?P<index>\d+)\.wav")


def fsdd(path: Path, wanted: Wanted) -> Unchecked:
    """Return a split of the spoken digits, groups are speakers.

    `path` is the folder of the recordings or one above. All files are encoded together,
    whatever the split.

    Raises
    ------
    DataError
        There is no such split, folder or file.
    EventError
        A file cannot be read.
    """
    split = legal_split(wanted, SPLITS, name="fsdd")
    require_folder(path, name="fsdd", holding="0_george_0.wav and so on")
    inside = [place for pattern in FOLDERS for place in sorted(path.glob(pattern))]
    folder = next((place for place in inside if place.is_dir()), path)
    found = [(match, file) for file in sorted(folder.iterdir()) if (match := _match(file))]
    if not found:
        raise DataError(f"{folder}: there is no file like 0_george_0.wav; name another folder")
    sounds = [
        SoundFile(path=file, label=int(match["digit"]), group=match["speaker"])
        for match, file in found
    ]
    frame = Frame(name="fsdd", class_names=CLASSES, duration_us=DURATION_US)
    everything = encode(sounds, frame, wanted)
    kept = [i for i, (match, _) in enumerate(found) if _is_in(split, int(match["index"]))]
    return replace(
        everything,
        events=everything.events.chosen(kept),
        files=tuple(everything.files[i] for i in kept) or (str(folder),),
    )


def _match(file: Path) -> re.Match[str] | None:
    return NAME.fullmatch(file.name)


def _is_in(split: str, index: int) -> bool:
    return split == "all" or (index < NUM_TEST) == (split == "test")
