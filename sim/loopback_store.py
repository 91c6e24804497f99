# SPDX-License-Identifier: Apache-2.0
"""The two image slots of the device in this process, which is told of them in `sim.loopback`.

Written apart from the firmware and from the host: it knows the wire from
`firmware/wire/messages.h` alone. Every method takes the payload of a request and returns the
payload of its answer, status first.
"""

import struct
import zlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Protocol

OK, BAD_ARG, BAD_STATE, BAD_IMAGE, TOO_LARGE = range(5)
WRONG_BASE = 7
_HASH_BYTES = 8


class Network(Protocol):
    """An image made ready to run."""

    @property
    def num_input_bytes(self) -> int:
        """Return how many bytes `run` takes."""
        ...

    @property
    def operator_kinds(self) -> tuple[int, ...]:
        """Return the kind of each operator, in order of execution."""
        ...

    def run(self, data: bytes) -> bytes:
        """Return the output of one run."""
        ...


class _Transfer(StrEnum):
    """What is under way in the other slot."""

    NONE = "none"
    LOAD = "load"
    PATCH = "patch"


@dataclass(kw_only=True)
class _Slot:
    total: int = 0
    crc32: int = 0
    sha256: bytes = bytes(32)
    arrived: int = 0
    data: bytearray = field(default_factory=bytearray)

    def is_announced_by(self, other: "_Slot") -> bool:
        mine = (self.total, self.crc32, self.sha256)
        return mine == (other.total, other.crc32, other.sha256)


@dataclass(kw_only=True)
class ImageStore:
    """One image in force, and one that is loaded, patched, or was in force before.

    Parameters
    ----------
    open_image : callable
        Makes the bytes of an image ready to run; raises ValueError when they are no image.
    capacity : int
        Largest image [bytes].

    Attributes
    ----------
    network : Network or None
        The network in force.
    """

    open_image: Callable[[bytes], Network]
    capacity: int
    network: Network | None = None

    _active: _Slot = field(default_factory=_Slot, repr=False)
    _other: _Slot = field(default_factory=_Slot, repr=False)
    _transfer: _Transfer = _Transfer.NONE

    @property
    def image_hash(self) -> bytes:
        """Return the first bytes of the identity of the image in force; zeros if there is none."""
        return self._active.sha256[:_HASH_BYTES]

    def reset(self) -> None:
        """Forget every image."""
        self._active, self._other = _Slot(), _Slot()
        self._transfer, self.network = _Transfer.NONE, None

    def load_begin(self, payload: bytes) -> bytes:
        """Answer LOAD_BEGIN."""
        total, crc32, sha256 = struct.unpack("<II32s", payload)
        announced = _Slot(total=total, crc32=crc32, sha256=sha256)
        if total > self.capacity:
            return bytes([TOO_LARGE])
        if self._transfer is _Transfer.PATCH or not self._other.is_announced_by(announced):
            self._other = announced
        self._transfer = _Transfer.LOAD
        return self._next_offset()

    def load_chunk(self, payload: bytes) -> bytes:
        """Answer LOAD_CHUNK."""
        (offset,) = struct.unpack_from("<I", payload)
        if self._transfer is not _Transfer.LOAD:
            return bytes([BAD_STATE])
        end = offset + len(payload) - 4
        if offset != self._other.arrived or end > self._other.total:
            return bytes([BAD_ARG])
        self._other.data += payload[4:]
        self._other.arrived = end
        return self._next_offset()

    def load_commit(self, payload: bytes) -> bytes:
        """Answer LOAD_COMMIT."""
        if payload:
            return bytes([BAD_ARG])
        if self._transfer is not _Transfer.LOAD or self._other.arrived != self._other.total:
            return bytes([BAD_STATE])
        return bytes([self._commit()])

    def patch_begin(self, payload: bytes) -> bytes:
        """Answer PATCH_BEGIN."""
        base, total, crc32, sha256 = struct.unpack("<32sII32s", payload)
        announced = _Slot(total=total, crc32=crc32, sha256=sha256)
        if self.network is None:
            return bytes([BAD_STATE])
        if base != self._active.sha256:
            return bytes([WRONG_BASE])
        if total != self._active.total:
            return bytes([BAD_ARG])
        if self._transfer is not _Transfer.PATCH or not self._other.is_announced_by(announced):
            announced.data = bytearray(self._active.data)
            self._other = announced
        self._transfer = _Transfer.PATCH
        return self._next_offset()

    def patch_chunk(self, payload: bytes) -> bytes:
        """Answer PATCH_CHUNK."""
        (offset,) = struct.unpack_from("<I", payload)
        if self._transfer is not _Transfer.PATCH:
            return bytes([BAD_STATE])
        try:
            pieces = list(_pieces(payload[4:], offset=offset))
        except ValueError:
            return bytes([BAD_ARG])
        end = pieces[-1][0] + len(pieces[-1][1]) if pieces else offset
        if offset != self._other.arrived or end > self._other.total:
            return bytes([BAD_ARG])
        for at, data in pieces:
            self._other.data[at : at + len(data)] = data
        self._other.arrived = end
        return self._next_offset()

    def patch_commit(self, payload: bytes) -> bytes:
        """Answer PATCH_COMMIT."""
        if payload:
            return bytes([BAD_ARG])
        if self._transfer is not _Transfer.PATCH:
            return bytes([BAD_STATE])
        status = self._commit()
        return bytes([status]) + (self.image_hash if status == OK else b"")

    def _commit(self) -> int:
        self._transfer = _Transfer.NONE
        data = bytes(self._other.data)
        try:
            if len(data) != self._other.total or zlib.crc32(data) != self._other.crc32:
                raise ValueError("another checksum than was announced")
            self.network = self.open_image(data)
        except ValueError:
            self._other = _Slot()
            return BAD_IMAGE
        self._other.arrived = self._other.total
        self._active, self._other = self._other, self._active
        return OK

    def _next_offset(self) -> bytes:
        return struct.pack("<BI", OK, self._other.arrived)


def _pieces(data: bytes, *, offset: int) -> Iterator[tuple[int, bytes]]:
    """Yield (offset, bytes) of every piece; raises ValueError when one is cut short or empty."""
    rest = data
    while rest:
        skip, rest = _number(rest)
        length, rest = _number(rest)
        if not 0 < length <= len(rest):
            raise ValueError("a piece is empty or cut short")
        yield offset + skip, rest[:length]
        offset, rest = offset + skip + length, rest[length:]


def _number(data: bytes) -> tuple[int, bytes]:
    """Return a number of at most four bytes, and what follows it."""
    for i, byte in enumerate(data[:4]):
        if byte < 0x80:
            return sum((data[j] & 0x7F) << (7 * j) for j in range(i + 1)), data[i + 1 :]
    raise ValueError("a number does not end")
