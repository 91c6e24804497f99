# SPDX-License-Identifier: Apache-2.0
"""A file brought from the network: in pieces if need be, verified, and there as a whole or not.

What came so far lies in `NAME.part`, beside it what the server said of its version, `NAME.version`;
a later run, or another try of this one, goes on from there: where the server tells versions it is
asked for the same, and where it tells none a checksum has to, or the file is begun anew.
"""

import contextlib
import hashlib
import http.client
import os
import re
import ssl
import time
import urllib.error
import urllib.request
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

from snn.data.published import PublishedFile
from snn.errors import DataError

OnBytes = Callable[[int, int | None], None]
"""Told how many bytes are there, and of how many where the server says so."""

_CHUNK = 1 << 18
_RANGE = re.compile(r"bytes (?:(\d+)-\d+|\*)/(\d+|\*)")
_PARTIAL, _TOO_FAR = 206, 416
_MEND_BY_WAITING = frozenset({408, 425, 429, 500, 502, 503, 504})


@dataclass(frozen=True, slots=True, kw_only=True)
class Patience:
    """How long to wait for a server.

    Parameters
    ----------
    timeout_s : float [s]
        For a connection, and for each piece.
    num_tries : int
        In a row without a single new byte.
    pause_s : float [s]
        Before the second try; it doubles with each.
    """

    timeout_s: float = 30.0
    num_tries: int = 5
    pause_s: float = 1.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Downloaded:
    """A file that is there: its place, bytes, SHA-256, and whether a known checksum agreed."""

    path: Path
    num_bytes: int
    sha256: str
    is_verified: bool


class _Broken(Exception):
    """The connection ended too early, or the server asks to come again."""


class _Refused(Exception):
    """The server will not give the file."""


def fetch(
    file: PublishedFile,
    folder: Path,
    *,
    patience: Patience | None = None,
    on_bytes: OnBytes | None = None,
) -> Downloaded:
    """Return a published file in a folder, downloading what is missing of it.

    A file that is there already is verified and kept. Mirrors are tried in turn.

    Raises
    ------
    DataError
        It cannot be reached, is not what was published, or there is no room for it.
    """
    folder.mkdir(parents=True, exist_ok=True)
    target = folder / file.name
    if target.is_file():
        return _verified(file, target)
    problems: list[str] = []
    for url in file.urls:
        try:
            part = _Part(target, is_verifiable=file.checksum is not None)
            _pull(url, part, patience or Patience(), on_bytes)
            if part.was_continued and _checksums(part.path, file)[0] != file.checksum:
                part.discard()  # its beginning may have been another version's
                _pull(url, part, patience or Patience(), on_bytes)
            return _finished(file, part)
        except (_Broken, _Refused) as error:
            problems.append(f"{url}: {error}")
    raise DataError(
        f"{file.name} cannot be downloaded ({'; '.join(problems)}); check the network and run "
        f"again, it goes on where it was, or put the file into {folder} by hand"
    )


class _Part:
    """What is there of a file that is not complete."""

    def __init__(self, target: Path, *, is_verifiable: bool) -> None:
        self.target = target
        self.is_verifiable = is_verifiable
        self.was_continued = False
        self.path = target.with_name(f"{target.name}.part")
        self.version = target.with_name(f"{target.name}.version")

    @property
    def num_bytes(self) -> int:
        return self.path.stat().st_size if self.path.is_file() else 0

    def known_version(self) -> str:
        return self.version.read_text() if self.version.is_file() else ""

    def discard(self) -> None:
        self.was_continued = False
        self.path.unlink(missing_ok=True)
        self.version.unlink(missing_ok=True)


def _pull(url: str, part: _Part, patience: Patience, on_bytes: OnBytes | None) -> None:
    """Bring what is missing; raises _Broken after the last try, _Refused at once."""
    num_failed, most = 0, part.num_bytes
    while True:
        try:
            _pull_once(url, part, patience, on_bytes)
        except _Broken:
            num_failed = 0 if part.num_bytes > most else num_failed + 1
            most = max(most, part.num_bytes)
            if num_failed >= patience.num_tries:
                raise
            time.sleep(patience.pause_s * 2.0 ** max(0, num_failed - 1))
        else:
            return


def _pull_once(url: str, part: _Part, patience: Patience, on_bytes: OnBytes | None) -> None:
    request = urllib.request.Request(url, headers={"User-Agent": "airloop"})
    present, version = part.num_bytes, part.known_version()
    if present and (version or part.is_verifiable):
        request.add_header("Range", f"bytes={present}-")
        part.was_continued = True
    if version:
        request.add_header("If-Range", version)
    try:
        with _opened(url, request, patience.timeout_s) as answer:
            _receive(answer, part, on_bytes, present=present)
    except urllib.error.HTTPError as error:
        _explain_status(error, part, present)
    except urllib.error.URLError as error:
        raise _Broken(f"cannot be reached, {error.reason}") from None
    except (http.client.HTTPException, ConnectionError, TimeoutError, ssl.SSLError) as error:
        raise _Broken(f"the connection broke, {str(error) or type(error).__name__}") from None
    except OSError as error:
        raise DataError(
            f"{part.path}: cannot be written ({error.strerror}); what came is kept. Make room and "
            "run again, or name another folder"
        ) from None


