# SPDX-License-Identifier: Apache-2.0
"""Sets of sound: spoken digits, any folder, and one language of spoken words; and their cache."""

import os
from pathlib import Path

import numpy as np
import pytest

from snn.audio.cochlea import Cochlea, listen
from snn.data import catalog
from snn.data.data_set import Wanted
from snn.data.splits import group_names, without_group
from snn.errors import DataError, EventError
from snn.events.event_set import EventSet
from tests.snn.data.written import tone, write_wav
from tests.snn.events.small_sets import same

EAR = Cochlea(num_channels=16)
OPUS = pytest.importorskip("soundfile", reason="the extra `audio` is not installed")


def digits(folder: Path) -> Path:
    """Write two digits of two speakers, recordings 0, 4, 5 and 10 of each."""
    for digit in (0, 7):
        for speaker, pitch_hz in (("anna", 400.0), ("berta", 600.0)):
            for index in (0, 4, 5, 10):
                sound = tone(frequency_hz=pitch_hz + 100 * digit + index)
                write_wav(folder / "recordings" / f"{digit}_{speaker}_{index}.wav", sound)
    return folder


def load(name: str, path: Path, *, split: str = "", **more: object) -> EventSet:
    """Load with a small ear."""
    return catalog.load(name, path, Wanted(split=split, cochlea=EAR, **more))  # type: ignore[arg-type]  # the options of a test


def test_the_official_split_of_the_spoken_digits(tmp_path: Path) -> None:
    everything = load("fsdd", digits(tmp_path))
    train, test = (load("fsdd", tmp_path, split=split) for split in ("train", "test"))

    assert (len(everything), len(train), len(test)) == (16, 8, 8)
    assert sorted(set(test.labels.tolist())) == [0, 7]
    assert group_names(everything) == ("anna", "berta")
    assert everything.class_names == tuple("0123456789")
    assert (everything.sensor_shape, everything.duration_us) == ((16,), 768_000)


def test_a_recording_is_what_the_ear_makes_of_its_file(tmp_path: Path) -> None:
    events = load("fsdd", digits(tmp_path), split="test")

    heard = listen(tone(frequency_hz=404.0).astype(np.float64), rate_hz=8000, label=0, cochlea=EAR)

    # Files in order: 0_anna_0, 0_anna_10, 0_anna_4 ...; recordings 0 and 4 are the test set.
    np.testing.assert_array_equal(events.recording(1).times_us, heard.times_us)
    np.testing.assert_array_equal(events.recording(1).channels, heard.channels)


def test_a_speaker_is_left_out_for_the_test(tmp_path: Path) -> None:
    everything = load("fsdd", digits(tmp_path))

    train, test = without_group(everything, "berta")

    assert (set(train.groups), set(test.groups)) == ({"anna"}, {"berta"})
    with pytest.raises(DataError, match="no group called 'carla'; there are: anna, berta"):
        without_group(everything, "carla")


def test_what_was_heard_is_kept_until_files_or_ear_change(tmp_path: Path) -> None:
    folder, cache = digits(tmp_path / "digits"), tmp_path / "kept"
    told: list[tuple[int, int]] = []

    def again(ear: Cochlea = EAR) -> EventSet:
        told.clear()
        wanted = Wanted(
            cochlea=ear, cache=cache, on_progress=lambda done, total: told.append((done, total))
        )
        return catalog.load("fsdd", folder, wanted)

    first = again()
    assert told[-1] == (16, 16)
    assert same(again(), first)
    assert told == []
    (kept,) = cache.iterdir()
    kept.write_bytes(kept.read_bytes()[:-9])
    assert same(again(), first)
    assert len(told) == 16
    again(Cochlea(num_channels=16, threshold=1.0))
    assert len(told) == 16
    write_wav(folder / "recordings" / "0_anna_0.wav", tone(frequency_hz=900.0))
    assert not same(again(), first)
    assert len(told) == 16
    assert len(list(cache.iterdir())) == 3


def test_a_folder_of_sound_has_a_class_for_each_folder(tmp_path: Path) -> None:
    for split in ("train", "test"):
        write_wav(tmp_path / "noises" / split / "high" / "a.wav", tone(frequency_hz=2000.0))
        write_wav(tmp_path / "noises" / split / "low" / "b.WAV", tone(frequency_hz=200.0))
    (tmp_path / "noises" / "train" / "empty").mkdir()

    events = load("wav-folder", tmp_path / "noises", split="train")
    everything = load("wav-folder", tmp_path / "noises" / "test")

    assert events.class_names == ("high", "low")
    assert events.labels.tolist() == [0, 1]
    assert events.groups == ("high/a", "low/b")
    assert (events.name, everything.name) == ("noises", "test")
    assert np.median(events.recording(0).channels) > np.median(events.recording(1).channels)


