# SPDX-License-Identifier: Apache-2.0
"""How one message becomes bytes on the wire, and how bytes that may be damaged become messages.

A frame, before byte stuffing (little endian)::

    type u8 | seq u16 | len u16 | payload[len] | crc32 u32 over type..payload

It travels COBS-encoded and ends with a zero byte; no other byte of it is zero, so a reader that
has lost its place finds the next frame at the next zero.

Source
------
Cheshire & Baker, Consistent Overhead Byte Stuffing, IEEE/ACM Trans. Networking 7(2), 1999.
CRC-32 as in ISO-HDLC (zlib.crc32).
"""

import struct
import zlib
from dataclasses import dataclass

from cobs import cobs

FRAME_END = b"\x00"
HEADER = struct.Struct("<BHH")
CHECKSUM = struct.Struct("<I")
MAX_PAYLOAD_BYTES = 0xFFFF


class DamagedFrameError(ValueError):
    """The bytes between two frame ends are no frame; the sender will have to say it again."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Frame:
    """One message on the wire.

    Parameters
    ----------
    type : int
        Which message, 0..255; an answer has bit 7 set.
    seq : int
        Number of the request, 0..65535; its answer carries the same.
    payload : bytes
        The message's own fields, at most 65535 bytes.
    """

    type: int
    seq: int
    payload: bytes


def encode(frame: Frame) -> bytes:
    """Return the bytes of a frame as they travel, frame end included."""
    body = HEADER.pack(frame.type, frame.seq, len(frame.payload)) + frame.payload
    return bytes(cobs.encode(body + CHECKSUM.pack(zlib.crc32(body)))) + FRAME_END


def decode(encoded: bytes) -> Frame:
    """Return the frame in `encoded`, which holds no frame end.

    Raises
    ------
    DamagedFrameError
        Byte stuffing, length or checksum do not agree.
    """
    try:
        raw = bytes(cobs.decode(encoded))
    except cobs.DecodeError as error:
        raise DamagedFrameError(f"byte stuffing: {error}") from error
    if len(raw) < HEADER.size + CHECKSUM.size:
        raise DamagedFrameError(f"{len(raw)} bytes are no frame")
    body, checksum = raw[: -CHECKSUM.size], raw[-CHECKSUM.size :]
    if zlib.crc32(body) != CHECKSUM.unpack(checksum)[0]:
        raise DamagedFrameError("checksum")
    kind, seq, length = HEADER.unpack_from(body)
    if length != len(body) - HEADER.size:
        raise DamagedFrameError(f"{len(body) - HEADER.size} bytes of payload, not {length}")
    return Frame(type=kind, seq=seq, payload=body[HEADER.size :])


def encoded_bytes(payload_bytes: int) -> int:
    """Return the most bytes that a frame with so many bytes of payload takes on the wire."""
    raw = HEADER.size + payload_bytes + CHECKSUM.size
    return raw + (raw + 253) // 254 + len(FRAME_END)


class FrameReader:
    """Cuts a stream of bytes into frames, and gets over whatever is not one.

    Parameters
    ----------
    max_payload_bytes : int
        Longest payload to believe in; without a frame end the reader keeps no more than that.

    Attributes
    ----------
    num_damaged : int
        Stretches between two frame ends that were no frame.
    """

    def __init__(self, *, max_payload_bytes: int = MAX_PAYLOAD_BYTES) -> None:
        self.num_damaged = 0
        self._limit = encoded_bytes(max_payload_bytes)
        self._pending = bytearray()
        self._skipping = False

    def clear(self) -> None:
        """Forget the unfinished frame."""
        self._pending.clear()
        self._skipping = False

    def take_rest(self) -> bytes:
        """Return the bytes behind the last frame end, and forget them: they are no frame."""
        rest = bytes(self._pending)
        self.clear()
        return rest

    def feed(self, data: bytes) -> list[Frame]:
        """Take bytes as they come; return the whole frames they complete, in order."""
        *finished, rest = data.split(FRAME_END)
        frames: list[Frame] = []
        for piece in finished:
            self._append(piece)
            frames.extend(self._finish())
        self._append(rest)
        return frames

    def _append(self, piece: bytes) -> None:
        self._pending += piece
        if len(self._pending) > self._limit:
            self._pending.clear()
            self._skipping = True

    def _finish(self) -> list[Frame]:
        encoded, overlong = bytes(self._pending), self._skipping
        self.clear()
        if not encoded and not overlong:
            return []
        try:
            return [decode(encoded)]
        except DamagedFrameError:
            self.num_damaged += 1
            return []