def _opened(
    url: str, request: urllib.request.Request, timeout_s: float
) -> http.client.HTTPResponse:
    if urlsplit(url).scheme not in {"http", "https"}:
        raise _Refused("this is no address of http or https")
    opened: http.client.HTTPResponse = urllib.request.urlopen(request, timeout=timeout_s)
    return opened


def _receive(
    answer: http.client.HTTPResponse, part: _Part, on_bytes: OnBytes | None, *, present: int
) -> None:
    total = _total(answer)
    if answer.status == _PARTIAL:
        begins = _RANGE.fullmatch(answer.headers.get("Content-Range", ""))
        if begins is None or begins[1] != str(present):
            part.discard()
            raise _Broken("it answered with another part than was asked for")
    else:
        present = 0  # the whole file, from its beginning
    version = answer.headers.get("ETag") or answer.headers.get("Last-Modified") or ""
    part.version.write_text("" if version.startswith("W/") else version)
    _require_room(part.target.parent, None if total is None else total - present)
    with part.path.open("r+b" if present else "wb") as file:
        file.seek(present)
        file.truncate()
        while chunk := answer.read(_CHUNK):
            file.write(chunk)
            present += len(chunk)
            if on_bytes is not None:
                on_bytes(present, total)
        file.flush()
        os.fsync(file.fileno())
    if total is not None and present < total:
        raise _Broken(f"the connection broke after {present} of {total} bytes")


def _total(answer: http.client.HTTPResponse) -> int | None:
    """Return the length of the whole file, if the server says it."""
    if answer.status == _PARTIAL:
        told = _RANGE.fullmatch(answer.headers.get("Content-Range", ""))
        return int(told[2]) if told and told[2] != "*" else None
    length = answer.headers.get("Content-Length", "")
    return int(length) if length.isdecimal() else None


def _explain_status(error: urllib.error.HTTPError, part: _Part, present: int) -> None:
    """Return where nothing is missing; raise what the status means otherwise."""
    if error.code == _TOO_FAR:
        told = _RANGE.fullmatch(error.headers.get("Content-Range", ""))
        if told is not None and told[2] == str(present):
            return
        part.discard()
        raise _Broken("the part that is here is none of its file")
    words = f"status {error.code}, {error.reason}"
    raise _Broken(words) if error.code in _MEND_BY_WAITING else _Refused(words)


def _require_room(folder: Path, num_bytes: int | None) -> None:
    status = os.statvfs(folder)
    free = status.f_bavail * status.f_frsize
    if num_bytes is not None and num_bytes > free:
        raise DataError(
            f"{folder}: {num_bytes} bytes are to come and {free} are free; name another folder"
        )


def _finished(file: PublishedFile, part: _Part) -> Downloaded:
    """Verify what came and give it its name; what is wrong is removed."""
    found, sha256 = _checksums(part.path, file)
    if found != file.checksum:
        part.discard()
        raise _Refused(
            f"what came has the checksum {found}, published is {file.checksum} "
            f"({file.checksum_source}), and is removed"
        )
    num_bytes = part.num_bytes
    part.path.replace(part.target)
    part.version.unlink(missing_ok=True)
    _sync_folder(part.target.parent)
    return Downloaded(
        path=part.target,
        num_bytes=num_bytes,
        sha256=sha256,
        is_verified=file.checksum is not None,
    )


def _verified(file: PublishedFile, target: Path) -> Downloaded:
    found, sha256 = _checksums(target, file)
    if found != file.checksum:
        raise DataError(
            f"{target}: its checksum is {found}, published is {file.checksum} "
            f"({file.checksum_source}); remove the file and run again"
        )
    return Downloaded(
        path=target,
        num_bytes=target.stat().st_size,
        sha256=sha256,
        is_verified=file.checksum is not None,
    )


def _checksums(path: Path, file: PublishedFile) -> tuple[str | None, str]:
    """Return the checksum of the published kind (None where none is), and SHA-256."""
    kind = (file.checksum or "sha256:").partition(":")[0]
    digests = [hashlib.new(one, usedforsecurity=False) for one in (kind, "sha256")]
    with path.open("rb") as content:
        while chunk := content.read(_CHUNK):
            for digest in digests:
                digest.update(chunk)
    published = None if file.checksum is None else f"{kind}:{digests[0].hexdigest()}"
    return published, digests[1].hexdigest()


def _sync_folder(folder: Path) -> None:
    with contextlib.suppress(OSError):  # some file systems have no such thing
        handle = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)
