# SPDX-License-Identifier: Apache-2.0
"""`airloop snn events` and `airloop snn download`, as their users meet them."""

import hashlib
import json
from pathlib import Path
from typing import Any

import pytest

from host.cli.app import USER_ERROR, execute
from snn.data import download, published
from snn.data.download import Patience
from snn.data.published import PublishedFile
from snn.events.event_file import read, read_unchecked
from tests.snn.data.file_server import Manners, serving
from tests.snn.data.written import five_bytes, tone, write_wav

Words = pytest.CaptureFixture[str]
GOOD = five_bytes(3, 5, polarity=1, time_us=10) + five_bytes(33, 33, polarity=0, time_us=700)
PNG = b"\x89PNG"


@pytest.fixture(autouse=True)
def _inside(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("no_proxy", "*")


def told(capsys: Words, *arguments: str) -> dict[str, Any]:
    """Return the JSON of a command that succeeds."""
    assert execute([*arguments, "--json", "-"]) == 0
    content: dict[str, Any] = json.loads(capsys.readouterr().out)
    return content


def refused(capsys: Words, *arguments: str) -> str:
    """Return the one line of a command that must fail."""
    assert execute(arguments) == USER_ERROR
    captured = capsys.readouterr()
    assert captured.err.count("\n") == 1
    return captured.err.removeprefix("airloop: ").rstrip()


def test_events_are_described_and_converted(capsys: Words) -> None:
    Path("a.bin").write_bytes(GOOD)

    first = told(capsys, "snn", "events", "a.bin", "--convert", "deep/a.npz")
    again = told(capsys, "snn", "events", "deep/a.npz")

    assert (first["kind"], again["kind"]) == ("nmnist", "event-file")
    assert first["origin"]["sha256"] == hashlib.sha256(GOOD).hexdigest()
    assert first["repair"] is None
    assert (first["written"], again["written"]) == ("deep/a.npz", None)
    assert {**first, "kind": "", "written": ""} == {**again, "kind": "", "written": ""}
    assert read(Path("deep/a.npz")).times_us.tolist() == [10, 700]


def test_bad_events_are_named_and_with_repair_mended_and_counted(capsys: Words) -> None:
    Path("a.bin").write_bytes(
        GOOD[5:] + GOOD[:5] + five_bytes(9, 99, polarity=0, time_us=999) + b"x"
    )

    line = refused(capsys, "snn", "events", "a.bin")
    content = told(capsys, "snn", "events", "a.bin", "--repair", "mended.npz")

    assert line.startswith("a.bin: recording 0, event 3: truncated: ")
    assert content["repair"] == {
        "mended": {"unsorted": 1},
        "dropped": {"channel out of range": 1, "truncated": 1},
    }
    assert read(Path("mended.npz")).times_us.tolist() == [10, 700]
    assert execute(["snn", "events", "mended.npz"]) == 0
    assert "every event is as it should be" in capsys.readouterr().out


def test_an_event_file_that_is_hurt_is_mended(capsys: Words) -> None:
    import numpy as np

    Path("a.bin").write_bytes(GOOD)
    assert execute(["snn", "events", "a.bin", "--convert", "a.npz"]) == 0
    with np.load("a.npz") as stored:
        arrays: dict[str, Any] = {name: stored[name] for name in stored.files}
    arrays["times"] = arrays["times"][::-1].copy()
    np.savez("hurt.npz", **arrays)
    capsys.readouterr()

    line = refused(capsys, "snn", "events", "hurt.npz")
    content = told(capsys, "snn", "events", "hurt.npz", "--repair", "again.npz")

    assert line.startswith("hurt.npz: recording 0, event 1: unsorted: time 10 us")
    assert content["repair"]["mended"] == {"unsorted": 1}
    assert read_unchecked(Path("again.npz"))[1].source.startswith("N-MNIST")


def test_sound_is_heard_once_and_kept(capsys: Words, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("0_anna_0", "1_anna_7"):
        write_wav(Path("digits", f"{name}.wav"), tone())

    first = told(capsys, "snn", "events", "digits", "--split", "test")
    monkeypatch.setattr("snn.data.encoding.drive", lambda *_, **__: pytest.fail("heard again"))
    again = told(capsys, "snn", "events", "digits", "--split", "test")

    assert first == again
    assert (first["kind"], first["num_recordings"]) == ("fsdd", 1)
    assert len(list(Path("results/events").iterdir())) == 1


def test_a_recording_is_drawn(capsys: Words) -> None:
    Path("a.bin").write_bytes(GOOD)

    assert execute(["snn", "events", "a.bin", "--picture", "deep/a.png"]) == 0

    assert "picture  deep/a.png" in capsys.readouterr().out
    assert Path("deep/a.png").read_bytes().startswith(PNG)


def test_a_recording_without_events_is_drawn_too() -> None:
    Path("a.bin").write_bytes(b"")

    assert execute(["snn", "events", "a.bin", "--picture", "a.png"]) == 0

    assert Path("a.png").read_bytes().startswith(PNG)


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("gone.npz",), "gone.npz: there is no such file or folder"),
        (("a.bin", "--kind", "moon"), "no kind of events called 'moon'; there are: event-file,"),
        (("a.bin", "--split", "dev"), "nmnist has no split called 'dev'; there are: train, test"),
        ((), "no file or folder is named; only these are made here: --kind iq-modulation"),
        (("a.bin", "--convert", "a.txt"), "--convert: a.txt is not called *.npz"),
        (("a.bin", "--picture", "a.jpg"), "--picture: a.jpg is not called *.png"),
        (("a.bin", "--convert", "a.npz", "--repair", "b.npz"), "choose one"),
        (("a.bin", "--picture", "a.png", "--recording", "1"), "--recording: there are 1"),
        (("a.bin", "--convert", "a.bin/x.npz"), "--convert: a.bin/x.npz: its folder cannot"),
        (("a.bin", "--json", "a.bin/x.json"), "--json: a.bin/x.json: its folder cannot"),
        (("a.bin", "--kind", "event-file"), "a.bin: it is truncated, damaged or no .npz"),
        (("a.bin", "--kind", "shd"), "a.bin: truncated, or no HDF5 file of shd"),
    ],
    ids=" ".join,
)
def test_a_mistake_is_one_line(arguments: tuple[str, ...], words: str, capsys: Words) -> None:
    Path("a.bin").write_bytes(GOOD)

    assert words in refused(capsys, "snn", "events", *arguments)


