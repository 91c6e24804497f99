# SPDX-License-Identifier: Apache-2.0
"""The firmware's codec of the wire, compiled for this machine and called through ctypes."""

import ctypes
import subprocess
from pathlib import Path

from tests.host.built_firmware import ROOT

FIRMWARE = ROOT / "firmware"
DAMAGED = ctypes.c_size_t(-1).value


class Frame(ctypes.Structure):
    """`frame_t` of wire/frame.h."""

    _fields_ = (
        ("type", ctypes.c_uint8),
        ("seq", ctypes.c_uint16),
        ("length", ctypes.c_uint16),
        ("payload", ctypes.POINTER(ctypes.c_uint8)),
    )


class WireCodec:
    """The functions of firmware/wire."""

    def __init__(self, folder: Path) -> None:
        library = folder / "wire.so"
        sources = [str(path) for path in sorted((FIRMWARE / "wire").glob("*.c"))]
        flags = ["-std=c11", "-O1", "-g", "-shared", "-fPIC", f"-I{FIRMWARE}"]
        subprocess.run(["gcc", *flags, *sources, "-o", str(library)], check=True)
        self._library = ctypes.CDLL(str(library))
        self._library.cobs_encode.restype = ctypes.c_size_t
        self._library.cobs_decode.restype = ctypes.c_size_t
        self._library.frame_seal.restype = ctypes.c_size_t
        self._library.frame_decode.restype = ctypes.c_bool
        self._library.crc32_update.restype = ctypes.c_uint32

    def crc32(self, data: bytes, start: int = 0) -> int:
        return int(self._library.crc32_update(start, data, ctypes.c_size_t(len(data))))

    def cobs_encode(self, data: bytes) -> bytes:
        room = ctypes.create_string_buffer(len(data) + len(data) // 254 + 2)
        length = self._library.cobs_encode(data, ctypes.c_size_t(len(data)), room)
        return room.raw[:length]

    def cobs_decode(self, encoded: bytes) -> bytes | None:
        room = ctypes.create_string_buffer(encoded, len(encoded) + 1)
        length = self._library.cobs_decode(room, ctypes.c_size_t(len(encoded)))
        return None if length == DAMAGED else room.raw[:length]

    def seal(self, *, kind: int, seq: int, payload: bytes) -> bytes:
        room = ctypes.create_string_buffer(bytes(5) + payload + bytes(4))
        length = self._library.frame_seal(room, kind, seq, ctypes.c_size_t(len(payload)))
        return room.raw[:length]

    def decode(self, encoded: bytes) -> tuple[int, int, bytes] | None:
        room = ctypes.create_string_buffer(encoded, len(encoded) + 1)
        frame = Frame()
        length = ctypes.c_size_t(len(encoded))
        if not self._library.frame_decode(room, length, ctypes.byref(frame)):
            return None
        payload = ctypes.string_at(frame.payload, frame.length)
        return int(frame.type), int(frame.seq), payload
