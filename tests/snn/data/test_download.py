# SPDX-License-Identifier: Apache-2.0
"""Downloads from a server on this machine that drops, forgets, lies and stalls."""

import errno
import hashlib
import os
import re
from pathlib import Path

import numpy as np
import pytest

from snn.data.catalog import DATA_SETS
from snn.data.download import Downloaded, Patience, fetch
from snn.data.published import FILES, PublishedFile, files_of
from snn.errors import DataError, UnknownNameError
from tests.snn.data.file_server import Manners, serving

CONTENT = np.random.default_rng(1).bytes(1_000_000)
MD5 = f"md5:{hashlib.md5(CONTENT).hexdigest()}"
HASTE = Patience(timeout_s=2.0, num_tries=3, pause_s=0.0)


@pytest.fixture(autouse=True)
def _directly(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("no_proxy", "*")


def fetched(
    manners: Manners, folder: Path, *, checksum: str | None = MD5, patience: Patience = HASTE
) -> Downloaded:
    """Download the file of a server with these manners."""
    with serving(manners) as url:
        file = PublishedFile(
            name="file.bin", urls=(url,), checksum=checksum, checksum_source="the test"
        )
        return fetch(file, folder, patience=patience)


def test_a_file_is_there_as_a_whole_and_verified(tmp_path: Path) -> None:
    got = fetched(Manners(content=CONTENT), tmp_path / "deep")

    assert got.path.read_bytes() == CONTENT
    assert got.is_verified
    assert (got.num_bytes, got.sha256) == (1_000_000, hashlib.sha256(CONTENT).hexdigest())
    assert [one.name for one in (tmp_path / "deep").iterdir()] == ["file.bin"]


def test_a_dropped_connection_is_gone_on_with(tmp_path: Path) -> None:
    manners = Manners(content=CONTENT, drops_after=[300_000, 400_000, 0, 0])

    got = fetched(manners, tmp_path)

    assert got.path.read_bytes() == CONTENT
    assert manners.asked == [
        "all",
        "bytes=300000-",
        "bytes=700000-",
        "bytes=700000-",
        "bytes=700000-",
    ]


def test_a_later_run_goes_on_where_the_last_one_gave_up(tmp_path: Path) -> None:
    with pytest.raises(DataError, match=r"broke after 300000 of 1000000 bytes.*goes on where"):
        fetched(Manners(content=CONTENT, drops_after=[300_000, 0, 0, 0]), tmp_path)
    assert (tmp_path / "file.bin.part").stat().st_size == 300_000
    assert not (tmp_path / "file.bin").exists()

    manners = Manners(content=CONTENT)
    got = fetched(manners, tmp_path)

    assert got.path.read_bytes() == CONTENT
    assert manners.asked == ["bytes=300000-"]


@pytest.mark.parametrize("kind", ["ignores", "elsewhere", "changed", "lies", "no version"])
def test_a_part_that_cannot_be_gone_on_with_is_begun_anew(kind: str, tmp_path: Path) -> None:
    is_other = kind in {"changed", "lies"}
    first = Manners(content=bytes(1_000_000) if is_other else CONTENT)
    first.drops_after = [300_000, 0, 0, 0]
    checksum = None if kind == "no version" else MD5
    first.version = None if kind in {"no version", "lies"} else first.version
    with pytest.raises(DataError):
        fetched(first, tmp_path, checksum=checksum)
    second = Manners(
        content=CONTENT,
        version='"two"' if kind == "changed" else first.version,
        ignores_range=kind == "ignores",
        answers_elsewhere=kind == "elsewhere",
    )

    assert fetched(second, tmp_path, checksum=checksum).path.read_bytes() == CONTENT


def test_without_versions_a_checksum_lets_a_download_go_on(tmp_path: Path) -> None:
    manners = Manners(content=CONTENT, version=None, drops_after=[300_000])

    assert fetched(manners, tmp_path).is_verified
    assert manners.asked == ["all", "bytes=300000-"]


def test_a_server_that_always_breaks_and_never_goes_on_is_given_up(tmp_path: Path) -> None:
    manners = Manners(
        content=CONTENT, version=None, drops_after=[300_000, 200_000, 300_000] + [9] * 9
    )

    with pytest.raises(DataError, match="broke after"):
        fetched(manners, tmp_path, checksum=None)

    assert len(manners.asked) == 4


def test_a_complete_part_is_only_verified(tmp_path: Path) -> None:
    (tmp_path / "file.bin.part").write_bytes(CONTENT)
    (tmp_path / "file.bin.version").write_text('"one"')

    assert fetched(Manners(content=CONTENT), tmp_path).path.read_bytes() == CONTENT


def test_a_part_longer_than_its_file_is_begun_anew(tmp_path: Path) -> None:
    (tmp_path / "file.bin.part").write_bytes(CONTENT + b"more")
    (tmp_path / "file.bin.version").write_text('"one"')

    assert fetched(Manners(content=CONTENT), tmp_path).path.read_bytes() == CONTENT


def test_a_server_that_tells_no_length_is_believed_by_the_checksum(tmp_path: Path) -> None:
    got = fetched(Manners(content=CONTENT, says_length=False), tmp_path)

    assert got.num_bytes == 1_000_000


def test_a_wrong_checksum_is_told_and_nothing_is_kept(tmp_path: Path) -> None:
    with pytest.raises(DataError) as error:
        fetched(Manners(content=CONTENT[:-1] + b"x"), tmp_path)

    assert f"published is {MD5} (the test)" in str(error.value)
    assert list(tmp_path.iterdir()) == []


def test_a_file_without_a_known_checksum_is_not_called_verified(tmp_path: Path) -> None:
    assert not fetched(Manners(content=CONTENT), tmp_path, checksum=None).is_verified


def test_a_file_that_is_there_is_verified_without_the_network(tmp_path: Path) -> None:
    (tmp_path / "file.bin").write_bytes(CONTENT)
    file = PublishedFile(name="file.bin", urls=("http://127.0.0.1:9/",), checksum=MD5)

    assert fetch(file, tmp_path, patience=HASTE).is_verified
    (tmp_path / "file.bin").write_bytes(b"other")
    with pytest.raises(DataError, match=r"file\.bin: its checksum is .* remove the file"):
        fetch(file, tmp_path, patience=HASTE)


def test_offline_is_said_in_one_line_with_a_way_out(tmp_path: Path) -> None:
    file = PublishedFile(name="file.bin", urls=("http://127.0.0.1:9/file.bin",), checksum=MD5)

    with pytest.raises(DataError) as error:
        fetch(file, tmp_path, patience=HASTE)

    assert "http://127.0.0.1:9/file.bin: cannot be reached" in str(error.value)
    assert f"put the file into {tmp_path} by hand" in str(error.value)
    assert "\n" not in str(error.value)


def test_a_server_that_says_nothing_is_given_up_in_time(tmp_path: Path) -> None:
    patience = Patience(timeout_s=0.1, num_tries=2, pause_s=0.0)
    manners = Manners(content=CONTENT, stalls=True)

    with pytest.raises(DataError, match="timed out"):
        fetched(manners, tmp_path, patience=patience)

    assert len(manners.asked) == 2


def test_busy_servers_are_asked_again_and_refusals_are_not(tmp_path: Path) -> None:
    busy, gone = (
        Manners(content=CONTENT, statuses=[503, 429]),
        Manners(content=CONTENT, statuses=[404] * 9),
    )

    assert fetched(busy, tmp_path / "busy").num_bytes == 1_000_000
    with pytest.raises(DataError, match="status 404"):
        fetched(gone, tmp_path / "gone")
    assert len(gone.asked) == 1


def test_a_mirror_is_asked_where_the_first_place_fails(tmp_path: Path) -> None:
    with serving(Manners(content=CONTENT)) as url:
        file = PublishedFile(name="file.bin", urls=("http://127.0.0.1:9/", url), checksum=MD5)
        assert fetch(file, tmp_path, patience=HASTE).is_verified

    portal = Manners(content=b"<html>log in</html>")
    with serving(portal) as wrong, serving(Manners(content=CONTENT)) as url:
        file = PublishedFile(name="other.bin", urls=(wrong, url), checksum=MD5)
        assert fetch(file, tmp_path, patience=HASTE).path.read_bytes() == CONTENT

    local = PublishedFile(name="x", urls=("file:///etc/hostname",))
    with pytest.raises(DataError, match="no address of http"):
        fetch(local, tmp_path, patience=HASTE)


def test_progress_is_told_in_bytes(tmp_path: Path) -> None:
    told: list[tuple[int, int | None]] = []
    with serving(Manners(content=CONTENT, drops_after=[300_000])) as url:
        file = PublishedFile(name="file.bin", urls=(url,), checksum=MD5)
        fetch(
            file, tmp_path, patience=HASTE, on_bytes=lambda done, total: told.append((done, total))
        )

    assert told[-1] == (1_000_000, 1_000_000)
    assert [done for done, _ in told] == sorted(done for done, _ in told)


def test_a_disk_without_room_is_told_before(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Full:
        f_bavail, f_frsize = 2, 512

    monkeypatch.setattr("os.statvfs", lambda _folder: Full())

    with pytest.raises(DataError, match="1000000 bytes are to come and 1024 are free"):
        fetched(Manners(content=CONTENT), tmp_path)


def test_a_disk_that_fills_up_meanwhile_is_told_and_what_came_is_kept(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(handle: int) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr("os.fsync", full)
    with pytest.raises(DataError, match=r"cannot be written \(No space left on device\); what"):
        fetched(Manners(content=CONTENT), tmp_path)
    monkeypatch.undo()
    manners = Manners(content=CONTENT)

    assert fetched(manners, tmp_path).path.read_bytes() == CONTENT
    assert manners.asked == ["bytes=1000000-"]


def test_every_published_file_is_well_told() -> None:
    for name, files in {**FILES, "mswc": files_of("mswc", language="tr")}.items():
        assert name in DATA_SETS
        for file in files:
            assert all(url.startswith("https://") for url in file.urls)
            assert file.checksum is None or re.fullmatch(
                r"md5:[0-9a-f]{32}|sha256:[0-9a-f]{64}", file.checksum
            )
            assert ("none" in file.checksum_source) == (file.checksum is None)


def test_what_is_not_published_is_said() -> None:
    with pytest.raises(UnknownNameError, match="no published data set called 'wav-folder'"):
        files_of("wav-folder")
    for language in (None, "../x", ""):
        with pytest.raises(DataError, match="is no language"):
            files_of("mswc", language=language)
