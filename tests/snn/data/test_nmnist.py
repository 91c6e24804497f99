# SPDX-License-Identifier: Apache-2.0
"""N-MNIST, from five-byte events written as they are published."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from snn.data import catalog
from snn.data.data_set import Wanted
from snn.data.nmnist import decode, encode
from snn.errors import DataError, EventError
from snn.events.repair import repair
from tests.snn.data.written import five_bytes
from tests.snn.events.small_sets import recording

EVENTS = (
    five_bytes(3, 5, polarity=1, time_us=10)
    + five_bytes(33, 33, polarity=0, time_us=0x12345)
    + five_bytes(0, 0, polarity=1, time_us=0x7FFFFF)
)


def published(folder: Path, content: bytes = EVENTS) -> Path:
    """Write a train and a test recording of two digits."""
    for split, digit in (("Train", 0), ("Train", 7), ("Test", 3)):
        (folder / split / str(digit)).mkdir(parents=True)
        (folder / split / str(digit) / "00001.bin").write_bytes(content)
    return folder


def test_events_are_read_from_folders_of_digits(tmp_path: Path) -> None:
    train = catalog.load("nmnist", published(tmp_path))
    test = catalog.load("nmnist", tmp_path, Wanted(split="test"))

    assert train.labels.tolist() == [0, 7]
    assert test.labels.tolist() == [3]
    assert test.times_us.tolist() == [10, 0x12345, 0x7FFFFF]
    assert test.channels.tolist() == [(34 + 5) * 34 + 3, 33 * 34 + 33, 34 * 34]
    assert test.sensor_shape == (2, 34, 34)


def test_events_are_read_from_lists_of_numbered_files(tmp_path: Path) -> None:
    (tmp_path / "12.bs2").write_bytes(EVENTS)
    (tmp_path / "3.bs2").write_bytes(EVENTS[:5])
    (tmp_path / "train1K.txt").write_text("#sample\t#class\n12\t5\n3\t9\n")

    events = catalog.load("nmnist", tmp_path)

    assert events.labels.tolist() == [5, 9]
    assert np.diff(events.starts).tolist() == [3, 1]


def test_a_label_that_is_no_digit_is_named_with_its_line(tmp_path: Path) -> None:
    (tmp_path / "12.bs2").write_bytes(EVENTS)
    (tmp_path / "train1K.txt").write_text(f"12\t5\n12\t{'9' * 400}\n")

    with pytest.raises(EventError, match=r"train1K\.txt: line 2: the label 9+ is no digit"):
        catalog.load("nmnist", tmp_path)


def test_one_file_is_a_recording_without_a_label(tmp_path: Path) -> None:
    (tmp_path / "12.bs2").write_bytes(EVENTS)

    assert catalog.load("nmnist", tmp_path / "12.bs2").labels.tolist() == [-1]


def test_the_counter_of_the_camera_adds_to_the_times_behind_it(tmp_path: Path) -> None:
    counted = five_bytes(1, 1, polarity=0, time_us=8000) + five_bytes(0, 240, polarity=0, time_us=0)
    counted += five_bytes(2, 2, polarity=0, time_us=5)
    (tmp_path / "1.bin").write_bytes(counted)

    events = catalog.load("nmnist", tmp_path / "1.bin")

    assert events.times_us.tolist() == [8000, 8192 + 5]


@pytest.mark.parametrize(
    ("content", "words", "mended", "dropped"),
    [
        (EVENTS + b"\1\2\3", "event 3: truncated: the file ends with 3 bytes", {}, "truncated"),
        (EVENTS[5:10] + EVENTS[:5], "event 1: unsorted: time 10 us", "unsorted", {}),
        (EVENTS + EVENTS[:5], "event 3: wrapped time: time 10 us", "wrapped time", {}),
        (five_bytes(34, 0, polarity=0, time_us=1), "event 0: channel out", {}, "channel out"),
        (five_bytes(0, 99, polarity=1, time_us=1), "event 0: channel out", {}, "channel out"),
    ],
    ids=["truncated", "unsorted", "wrapped", "x", "y"],
)
def test_a_bad_event_is_named_or_mended_and_counted(
    content: bytes, words: str, mended: object, dropped: object, tmp_path: Path
) -> None:
    if "wrapped" in words:
        content = b"".join(
            five_bytes(1, 1, polarity=0, time_us=t % (1 << 23)) for t in range(0, 1 << 24, 1 << 20)
        )
        words = "event 8: wrapped time: time 0 us stands behind 7340032 us, wrapped at 8388608 us"
    folder = published(tmp_path, content)

    with pytest.raises(EventError) as error:
        catalog.load("nmnist", folder)
    fixed = catalog.load_repaired("nmnist", folder)

    assert f"00001.bin: recording 0, {words}" in str(error.value)
    for counts, kind in ((fixed.mended, mended), (fixed.dropped, dropped)):
        assert [str(fault)[: len(str(kind))] for fault in counts] == ([kind] if kind else [])
    unwrapped = 8 if "wrapped" in words else 1
    assert fixed.num_faults == 2 * unwrapped  # the same in both recordings of the split


@given(data=st.data())
@settings(max_examples=200, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_any_bytes_are_an_error_or_mended(data: st.DataObject, tmp_path: Path) -> None:
    (tmp_path / "1.bin").write_bytes(data.draw(st.binary(max_size=120)))

    found = catalog.load_unchecked("nmnist", tmp_path / "1.bin")
    mended = repair(found)

    replace(found, events=mended.events, truncated={}).checked()
    if found.finding() is not None:
        assert mended.num_faults > 0


def test_encoding_is_the_inverse_of_decoding() -> None:
    rng = np.random.default_rng(3)
    one = recording(
        np.sort(rng.integers(0, 1 << 23, 200)).tolist(),
        rng.integers(0, 2 * 34 * 34, 200).tolist(),
    )

    again = decode(encode(one), label=0)

    np.testing.assert_array_equal(again.times_us, one.times_us)
    np.testing.assert_array_equal(again.channels, one.channels)
    assert encode(recording([10], [(34 + 5) * 34 + 3])) == EVENTS[:5]


def test_a_list_or_folder_that_is_wrong_is_named(tmp_path: Path) -> None:
    with pytest.raises(DataError, match="there is no such folder"):
        catalog.load("nmnist", tmp_path / "gone")
    with pytest.raises(DataError, match=r"neither Train nor train\*\.txt is there"):
        catalog.load("nmnist", tmp_path)
    (tmp_path / "train.txt").write_text("1 2\none 3\n")
    with pytest.raises(EventError, match=r"train\.txt: line 2: 'one 3' is no number"):
        catalog.load("nmnist", tmp_path)
    (tmp_path / "train.txt").write_text("1 2\n")
    with pytest.raises(EventError, match=r"1\.bs2: it cannot be read"):
        catalog.load("nmnist", tmp_path)
    (tmp_path / "Train").mkdir()
    with pytest.raises(DataError, match="there is no 0/"):
        catalog.load("nmnist", tmp_path)
