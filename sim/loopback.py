# SPDX-License-Identifier: Apache-2.0
"""A device in this process: the device side of the wire, written apart from the host side.

`LoopbackAgent` takes bytes and gives bytes, as firmware does behind a UART; what it runs is plugged
in, so tests decide what an image is. It follows `firmware/wire/messages.h` to the letter: one frame
at a time, damaged frames are answered by nothing, the last answer is kept and repeated when its
request comes again, an image is swapped in only after all of it has been verified.
"""

import hashlib
import struct
import zlib
from collections.abc import Callable
from dataclasses import dataclass, field

from cobs import cobs

from sim.loopback_store import BAD_ARG, BAD_STATE, OK, ImageStore, Network
from sim.shift_network import open_image

WIRE_VERSION = 2
WRONG_VERSION, UNKNOWN = 5, 6
_HELLO, _RAW = 0x01, 0x0C
_PATTERN = bytes(range(256))


@dataclass(kw_only=True)
class LoopbackAgent:
    """The device side of the wire.

    Parameters
    ----------
    open_image : callable
        Makes the bytes of an image ready to run; raises ValueError when they are no image.
    board : str
        The name it gives in HELLO.
    wire_version, max_payload, image_capacity, clock_hz, firmware_hash : int, bytes
        What it claims in HELLO and keeps to; ticks are one per input byte.
    """

    open_image: Callable[[bytes], Network] = open_image
    board: str = "loopback"
    wire_version: int = WIRE_VERSION
    max_payload: int = 2048
    image_capacity: int = 1 << 20
    clock_hz: int = 25_000_000
    firmware_hash: bytes = hashlib.sha256(b"loopback").digest()[:8]

    executed: int = 0
    cached_answers: int = 0
    bad_frames: int = 0
    num_runs: int = 0

    _pending: bytearray = field(default_factory=bytearray, repr=False)
    _last: tuple[int, bytes] | None = field(default=None, repr=False)
    _store: ImageStore = field(init=False, repr=False)
    _input: bytearray = field(default_factory=bytearray, repr=False)
    _output: bytes = field(default=b"", repr=False)
    _ticks: tuple[int, ...] = field(default=(), repr=False)
    _raw_left: int = field(default=0, repr=False)
    _raw_crc32: int = field(default=0, repr=False)

    def __post_init__(self) -> None:
        self._store = ImageStore(open_image=self.open_image, capacity=self.image_capacity)

    def receive(self, data: bytes) -> bytes:
        """Take bytes from the host; return the bytes sent in answer."""
        answers = bytearray()
        while data:
            if self._raw_left:
                raw, data = data[: self._raw_left], data[self._raw_left :]
                answers += self._take_raw(raw)
                continue
            piece, end, data = data.partition(b"\0")
            self._pending += piece
            if end and self._pending:
                encoded = bytes(self._pending)
                self._pending.clear()
                answers += self._frame(encoded)
        return bytes(answers)

    def _frame(self, encoded: bytes) -> bytes:
        parsed = _parse(encoded)
        if parsed is None:
            self.bad_frames += 1
            return b""
        kind, seq, payload = parsed
        if kind == _HELLO:
            self._last = None
        elif self._last is not None and self._last[0] == seq:
            self.cached_answers += 1
            return self._last[1]
        else:
            self.executed += 1
        answer = _build(self._execute(kind, payload), kind=kind, seq=seq)
        self._last = (seq, answer)
        return answer + self._raw_flow(kind, payload)

    def _execute(self, kind: int, payload: bytes) -> bytes:
        handlers: dict[int, Callable[[bytes], bytes]] = {
            _HELLO: self._hello,
            0x02: self._store.load_begin,
            0x03: self._store.load_chunk,
            0x04: self._load_commit,
            0x05: self._take_input,
            0x06: self._run,
            0x07: self._give_output,
            0x08: self._profile,
            0x09: self._reset,
            0x0A: self._counters,
            _RAW: self._raw,
            0x0D: self._store.patch_begin,
            0x0E: self._store.patch_chunk,
            0x0F: self._patch_commit,
        }
        if kind not in handlers:
            return bytes([UNKNOWN])
        try:
            return handlers[kind](payload)
        except struct.error:
            return bytes([BAD_ARG])

    def _hello(self, payload: bytes) -> bytes:
        (host_version,) = struct.unpack("<H", payload)
        status = OK if host_version == self.wire_version else WRONG_VERSION
        name = self.board.encode()
        limits = (self.wire_version, self.max_payload, self.image_capacity, 1 << 18)
        return (
            bytes([status])
            + struct.pack("<HHIIIBI", *limits, self.clock_hz, 32, 0)
            + self.firmware_hash
            + bytes([len(name)])
            + name
            + self._store.image_hash
            + struct.pack("<III", 0, 0, 0)
        )

    def _load_commit(self, payload: bytes) -> bytes:
        return self._forget_run_after(self._store.load_commit(payload))

    def _patch_commit(self, payload: bytes) -> bytes:
        return self._forget_run_after(self._store.patch_commit(payload))

    def _forget_run_after(self, commit: bytes) -> bytes:
        if commit[0] == OK:
            self._input, self._output, self._ticks = bytearray(), b"", ()
        return commit

    def _take_input(self, payload: bytes) -> bytes:
        (offset,) = struct.unpack_from("<I", payload)
        if self._store.network is None:
            return bytes([BAD_STATE])
        end = offset + len(payload) - 4
        if offset not in (0, len(self._input)) or end > self._store.network.num_input_bytes:
            return bytes([BAD_ARG])
        self._input[offset:] = payload[4:]
        self._output = b""
        return struct.pack("<BI", OK, end)

    def _run(self, payload: bytes) -> bytes:
        (flags,) = struct.unpack("<B", payload)
        if self._store.network is None or len(self._input) != self._store.network.num_input_bytes:
            return bytes([BAD_STATE])
        self.num_runs += 1
        ticks = len(self._input)
        self._output = self._store.network.run(bytes(self._input))
        self._input.clear()
        kinds = self._store.network.operator_kinds
        self._ticks = (ticks,) * len(kinds) if flags & 1 else ()
        head = struct.pack("<BQI", OK, ticks * len(kinds), len(self._output))
        fits = len(head) + len(self._output) <= self.max_payload
        return head + (self._output if fits else b"")

    def _give_output(self, payload: bytes) -> bytes:
        offset, length = struct.unpack("<IH", payload)
        if length + 1 > self.max_payload or offset + length > len(self._output):
            return bytes([BAD_ARG])
        return bytes([OK]) + self._output[offset : offset + length]

    def _profile(self, payload: bytes) -> bytes:
        (first,) = struct.unpack("<H", payload)
        if self._store.network is None or not self._ticks:
            return bytes([BAD_STATE])
        room = (self.max_payload - 3) // 8
        rows = list(zip(self._store.network.operator_kinds, self._ticks, strict=True))
        told = rows[first : first + room]
        head = struct.pack("<BH", OK, len(rows))
        return head + b"".join(struct.pack("<B3xI", kind, ticks) for kind, ticks in told)

    def _reset(self, payload: bytes) -> bytes:
        self._store.reset()
        self._input, self._output, self._ticks = bytearray(), b"", ()
        return bytes([BAD_ARG if payload else OK])

    def _counters(self, payload: bytes) -> bytes:
        counts = (self.executed, self.cached_answers, self.bad_frames, 0)
        return bytes([BAD_ARG]) if payload else struct.pack("<BIIII", OK, *counts)

    def _raw(self, payload: bytes) -> bytes:
        direction, _ = struct.unpack("<BI", payload)
        return bytes([OK if direction in (0, 1) else BAD_ARG])

    def _raw_flow(self, kind: int, payload: bytes) -> bytes:
        if kind != _RAW or len(payload) != struct.calcsize("<BI"):
            return b""
        direction = payload[0]
        num_bytes = int.from_bytes(payload[1:], "little")
        if direction == 1:
            return (_PATTERN * (num_bytes // 256 + 1))[:num_bytes]
        self._raw_left, self._raw_crc32 = num_bytes, 0
        return b""

    def _take_raw(self, raw: bytes) -> bytes:
        self._raw_crc32 = zlib.crc32(raw, self._raw_crc32)
        self._raw_left -= len(raw)
        if self._raw_left or self._last is None:
            return b""
        return _build(struct.pack("<BI", OK, self._raw_crc32), kind=_RAW, seq=self._last[0])


class LoopbackLink:
    """A link to an agent in this process; where nothing can come, it does not wait."""

    def __init__(self, agent: LoopbackAgent) -> None:
        self.agent = agent
        self.port = "loopback"
        self._answers = bytearray()

    def write(self, data: bytes) -> None:
        """Hand bytes to the agent, which answers at once."""
        self._answers += self.agent.receive(data)

    def read(self, *, wait_s: float) -> bytes:
        """Return what the agent has sent; nothing more can come, so `wait_s` is not spent."""
        del wait_s
        data = bytes(self._answers)
        self._answers.clear()
        return data

    def drain(self) -> None:
        """Forget what the agent has sent."""
        self._answers.clear()


def _parse(encoded: bytes) -> tuple[int, int, bytes] | None:
    try:
        raw = bytes(cobs.decode(encoded))
    except cobs.DecodeError:
        return None
    if len(raw) < 9 or zlib.crc32(raw[:-4]) != int.from_bytes(raw[-4:], "little"):
        return None
    kind, seq, length = struct.unpack_from("<BHH", raw)
    return (kind, seq, raw[5:-4]) if length == len(raw) - 9 else None


def _build(payload: bytes, *, kind: int, seq: int) -> bytes:
    body = struct.pack("<BHH", kind | 0x80, seq, len(payload)) + payload
    return bytes(cobs.encode(body + zlib.crc32(body).to_bytes(4, "little"))) + b"\0"
