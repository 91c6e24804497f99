# SPDX-License-Identifier: Apache-2.0
"""Event files: written and read again, and every kind of damage refused by name."""

import io
import json
import zipfile
from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from snn.errors import EventError
from snn.events.event_archive import KINDS
from snn.events.event_file import Origin, read, read_unchecked, write
from snn.events.event_set import gather
from snn.events.repair import repair
from tests.snn.events.small_sets import CAMERA, altered, good, same

ORIGIN = Origin(source="made here", sha256="0" * 64, unique=True)


def content(path: Path) -> dict[str, Any]:
    """Return the arrays of a file, the header as a dictionary."""
    with np.load(path, allow_pickle=False) as stored:
        arrays: dict[str, Any] = {name: stored[name] for name in stored.files}
    arrays["header"] = json.loads(arrays["header"].tobytes())
    return arrays


def rewritten(path: Path, arrays: Mapping[str, Any]) -> None:
    """Write arrays as they are, whatever they are."""
    header = np.frombuffer(json.dumps(arrays["header"]).encode(), dtype=np.uint8)
    fresh: dict[str, Any] = {**arrays, "header": header}
    np.savez(path, **fresh)


@pytest.mark.parametrize("shape", [(8,), CAMERA])
def test_a_set_is_read_as_it_was_written(shape: tuple[int, ...], tmp_path: Path) -> None:
    events, path = good(sensor_shape=shape), tmp_path / "deep" / "small.npz"

    write(path, events, origin=ORIGIN)

    assert same(read(path), events)
    assert read_unchecked(path)[1] == ORIGIN
    assert [one.name for one in path.parent.iterdir()] == ["small.npz"]


def test_a_set_without_recordings_is_read_again(tmp_path: Path) -> None:
    empty = gather([], name="", sensor_shape=(1,), class_names=(), duration_us=1, groups=())

    write(tmp_path / "empty.npz", empty, origin=Origin(source=""))

    assert same(read(tmp_path / "empty.npz"), empty)


def test_the_same_events_make_the_same_bytes_in_the_unit_of_their_times(tmp_path: Path) -> None:
    for name in ("a.npz", "b.npz"):
        write(tmp_path / name, good(), origin=ORIGIN)

    assert (tmp_path / "a.npz").read_bytes() == (tmp_path / "b.npz").read_bytes()
    stored = content(tmp_path / "a.npz")
    assert stored["header"]["tick_us"] == 500
    assert (stored["times"].dtype, stored["channels"].dtype) == (np.uint16, np.uint8)


def test_what_is_not_whole_is_not_written(tmp_path: Path) -> None:
    path = tmp_path / "bad.npz"

    with pytest.raises(EventError, match=r"bad\.npz: recording 0, event 3: channel out of range"):
        write(path, altered(good(), 3, channel=99), origin=ORIGIN)

    assert not path.exists()


def test_binned_events_stand_on_their_bins(tmp_path: Path) -> None:
    path = tmp_path / "binned.npz"
    write(path, good(), origin=replace(ORIGIN, dt_us=500))
    assert read_unchecked(path)[1].dt_us == 500

    with pytest.raises(EventError, match="between the bins of 1000 us"):
        write(path, good(), origin=replace(ORIGIN, dt_us=1000))
    rewritten(path, {**content(path), "header": {**content(path)["header"], "dt_us": 1000}})
    with pytest.raises(EventError, match=r"header\.dt_us"):
        read(path)


