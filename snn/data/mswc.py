# SPDX-License-Identifier: Apache-2.0
"""The Multilingual Spoken Words Corpus, one language of it: a second of speech a word.

A folder with `clips/WORD/*.opus` (or `.wav`, converted) and `xx_splits.csv`, whose columns are SET
(TRAIN, DEV or TEST), LINK (the clip), WORD, VALID, SPEAKER and GENDER.

Source
------
M. Mazumder et al., "Multilingual Spoken Words Corpus", NeurIPS 2021 datasets and benchmarks; CC BY
4.0, mlcommons.org.
"""

import csv
from collections.abc import Mapping
from pathlib import Path

from snn.data.data_set import Wanted, legal_split, require_folder
from snn.data.encoding import Frame, SoundFile, encode
from snn.errors import DataError, EventError
from snn.events.unchecked import Unchecked

SPLITS = ("train", "valid", "test")
DURATION_US = 1_000_000
_SETS: Mapping[str, str] = {"train": "TRAIN", "valid": "DEV", "test": "TEST"}
_COLUMNS = ("SET", "LINK", "WORD", "VALID", "SPEAKER")


def mswc(path: Path, wanted: Wanted) -> Unchecked:
    """Return a split of one language, of the words that are asked for; groups are speakers.

    Clips that the table calls invalid are left out. Opus needs the extra `audio`.

    Raises
    ------
    DataError
        There is no such split, folder or word.
    EventError
        The table or a clip cannot be read.
    """
    split = legal_split(wanted, SPLITS, name="mswc")
    require_folder(path, name="mswc", holding="clips and xx_splits.csv")
    tables = sorted(path.glob("*_splits.csv"))
    if len(tables) != 1:
        raise DataError(f"{path}: {len(tables)} files are called *_splits.csv; one is needed")
    rows = [row for row in _rows(tables[0]) if row["VALID"].upper() == "TRUE"]
    words = wanted.words or tuple(sorted({row["WORD"] for row in rows}))
    unknown = sorted(set(words) - {row["WORD"] for row in rows})
    if unknown:
        raise DataError(f"{tables[0]}: there is no word {unknown[0]!r}; look into its column WORD")
    places = {word: i for i, word in enumerate(words)}
    sounds = [
        SoundFile(
            path=_clip(path / "clips", row["LINK"]),
            label=places[row["WORD"]],
            group=row["SPEAKER"],
        )
        for row in rows
        if row["SET"] == _SETS[split] and row["WORD"] in places
    ]
    frame = Frame(name=f"mswc-{split}", class_names=words, duration_us=DURATION_US)
    return encode(sounds, frame, wanted)


def _rows(table: Path) -> list[dict[str, str]]:
    try:
        with table.open(encoding="utf-8", newline="") as file:
            reader = csv.DictReader(file)
            missing = sorted(set(_COLUMNS) - set(reader.fieldnames or ()))
            if missing:
                problem = f"there is no column {', '.join(missing)}; get the table again"
                raise EventError(file=str(table), place="line 1", problem=problem)
            rows = [{column: row[column] or "" for column in _COLUMNS} for row in reader]
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        problem = f"it cannot be read ({error}); get the table again"
        raise EventError(file=str(table), place="", problem=problem) from None
    return rows


def _clip(folder: Path, link: str) -> Path:
    """Return the clip, or the .wav that it was converted to; never a place outside the folder."""
    clip = folder / link
    if ".." in Path(link).parts or Path(link).is_absolute():
        raise EventError(file=str(folder), place="", problem=f"{link!r} leads out of the folder")
    converted = clip.with_suffix(".wav")
    return converted if converted.is_file() and not clip.is_file() else clip