@pytest.mark.parametrize("command", ["events", "download"])
def test_help_shows_examples(command: str, capsys: Words) -> None:
    assert execute(["snn", command, "--help"]) == 0

    assert f"airloop snn {command}" in capsys.readouterr().out.split("Examples:")[1]


def archive() -> bytes:
    """Return a zip with one recording of N-MNIST."""
    import io
    import zipfile

    made = io.BytesIO()
    with zipfile.ZipFile(made, "w") as content:
        content.writestr("Train/7/1.bin", GOOD)
    return made.getvalue()


@pytest.mark.parametrize("is_known", [True, False])
def test_a_set_is_downloaded_verified_unpacked_and_read(
    capsys: Words, monkeypatch: pytest.MonkeyPatch, *, is_known: bool
) -> None:
    content = archive()
    digest = hashlib.sha256(content).hexdigest()
    manners = Manners(content=content, drops_after=[40])
    with serving(manners) as url:
        file = PublishedFile(
            name="Train.zip",
            urls=(url,),
            checksum=f"sha256:{digest}" if is_known else None,
            checksum_source="the test" if is_known else "none is published",
        )
        monkeypatch.setattr(published, "FILES", {"nmnist": (file,)})
        monkeypatch.setattr(download, "Patience", lambda: Patience(pause_s=0.0))
        assert execute(["snn", "download", "nmnist", "--json", "told.json"]) == 0

    words = capsys.readouterr().out
    (one,) = json.loads(Path("told.json").read_text())
    assert (one["sha256"], one["is_verified"]) == (digest, is_known)
    assert ("could not be verified: none is published" in words) is not is_known
    assert manners.asked == ["all", "bytes=40-"]
    assert told(capsys, "snn", "events", "results/data/nmnist")["num_events"] == 2


def test_a_set_that_cannot_be_downloaded_is_one_line(
    capsys: Words, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = PublishedFile(name="Train.zip", urls=("http://127.0.0.1:9/",))
    monkeypatch.setattr(published, "FILES", {"nmnist": (file,)})
    monkeypatch.setattr(download, "Patience", lambda: Patience(num_tries=1, pause_s=0.0))

    assert "cannot be reached" in refused(capsys, "snn", "download", "nmnist")
    assert "no published data set called 'moon'" in refused(capsys, "snn", "download", "moon")
    assert "is no language" in refused(capsys, "snn", "download", "mswc")
