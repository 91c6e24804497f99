# SPDX-License-Identifier: Apache-2.0
"""AEDAT 3.1: packets of events of a camera, as libcaer records them.

Lines that begin with `#`, the last of them `#!END-HEADER`; then packets, all little-endian: 28
bytes of header (type, source, size of an event, where its time stands, overflows of the time,
capacity, number, number valid), then the events. A polarity event (type 1) has eight bytes: 32 bits
of validity (bit 0), polarity (bit 1), y (bits 2..16) and x (bits 17..31), and 31 bits of time [us],
to which the header's overflows add 2^31 each.

Source
------
AEDAT 3.1 file format, docs.inivation.com.
"""

import struct
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from snn.errors import EventError

POLARITY_TYPE = 1
_HEADER = struct.Struct("<hhiiiiii")
_EVENT = np.dtype([("data", "<u4"), ("time", "<u4")])
_FIRST_LINE = b"#!AER-DAT3.1"
_LAST_LINE = b"#!END-HEADER"
_COORDINATE = 0x7FFF


@dataclass(frozen=True, slots=True, kw_only=True)
class CameraEvents:
    """What a camera saw: times in microseconds, x, y and polarity, each [num_events].

    `rest` says what is left of a packet that the file ends in; empty for a whole file.
    """

    times_us: NDArray[np.int64]
    x: NDArray[np.int32]
    y: NDArray[np.int32]
    polarity: NDArray[np.int32]
    rest: str


def read_aedat(path: Path) -> CameraEvents:
    """Return the valid polarity events of a file; raises EventError if it is no such file."""
    try:
        content = path.read_bytes()
    except OSError as error:
        raise _refusal(path, f"it cannot be read ({error.strerror})") from None
    place = _end_of_header(path, content)
    times: list[NDArray[np.int64]] = []
    data: list[NDArray[np.uint32]] = []
    rest = ""
    for overflow, events, left in _packets(path, content, place):
        rest = left or rest
        valid = events[(events["data"] & 1) == 1]
        times.append(valid["time"].astype(np.int64) + (overflow << 31))
        data.append(valid["data"])
    words = np.concatenate([np.zeros(0, np.uint32), *data]).astype(np.int64)
    return CameraEvents(
        times_us=np.concatenate([np.zeros(0, np.int64), *times]),
        x=(words >> 17 & _COORDINATE).astype(np.int32),
        y=(words >> 2 & _COORDINATE).astype(np.int32),
        polarity=(words >> 1 & 1).astype(np.int32),
        rest=rest,
    )


def _end_of_header(path: Path, content: bytes) -> int:
    if not content.startswith(_FIRST_LINE):
        raise _refusal(path, "it does not begin with #!AER-DAT3.1")
    last = content.find(_LAST_LINE)
    end = content.find(b"\n", last)
    if last < 0 or end < 0:
        raise _refusal(path, "its header has no end")
    return end + 1


def _packets(path: Path, content: bytes, place: int) -> Iterator[tuple[int, NDArray[np.void], str]]:
    """Yield overflows and events of each packet of polarity events, and what is cut off."""
    while place < len(content):
        if len(content) - place < _HEADER.size:
            yield 0, np.zeros(0, _EVENT), f"{len(content) - place} bytes of a packet's header"
            return
        kind, _, size, _, overflow, _, number, _ = _HEADER.unpack_from(content, place)
        place += _HEADER.size
        if size < 1 or number < 0 or overflow < 0 or (kind == POLARITY_TYPE and size != 8):
            raise _refusal(path, f"byte {place}: a packet of {number} events of {size} bytes")
        present = min(number, (len(content) - place) // size)
        left = f"a packet of {number} events has {present}" if present < number else ""
        if kind == POLARITY_TYPE:
            yield overflow, np.frombuffer(content, _EVENT, present, place), left
        elif left:
            yield 0, np.zeros(0, _EVENT), left
        place += number * size


def _refusal(path: Path, problem: str) -> EventError:
    advice = "this is no whole file of AEDAT 3.1; unpack or download it again"
    return EventError(file=str(path), place="", problem=f"{problem}; {advice}")