def words(folder: Path, *, suffix: str) -> Path:
    """Write three words of four speakers, one clip invalid, as opus or as wav."""
    table = ["SET,LINK,WORD,VALID,SPEAKER,GENDER"]
    for i, (part, word, valid) in enumerate(
        (
            ("TRAIN", "yes", "True"),
            ("TRAIN", "no", "True"),
            ("DEV", "yes", "True"),
            ("TEST", "no", "True"),
            ("TRAIN", "no", "False"),
            ("TRAIN", "maybe", "True"),
        )
    ):
        link = f"{word}/common_voice_xx_{i}.opus"
        sound = tone(frequency_hz=300.0 + 100 * i, rate_hz=16_000)
        clip = (folder / "clips" / link).with_suffix(suffix)
        if suffix == ".wav":
            write_wav(clip, sound, rate_hz=16_000)
        else:
            clip.parent.mkdir(parents=True, exist_ok=True)
            OPUS.write(str(clip), sound, 16_000, format="OGG", subtype="OPUS")
        table.append(f"{part},{link},{word},{valid},speaker{i},OTHER")
    (folder / "xx_splits.csv").write_text("\n".join(table) + "\n")
    return folder


@pytest.mark.parametrize("suffix", [".opus", ".wav"])
def test_spoken_words_are_read_by_their_table(suffix: str, tmp_path: Path) -> None:
    train = load("mswc", words(tmp_path, suffix=suffix))
    test = load("mswc", tmp_path, split="test", words=("yes", "no"))

    assert train.class_names == ("maybe", "no", "yes")
    assert train.labels.tolist() == [2, 1, 0]
    assert train.groups == ("speaker0", "speaker1", "speaker5")
    assert (test.class_names, test.labels.tolist()) == (("yes", "no"), [1])
    assert train.num_events > 100


def test_a_table_that_is_wrong_is_named(tmp_path: Path) -> None:
    with pytest.raises(DataError, match="0 files are called"):
        load("mswc", tmp_path)
    words(tmp_path, suffix=".wav")
    with pytest.raises(DataError, match="there is no word 'what'"):
        load("mswc", tmp_path, words=("what",))
    table = tmp_path / "xx_splits.csv"
    table.write_text(table.read_text().replace("yes/", "../yes/"))
    with pytest.raises(EventError, match="leads out of the folder"):
        load("mswc", tmp_path)
    table.write_text("SET,LINK\n")
    with pytest.raises(EventError, match="line 1: there is no column SPEAKER, VALID, WORD"):
        load("mswc", tmp_path)


@pytest.mark.parametrize("kind", ["empty", "text", "truncated", "slow", "missing"])
def test_a_sound_that_cannot_be_heard_is_named(kind: str, tmp_path: Path) -> None:
    file = tmp_path / "recordings" / "0_anna_0.wav"
    write_wav(file, tone(rate_hz=6000), rate_hz=6000 if kind == "slow" else 8000)
    content = {"empty": b"", "text": b"words", "truncated": file.read_bytes()[:-100]}
    if kind in content:
        file.write_bytes(content[kind])

    if kind == "missing":
        file.unlink()
        with pytest.raises(DataError, match=r"there is no file like 0_george_0\.wav"):
            load("fsdd", tmp_path)
        return
    with pytest.raises(EventError, match=r"0_anna_0\.wav: ") as error:
        load("fsdd", tmp_path)
    assert ("6000 Hz are too few" if kind == "slow" else "truncated") in str(error.value)


@pytest.mark.slow
def test_real_spoken_digits_are_as_their_authors_say_and_fit_into_few_bytes(
    tmp_path: Path,
) -> None:
    if "AIRLOOP_DATA" not in os.environ:
        pytest.skip("AIRLOOP_DATA is not set: it names the folder that holds fsdd")
    folder = Path(os.environ["AIRLOOP_DATA"]) / "fsdd"
    if not folder.is_dir():
        pytest.skip(f"{folder} is not there")

    first, again = (catalog.load("fsdd", folder, Wanted(cache=tmp_path)) for _ in range(2))
    test = catalog.load("fsdd", folder, Wanted(split="test", cache=tmp_path))

    (kept,) = tmp_path.iterdir()
    assert same(first, again)
    assert (len(first), len(test), len(group_names(first))) == (3000, 300, 6)
    assert np.bincount(test.labels).tolist() == [30] * 10
    assert 4.85e6 < first.num_events < 4.95e6
    assert kept.stat().st_size < 3.65e6


def test_a_class_has_the_same_index_in_every_split_of_a_folder(tmp_path: Path) -> None:
    for split, words in (("train", ("no", "up", "yes")), ("test", ("no", "yes"))):
        for i, word in enumerate(words):
            sound = tone(frequency_hz=400.0 + 100 * i)
            write_wav(tmp_path / split / word / "a.wav", sound)

    train, test = (load("wav-folder", tmp_path, split=split) for split in ("train", "test"))

    assert train.class_names == test.class_names == ("no", "up", "yes")
    assert (train.labels.tolist(), test.labels.tolist()) == ([0, 1, 2], [0, 2])
    with pytest.raises(DataError, match="choose a split: train, test"):
        load("wav-folder", tmp_path)


@pytest.mark.parametrize("length", [12, 20, 36, 40])
def test_a_sound_that_ends_before_its_samples_is_named(tmp_path: Path, length: int) -> None:
    path = tmp_path / "yes" / "a.wav"
    write_wav(path, tone(frequency_hz=400.0))
    path.write_bytes(path.read_bytes()[:length])

    with pytest.raises(EventError, match=r"a\.wav: this is no sound, or it is truncated"):
        load("wav-folder", tmp_path)
