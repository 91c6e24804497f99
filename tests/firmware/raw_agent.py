# SPDX-License-Identifier: Apache-2.0
"""The host's side of the wire once more, written with nothing but cobs, zlib and struct.

Tests of the agent use it so that they do not inherit a mistake from `host`.
"""

import hashlib
import socket
import struct
import subprocess
import zlib
from dataclasses import dataclass, field
from pathlib import Path
from typing import Self

from cobs import cobs

HELLO, LOAD_BEGIN, LOAD_CHUNK, LOAD_COMMIT, INPUT, RUN = range(1, 7)
OUTPUT, PROFILE, RESET, COUNTERS, FAULT, RAW = range(7, 13)
PATCH_BEGIN, PATCH_CHUNK, PATCH_COMMIT = range(13, 16)
LEARN_BEGIN, LEARN_LABELS, LEARN_STEP, LEARN_RESUME = range(16, 20)
TEXT, FLASH, EVENTS, TALLY = range(20, 24)
OK, BAD_ARG, BAD_STATE, BAD_IMAGE, TOO_LARGE, WRONG_VERSION, UNKNOWN, WRONG_BASE, NO_HEAD = range(9)
GREETING = struct.pack("<H", 2)


def frame(kind: int, seq: int, payload: bytes = b"") -> bytes:
    """Return the bytes of a request on the wire."""
    body = struct.pack("<BHH", kind, seq, len(payload)) + payload
    return bytes(cobs.encode(body + struct.pack("<I", zlib.crc32(body)))) + b"\0"


def parse(encoded: bytes) -> tuple[int, int, bytes]:
    """Return (type, seq, payload) of an answer without its frame end."""
    raw = bytes(cobs.decode(encoded))
    body, checksum = raw[:-4], raw[-4:]
    assert struct.pack("<I", zlib.crc32(body)) == checksum
    kind, seq, length = struct.unpack_from("<BHH", body)
    assert length == len(body) - 5
    return kind, seq, body[5:]


def announcement(image: bytes) -> bytes:
    """Return the payload of LOAD_BEGIN."""
    digest = hashlib.sha256(image).digest()
    return struct.pack("<II", len(image), zlib.crc32(image)) + digest


def patch_announcement(base: bytes, image: bytes) -> bytes:
    """Return the payload of PATCH_BEGIN."""
    return hashlib.sha256(base).digest() + announcement(image)


def number(value: int) -> bytes:
    """Return a number of a piece's head: seven bits a byte, bit 7 set in all but the last."""
    low, high = value & 0x7F, value >> 7
    return bytes([low | 0x80]) + number(high) if high else bytes([low])


def piece(skip: int, data: bytes) -> bytes:
    """Return one piece of a patch."""
    return number(skip) + number(len(data)) + data


@dataclass(slots=True)
class RawAgent:
    """A native agent behind a socket; use it as a context manager."""

    program: Path
    process: "subprocess.Popen[str]" = field(init=False)
    wire: socket.socket = field(init=False)
    seq: int = 100
    _pending: bytes = b""

    def __enter__(self) -> Self:
        command = [str(self.program), "--tcp", "127.0.0.1:0"]
        self.process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
        assert self.process.stdout is not None
        port = int(self.process.stdout.readline().rpartition(":")[2])
        self.wire = socket.create_connection(("127.0.0.1", port), timeout=10.0)
        return self

    def __exit__(self, *_: object) -> None:
        self.wire.close()
        assert self.process.stdout is not None
        self.process.stdout.close()
        assert self.process.wait(timeout=10.0) == 0

    def send(self, data: bytes) -> None:
        """Send bytes as they are."""
        self.wire.sendall(data)

    def receive(self) -> tuple[int, int, bytes]:
        """Return the next answer."""
        while b"\0" not in self._pending:
            self._pending += self.receive_some()
        encoded, _, self._pending = self._pending.partition(b"\0")
        return parse(encoded)

    def receive_some(self) -> bytes:
        """Return some bytes as they come; fails when the agent is gone."""
        data = self.wire.recv(4096)
        assert data, "the agent is gone"
        return data

    def receive_raw(self, num_bytes: int) -> bytes:
        """Return so many unframed bytes."""
        while len(self._pending) < num_bytes:
            self._pending += self.receive_some()
        data, self._pending = self._pending[:num_bytes], self._pending[num_bytes:]
        return data

    def ask(self, kind: int, payload: bytes = b"") -> tuple[int, bytes]:
        """Send a request with a new seq; return status and the rest of the answer."""
        self.seq = (self.seq + 1) & 0xFFFF
        self.send(frame(kind, self.seq, payload))
        answer, seq, body = self.receive()
        assert (answer, seq) == (kind | 0x80, self.seq)
        return body[0], body[1:]

    def load(self, image: bytes, *, begin: bytes | None = None) -> int:
        """Load an image in one chunk after the other; return the status of the commit."""
        status, body = self.ask(LOAD_BEGIN, announcement(image) if begin is None else begin)
        assert status == OK
        (offset,) = struct.unpack("<I", body)
        while offset < len(image):
            chunk = struct.pack("<I", offset) + image[offset : offset + 1000]
            status, body = self.ask(LOAD_CHUNK, chunk)
            assert status == OK
            (offset,) = struct.unpack("<I", body)
        return self.ask(LOAD_COMMIT)[0]

    def counters(self) -> tuple[int, int, int, int]:
        """Return executed, cached_answers, bad_frames, overruns."""
        status, body = self.ask(COUNTERS)
        assert status == OK
        executed, cached, bad, overruns = struct.unpack("<4I", body)
        return executed, cached, bad, overruns

    def image_hash(self) -> bytes:
        """Return the identity of the image in force, as HELLO tells it."""
        status, body = self.ask(HELLO, GREETING)
        assert status == OK
        return body[-20:-12]
