# SPDX-License-Identifier: Apache-2.0
"""Any folder of sound: a folder for each class, and below `train`, `valid`, `test` if it has them.

Nothing says whom a recording comes from, so each is a group of its own.
"""

from pathlib import Path

from snn.audio.sound import SUFFIXES
from snn.data.data_set import Wanted, legal_split, require_folder
from snn.data.encoding import Frame, SoundFile, encode
from snn.errors import DataError
from snn.events.unchecked import Unchecked

SPLITS = ("all", "train", "valid", "test")
DURATION_US = 1_000_000


def wav_folder(path: Path, wanted: Wanted) -> Unchecked:
    """Return the sounds of `path/CLASS/*`, or of `path/SPLIT/CLASS/*`.

    Raises
    ------
    DataError
        There is no such folder, or no sound in it.
    EventError
        A file cannot be read.
    """
    split = legal_split(wanted, SPLITS, name="wav-folder")
    folder = path if split == "all" else path / split
    require_folder(folder, name="a set of sound", holding="a folder of .wav files for each class")
    classes = tuple(sorted(set().union(*(_classes(one) for one in _parts(path) or [folder]))))
    sounds = [
        SoundFile(path=file, label=label, group=f"{name}/{file.stem}")
        for label, name in enumerate(classes)
        if (folder / name).is_dir()
        for file in sorted((folder / name).iterdir())
        if file.suffix.lower() in SUFFIXES
    ]
    if not sounds:
        parts = ", ".join(one.name for one in _parts(path))
        advice = f"choose a split: {parts}" if parts else "put one below a class's name"
        raise DataError(f"{folder}: no folder in it holds a .wav; {advice}")
    frame = Frame(name=path.resolve().name, class_names=classes, duration_us=DURATION_US)
    return encode(sounds, frame, wanted)


def _parts(path: Path) -> list[Path]:
    """Return the folders of splits: a class has the same index in all of them."""
    return [path / name for name in SPLITS[1:] if (path / name).is_dir() and _classes(path / name)]


def _classes(folder: Path) -> set[str]:
    return {
        file.parent.name
        for inner in folder.iterdir()
        if inner.is_dir()
        for file in inner.iterdir()
        if file.suffix.lower() in SUFFIXES
    }
