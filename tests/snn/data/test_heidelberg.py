# SPDX-License-Identifier: Apache-2.0
"""SHD and SSC, from HDF5 written as it is published."""

from pathlib import Path

import numpy as np
import pytest

from snn.data import catalog
from snn.data.data_set import Wanted
from snn.errors import DataError, EventError
from snn.events.faults import Fault
from tests.snn.data.written import write_heidelberg

GOOD = [([0.5, 0.25, 0.25], [699, 3, 1]), ([], []), ([1.0], [0])]


def test_recordings_are_read_and_sorted(tmp_path: Path) -> None:
    write_heidelberg(tmp_path / "shd_test.h5", GOOD, [1, 0, 1], speakers=[4, 5, 4])

    events = catalog.load("shd", tmp_path, Wanted(split="test"))

    assert events.times_us.tolist() == [250_000, 250_000, 500_000, 1_000_000]
    assert events.channels.tolist() == [3, 1, 699, 0]
    assert events.starts.tolist() == [0, 3, 3, 4]
    assert events.labels.tolist() == [1, 0, 1]
    assert events.groups == ("4", "5", "4")
    assert events.class_names == ("zero", "one")
    assert (events.num_channels, events.duration_us) == (700, 1_400_000)


def test_a_file_may_be_named_and_needs_no_speakers(tmp_path: Path) -> None:
    write_heidelberg(tmp_path / "other.h5", GOOD, [1, 0, 1])

    events = catalog.load("ssc", tmp_path / "other.h5")

    assert events.groups == ("", "", "")
    assert events.duration_us == 1_000_000


def test_half_precision_is_rounded_to_the_microsecond(tmp_path: Path) -> None:
    write_heidelberg(tmp_path / "shd_train.h5", [([0.1], [5])], [0])

    events = catalog.load("shd", tmp_path)

    assert events.times_us.tolist() == [round(float(np.float16(0.1)) * 1e6)] == [99_976]


@pytest.mark.parametrize(
    ("recording", "words", "fault"),
    [
        (([0.1, 0.2], [3, 700]), "event 1: channel out of range: channel 700", Fault.CHANNEL),
        (([-0.5, 0.2], [3, 4]), "event 0: impossible time: time -500000 us", Fault.TIME),
        (([np.nan, 0.2], [3, 4]), "event 0: impossible time: its time is not", Fault.TIME),
        (([np.inf, 0.2], [3, 4]), "event 0: impossible time: its time is not", Fault.TIME),
    ],
    ids=["unit", "negative", "nan", "infinite"],
)
def test_what_cannot_be_is_named_or_dropped(
    recording: tuple[list[float], list[int]], words: str, fault: Fault, tmp_path: Path
) -> None:
    write_heidelberg(tmp_path / "shd_train.h5", [GOOD[0], recording], [0, 1])

    with pytest.raises(EventError) as error:
        catalog.load("shd", tmp_path)
    mended = catalog.load_repaired("shd", tmp_path)

    assert f"shd_train.h5: recording 1, {words}" in str(error.value)
    assert mended.dropped == {fault: 1}
    assert mended.events.num_events == 4


def test_rows_of_different_length_are_named(tmp_path: Path) -> None:
    write_heidelberg(tmp_path / "shd_train.h5", [GOOD[0], ([0.1, 0.2], [3])], [0, 1])

    with pytest.raises(EventError, match="recording 1, event 1: truncated: 2 times, 1 units"):
        catalog.load("shd", tmp_path)


@pytest.mark.parametrize("kind", ["missing", "text", "truncated", "foreign", "labels"])
def test_what_is_no_such_file_is_refused(kind: str, tmp_path: Path) -> None:
    file = tmp_path / "shd_train.h5"
    write_heidelberg(file, GOOD, [0, 1] if kind == "labels" else [0, 1, 0])
    if kind == "missing":
        file.unlink()
    elif kind == "foreign":
        file.write_bytes(b"")
        write_foreign(file)
    elif kind != "labels":
        file.write_bytes(b"words" if kind == "text" else file.read_bytes()[:-400])

    with pytest.raises(EventError, match=r"shd_train\.h5: (there is no such|truncated, or no)"):
        catalog.load("shd", tmp_path)


def write_foreign(file: Path) -> None:
    """Write HDF5 without spikes."""
    import h5py

    with h5py.File(file, "w") as stored:
        stored["labels"] = np.zeros(3)


def test_a_split_that_is_none_lists_the_legal_ones(tmp_path: Path) -> None:
    with pytest.raises(DataError, match="shd has no split called 'valid'; there are: train, test"):
        catalog.load("shd", tmp_path, Wanted(split="valid"))
    with pytest.raises(DataError, match="gone: there is no such folder"):
        catalog.load("shd", tmp_path / "gone")