@pytest.mark.parametrize(
    ("change", "words"),
    [
        pytest.param(lambda a: {**a, "times": a["times"][:-1]}, "44 times and 45", id="lengths"),
        pytest.param(lambda a: {**a, "labels": a["labels"][:-1]}, "2 labels", id="labels"),
        pytest.param(
            lambda a: {**a, "starts": np.array([0, 9, 5, 45])}, "recording 1: starts", id="starts"
        ),
        pytest.param(lambda a: {**a, "starts": a["starts"] + 1}, "starts do not", id="start"),
        pytest.param(
            lambda a: {**a, "groups": a["groups"] + 1}, "recording 1: group 2", id="group"
        ),
        pytest.param(lambda a: {**a, "times": a["times"] * 1.0}, "times is float64", id="float"),
        pytest.param(lambda a: {**a, "times": a["times"][None]}, "not one row", id="rows"),
        pytest.param(
            lambda a: {**a, "times": a["times"].astype(np.uint64) << 60}, "beyond", id="too late"
        ),
        pytest.param(
            lambda a: {k: v for k, v in a.items() if k != "labels"}, "no labels", id="no labels"
        ),
        pytest.param(
            lambda a: {**a, "header": {**a["header"], "version": 2}}, "header.version", id="version"
        ),
        pytest.param(
            lambda a: {**a, "header": {**a["header"], "tick_us": 0}}, "header.tick_us", id="tick"
        ),
        pytest.param(
            lambda a: {**a, "header": {**a["header"], "more": 0}}, "header.more", id="more"
        ),
        pytest.param(
            lambda a: {**a, "header": {**a["header"], "sensor_shape": [9999, 99999, 9999]}},
            "too large",
            id="sensor",
        ),
        pytest.param(lambda a: {**a, "header": []}, "header", id="header"),
    ],
)
def test_what_does_not_fit_together_is_refused(
    change: Callable[[dict[str, Any]], dict[str, Any]], words: str, tmp_path: Path
) -> None:
    path = tmp_path / "bad.npz"
    write(path, good(), origin=ORIGIN)
    rewritten(path, change(content(path)))

    with pytest.raises(EventError) as error:
        read(path)

    assert str(error.value).startswith(str(path))
    assert words in str(error.value)


def test_events_that_are_wrong_in_a_file_are_named(tmp_path: Path) -> None:
    path = tmp_path / "bad.npz"
    write(path, good(), origin=ORIGIN)
    arrays = content(path)
    arrays["times"][8] = 0
    rewritten(path, arrays)

    with pytest.raises(EventError, match=r"bad\.npz: recording 2, event 3: unsorted: time 0 us"):
        read(path)


@pytest.mark.parametrize(
    ("kind", "words"),
    [
        ("missing", "there is no such file"),
        ("text", "no .npz"),
        ("empty", "no .npz"),
        ("truncated", "truncated"),
        ("foreign", "it has no channels, groups"),
        ("pickled", "no .npz"),
    ],
)
def test_another_kind_of_file_is_refused(kind: str, words: str, tmp_path: Path) -> None:
    path = tmp_path / "other.npz"
    write(path, good(), origin=ORIGIN)
    whole = path.read_bytes()
    if kind == "pickled":
        arrays: dict[str, Any] = {**content(path), "times": np.array([print], dtype=object)}
        np.savez(path, **arrays)
    elif kind == "foreign":
        np.savez(path, header=np.zeros(3))
    elif kind == "missing":
        path.unlink()
    else:
        path.write_bytes({"text": b"words", "empty": b"", "truncated": whole[:-30]}[kind])

    with pytest.raises(EventError) as error:
        read(path)

    assert words in str(error.value)


def hurt(data: st.DataObject, content: bytes) -> bytes:
    """Return content with a few bytes overwritten, and perhaps its second half missing."""
    fresh = bytearray(content)
    for _ in range(data.draw(st.integers(1, 4))):
        fresh[data.draw(st.integers(0, len(fresh) - 1))] = data.draw(st.integers(0, 255))
    return bytes(fresh[: data.draw(st.sampled_from([len(fresh), len(fresh) // 2]))])


def hurt_inside(data: st.DataObject, path: Path) -> bytes:
    """Return a whole archive in which one array is hurt."""
    made, victim = io.BytesIO(), data.draw(st.sampled_from(sorted(KINDS)))
    with zipfile.ZipFile(path) as stored, zipfile.ZipFile(made, "w") as archive:
        for member in stored.namelist():
            inside = stored.read(member)
            archive.writestr(member, hurt(data, inside) if member == f"{victim}.npy" else inside)
    return made.getvalue()


@pytest.mark.parametrize("place", ["archive", "array"])
@given(data=st.data())
@settings(max_examples=300, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_any_damage_to_a_file_is_an_error_or_mended(
    place: str, data: st.DataObject, tmp_path: Path
) -> None:
    path = tmp_path / "hurt.npz"
    write(path, good(sensor_shape=CAMERA), origin=ORIGIN)
    path.write_bytes(
        hurt(data, path.read_bytes()) if place == "archive" else hurt_inside(data, path)
    )

    try:
        found, _ = read_unchecked(path)
    except EventError:
        return

    replace(found, events=repair(found).events).checked()
