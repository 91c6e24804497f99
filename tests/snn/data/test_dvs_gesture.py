# SPDX-License-Identifier: Apache-2.0
"""DVS-Gesture, from AEDAT 3.1 written as it is specified."""

from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from snn.data import catalog
from snn.data.aedat import read_aedat
from snn.data.data_set import Wanted
from snn.errors import EventError
from snn.events.faults import Fault
from tests.snn.data.written import aedat, write_gestures

PACKETS = [[(100, 1, 2, 1), (150, 127, 0, 0)], [(160, 0, 127, 1), (900, 5, 6, 0), (1000, 7, 7, 1)]]
LABELS = "1,100,200\n11,850,1000"


def published(folder: Path, content: bytes | None = None) -> Path:
    """Write a training and a test trial."""
    whole = content or aedat(PACKETS)
    trials = {"user10_led": whole, "user24_lab": aedat(PACKETS)}
    write_gestures(folder, trials, dict.fromkeys(trials, LABELS))
    return folder


def test_gestures_are_cut_out_by_their_labels(tmp_path: Path) -> None:
    events = catalog.load("dvs-gesture", published(tmp_path))

    assert events.labels.tolist() == [0, 10]
    assert events.groups == ("user10", "user10")
    assert events.times_us.tolist() == [0, 50, 60, 50]
    assert events.channels.tolist() == [
        (128 + 2) * 128 + 1,
        127,
        (128 + 127) * 128,
        6 * 128 + 5,
    ]
    assert catalog.load("dvs-gesture", tmp_path, Wanted(split="test")).groups[0] == "user24"
    assert catalog.load("dvs-gesture", tmp_path / "user24_lab.aedat").num_events == 4


def test_gestures_behind_the_last_event_are_left_out_and_told(tmp_path: Path) -> None:
    labels = LABELS + "\n3,1100,1200\n4,1300,1400"
    folder = published(tmp_path)
    (folder / "user10_led_labels.csv").write_text(
        (folder / "user10_led_labels.csv").read_text().replace(LABELS, labels)
    )

    with pytest.raises(EventError, match=r"recording 1, .* 2 gestures lie behind the last event"):
        catalog.load("dvs-gesture", folder)
    mended = catalog.load_repaired("dvs-gesture", folder)

    assert mended.events.labels.tolist() == [0, 10]
    assert mended.num_faults == 1


def test_a_trial_of_which_nothing_is_left_is_refused(tmp_path: Path) -> None:
    folder = published(tmp_path, aedat([[(5, 1, 2, 1)]])[:-3])

    with pytest.raises(EventError, match=r"truncated: .*2 gestures lie behind the last event"):
        catalog.load_repaired("dvs-gesture", folder)


def test_overflows_of_the_time_are_added_and_other_packets_passed_over(tmp_path: Path) -> None:
    file = tmp_path / "a.aedat"
    special = aedat([[(0, 0, 0, 0)]], kind=0).partition(b"#!END-HEADER\r\n")[2]
    late = aedat([[(5, 1, 1, 1)]], overflow=1).partition(b"#!END-HEADER\r\n")[2]
    file.write_bytes(aedat(PACKETS[:1]) + special + late)

    seen = read_aedat(file)

    assert seen.times_us.tolist() == [100, 150, (1 << 31) + 5]
    assert seen.rest == ""


def test_events_that_are_not_valid_are_left_out(tmp_path: Path) -> None:
    content = bytearray(aedat(PACKETS[:1]))
    content[-8] &= 0xFE  # the lowest bit of the last event's data
    (tmp_path / "a.aedat").write_bytes(bytes(content))

    assert read_aedat(tmp_path / "a.aedat").times_us.tolist() == [100]


@pytest.mark.parametrize(
    ("content", "words", "fault"),
    [
        (aedat(PACKETS)[:-3], "recording 1, event 1: truncated: a packet of 3 events has 2", "t"),
        (aedat(PACKETS) + b"1234", "recording 1, event 1: truncated: 4 bytes of a packet's", "t"),
        (
            aedat([[(100, 128, 0, 0), (120, 0, 0, 0)], PACKETS[1]]),
            "recording 0, event 0: channel out of range",
            "c",
        ),
        (aedat([PACKETS[0][::-1], PACKETS[1]]), "recording 0, event 1: unsorted: time 0 us", "u"),
    ],
    ids=["event", "header", "pixel", "unsorted"],
)
def test_a_bad_trial_is_named_or_mended(
    content: bytes, words: str, fault: str, tmp_path: Path
) -> None:
    folder = published(tmp_path, content)

    with pytest.raises(EventError) as error:
        catalog.load("dvs-gesture", folder)
    fixed = catalog.load_repaired("dvs-gesture", folder)

    kind = {"t": Fault.TRUNCATED, "c": Fault.CHANNEL, "u": Fault.UNSORTED}[fault]
    assert f"user10_led.aedat: {words}" in str(error.value)
    assert {**fixed.mended, **fixed.dropped} == {kind: 1}


@pytest.mark.parametrize(
    ("labels", "words"),
    [
        ("12,1,2", "line 2: class 12 from 1 to 2 us; classes are 1..11"),
        ("1,5,5", "line 2: class 1 from 5 to 5 us"),
        ("1,100,200\n1,x,2", "line 3: '1,x,2' is no class"),
    ],
)
def test_labels_that_make_no_sense_are_named(labels: str, words: str, tmp_path: Path) -> None:
    write_gestures(tmp_path, {"user1_a": aedat(PACKETS)}, {"user1_a": labels})

    with pytest.raises(EventError) as error:
        catalog.load("dvs-gesture", tmp_path)

    assert f"user1_a_labels.csv: {words}" in str(error.value)


@pytest.mark.parametrize(
    "content",
    [b"", b"words", b"#!AER-DAT3.1\r\n", aedat(PACKETS).replace(b"DAT3.1", b"DAT2.0")],
    ids=["empty", "text", "header", "version"],
)
def test_a_file_of_another_kind_is_refused(content: bytes, tmp_path: Path) -> None:
    published(tmp_path)
    (tmp_path / "user10_led.aedat").write_bytes(content)

    with pytest.raises(EventError, match=r"user10_led\.aedat: it.* no whole file of AEDAT 3\.1"):
        catalog.load("dvs-gesture", tmp_path)


def test_files_that_are_missing_are_named(tmp_path: Path) -> None:
    published(tmp_path)
    (tmp_path / "user10_led_labels.csv").unlink()
    with pytest.raises(EventError, match=r"user10_led_labels\.csv: it cannot be read"):
        catalog.load("dvs-gesture", tmp_path)
    (tmp_path / "trials_to_train.txt").unlink()
    with pytest.raises(EventError, match=r"trials_to_train\.txt: it cannot be read"):
        catalog.load("dvs-gesture", tmp_path)


@given(data=st.data())
@settings(max_examples=200, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_any_damage_to_a_trial_is_an_error_or_mended(data: st.DataObject, tmp_path: Path) -> None:
    write_gestures(tmp_path, {"user1_a": aedat(PACKETS)}, {"user1_a": "1,0,9999999"})
    content = bytearray(aedat(PACKETS))
    for _ in range(data.draw(st.integers(1, 4))):
        content[data.draw(st.integers(40, len(content) - 1))] = data.draw(st.integers(0, 255))
    (tmp_path / "user1_a.aedat").write_bytes(content[: data.draw(st.integers(40, len(content)))])

    try:
        catalog.load_repaired("dvs-gesture", tmp_path)
    except EventError as error:
        assert "user1_a.aedat" in str(error)  # noqa: PT017 - any event error will do
