# SPDX-License-Identifier: Apache-2.0
"""The bytes in which one image differs from another, for a device that runs the other.

How pieces travel is described in `firmware/wire/messages.h`: each names the bytes that it skips and
those that it brings, both numbers in seven bits a byte.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Self

import numpy as np

from boards.errors import PatchError
from boards.image import Image

MIN_PART_BYTES = 16
_NUMBER_BITS = 7
_MOST_BYTES = 1 << 28  # what four bytes of seven bits can number


@dataclass(frozen=True, slots=True, kw_only=True)
class Piece:
    """Consecutive bytes of an image, from `offset` on."""

    offset: int
    data: bytes

    @property
    def end(self) -> int:
        """Return the offset behind the last byte."""
        return self.offset + len(self.data)


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """What travels in one frame: whole pieces, encoded, between two offsets into the image."""

    offset: int
    end: int
    data: bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class Patch:
    """The way from one image to another of equal layout.

    Parameters
    ----------
    base_sha256 : bytes [32]
        Identity of the image that it changes.
    total : int
        Length of both images [bytes].
    crc32 : int
        Of all bytes of the image that it leads to.
    sha256 : bytes [32]
        Identity of that image.
    pieces : tuple of Piece
        Its bytes where they differ, in the order of the image, none touching another.
    """

    base_sha256: bytes
    total: int
    crc32: int
    sha256: bytes
    pieces: tuple[Piece, ...]

    @classmethod
    def between(cls, old: Image, new: Image) -> Self:
        """Return the bytes of `new` that differ from `old`.

        Differing bytes are joined over equal ones where these cost no more than another piece.

        Raises
        ------
        PatchError
            The images differ in length, operators, activations, input or output.
        """
        _require_equal_layout(old, new)
        return cls(
            base_sha256=old.sha256,
            total=len(new.data),
            crc32=new.crc32,
            sha256=new.sha256,
            pieces=tuple(
                Piece(offset=start, data=new.data[start:end])
                for start, end in _joined(_differing(old.data, new.data))
            ),
        )

    @property
    def num_bytes(self) -> int:
        """Return what the pieces take on the wire, before they are cut into frames [bytes]."""
        return sum(len(part.data) for part in self.parts(max_bytes=_MOST_BYTES))

    def apply(self, old: Image) -> Image:
        """Return the image that the patch leads to.

        Raises
        ------
        PatchError
            `old` is not the image that it changes, or it does not lead where it says.
        ImageError
            What it leads to is no image.
        """
        if old.sha256 != self.base_sha256:
            raise PatchError(f"{old.source}: the patch was made for another image; make it anew")
        data = bytearray(old.data)
        for piece in self.pieces:
            data[piece.offset : piece.end] = piece.data
        new = Image(bytes(data), f"patched {old.source}")
        if new.sha256 != self.sha256:
            raise PatchError(f"{new.source}: the patch leads to another image than it names")
        return new

    def parts(self, *, max_bytes: int, offset: int = 0) -> Iterator[Part]:
        """Cut the pieces into frames.

        Parameters
        ----------
        max_bytes : int
            Longest data of a part, at least `MIN_PART_BYTES` [bytes].
        offset : int
            Everything before this offset into the image has arrived.
        """
        if max_bytes < MIN_PART_BYTES:
            raise ValueError(f"a part takes at least {MIN_PART_BYTES} bytes, not {max_bytes}")
        start = end = offset
        data = bytearray()
        for piece in self.pieces:
            at = max(piece.offset, end)
            while at < piece.end:
                head_bytes = _head_bytes(skip=at - end, length=piece.end - at)
                length = min(piece.end - at, max_bytes - len(data) - head_bytes)
                if length < 1:
                    yield Part(offset=start, end=end, data=bytes(data))
                    start, data = end, bytearray()
                    continue
                data += _number(at - end) + _number(length)
                data += piece.data[at - piece.offset :][:length]
                at = end = at + length
        if data:
            yield Part(offset=start, end=end, data=bytes(data))


def _differing(old: bytes, new: bytes) -> Iterator[tuple[int, int]]:
    """Yield (start, end) of each longest run of bytes that differ, in order."""
    unequal = np.frombuffer(old, np.uint8) != np.frombuffer(new, np.uint8)
    steps = np.diff(unequal.astype(np.int8), prepend=0, append=0)
    starts, ends = np.flatnonzero(steps == 1).tolist(), np.flatnonzero(steps == -1).tolist()
    yield from zip(starts, ends, strict=True)


def _joined(ranges: Iterator[tuple[int, int]]) -> Iterator[tuple[int, int]]:
    """Join neighbours whose gap costs no more bytes than the head of another piece."""
    joined: tuple[int, int] | None = None
    for start, end in ranges:
        if joined is None:
            joined = (start, end)
        elif start - joined[1] <= _head_bytes(skip=start - joined[1], length=end - start):
            joined = (joined[0], end)
        else:
            yield joined
            joined = (start, end)
    if joined is not None:
        yield joined


def _head_bytes(*, skip: int, length: int) -> int:
    return len(_number(skip)) + len(_number(length))


def _number(value: int) -> bytes:
    """Return a number in seven bits a byte, the least significant first (LEB128)."""
    encoded = bytearray()
    while value >= 1 << _NUMBER_BITS:
        encoded.append(value & 0x7F | 0x80)
        value >>= _NUMBER_BITS
    return bytes([*encoded, value])


def _require_equal_layout(old: Image, new: Image) -> None:
    one, other = _layout(old), _layout(new)
    different = [
        f"{what} ({one[what]}, then {other[what]})" for what in one if one[what] != other[what]
    ]
    if different:
        raise PatchError(
            f"no patch leads from {old.source} to {new.source}: they differ in "
            f"{', '.join(different)}; load the new image whole"
        )


def _layout(image: Image) -> dict[str, object]:
    """Return what a patch may not change, by its name in messages."""
    return {
        "length in bytes": len(image.data),
        "number of operators": image.header.num_operators,
        "activations in bytes": image.header.activation_bytes,
        "input shape": image.input_shape,
        "output shape": image.output_shape,
        "multiply-accumulates": image.macs,
        "bits of the weights": ", ".join(
            str(one.weight_bits) for one in image.operators if one.weight_bits
        ),
    }
