# SPDX-License-Identifier: Apache-2.0
"""Archives unpacked beside themselves, and those that will not be."""

import gzip
import io
import tarfile
import zipfile
from pathlib import Path

import pytest

from snn.data.unpacking import unpack
from snn.errors import DataError


def packed(folder: Path, name: str, *, inside: str = "deep/a.txt") -> Path:
    """Return an archive of one file of words."""
    path = folder / name
    if name.endswith(".zip"):
        with zipfile.ZipFile(path, "w") as archive:
            archive.writestr(inside, "words")
    elif name.endswith(".tar.gz"):
        with tarfile.open(path, "w:gz") as archive:
            member = tarfile.TarInfo(inside)
            member.size = 5
            archive.addfile(member, io.BytesIO(b"words"))
    else:
        path.write_bytes(gzip.compress(b"words"))
    return path


@pytest.mark.parametrize(
    ("name", "made"), [("a.zip", "deep/a.txt"), ("a.tar.gz", "deep/a.txt"), ("a.h5.gz", "a.h5")]
)
def test_an_archive_is_unpacked_once_a_version(name: str, made: str, tmp_path: Path) -> None:
    archive = packed(tmp_path, name)

    assert unpack(archive, version="one")
    assert (tmp_path / made).read_text() == "words"
    (tmp_path / made).unlink()
    assert not unpack(archive, version="one")
    assert unpack(archive, version="two")
    assert (tmp_path / made).is_file()


@pytest.mark.parametrize("name", ["a.zip", "a.tar.gz", "a.h5.gz", "a.rar"])
def test_an_archive_that_is_damaged_or_unknown_is_named(name: str, tmp_path: Path) -> None:
    archive = packed(tmp_path, name)
    archive.write_bytes(archive.read_bytes()[:-20])

    with pytest.raises(DataError, match=r"a\.\w+.*: (it cannot be unpacked|this is no \.zip)"):
        unpack(archive, version="one")
    assert not (tmp_path / f"{name}.unpacked").exists()


def test_an_archive_may_not_leave_its_folder(tmp_path: Path) -> None:
    (tmp_path / "in").mkdir()
    archive = packed(tmp_path / "in", "a.tar.gz", inside="../out.txt")

    with pytest.raises(DataError, match="cannot be unpacked"):
        unpack(archive, version="one")

    assert not (tmp_path / "out.txt").exists()
