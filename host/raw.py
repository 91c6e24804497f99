# SPDX-License-Identifier: Apache-2.0
"""What a bare port carries: unframed bytes timed one way, the yardstick of the framed link."""

import time
import zlib

from host.errors import LinkTimeout, ProtocolError
from host.framing import FRAME_END, DamagedFrameError, Frame, decode, encode
from host.session import Session
from host.wire import ANSWER_BIT, MalformedError, MessageType, Raw, RawAnswer, RawDirection, Status

_PATTERN = bytes(range(256))
_SLOWEST_BYTES_PER_S = 960.0  # 9600 Bd with start and stop bit


def throughput(session: Session, num_bytes: int, *, direction: RawDirection) -> float:
    """Return how many unframed bytes a second flow in one direction [B/s].

    Nothing is repeated, and the bytes enter no statistics. The time to the device's answer counts
    only if all bytes have arrived with it. After an error the device is released from the flow,
    by a HELLO that does enter the statistics.

    Raises
    ------
    LinkTimeout
        The flow stopped.
    ProtocolError
        Bytes were lost or damaged.
    """
    try:
        return _flow(session, num_bytes, direction=direction)
    except (LinkTimeout, ProtocolError):
        _release(session, num_bytes, direction=direction)
        raise


def _flow(session: Session, num_bytes: int, *, direction: RawDirection) -> float:
    flow = _Flow(session, patience_s=num_bytes / _SLOWEST_BYTES_PER_S)
    flow.request(Raw(direction=direction, num_bytes=num_bytes))
    answer = flow.answer()
    if answer != bytes([Status.OK]):
        raise session.nonsense(MessageType.RAW, f"status {answer.hex()}")
    pattern = (_PATTERN * (num_bytes // len(_PATTERN) + 1))[:num_bytes]
    return flow.receive(pattern) if direction is RawDirection.TO_HOST else flow.send(pattern)


def _release(session: Session, num_bytes: int, *, direction: RawDirection) -> None:
    """Give a device that waits for lost bytes as many as it can miss, and start afresh.

    They are zeros: what the device does not take for the missing ones are empty frames to it.
    """
    if direction is RawDirection.TO_DEVICE:
        session.conversation.link.write(FRAME_END * num_bytes)
    session.hello()


class _Flow:
    """One flow of unframed bytes, and the frames before and behind it."""

    def __init__(self, session: Session, *, patience_s: float) -> None:
        self._session = session
        self._link = session.conversation.link
        self._wait_s = session.conversation.limits.first_wait_s + patience_s
        self._seq = session.conversation.next_seq()
        self._pending = b""
        self._asked_s = 0.0

    def request(self, request: Raw) -> None:
        """Ask for the flow."""
        self._link.drain()
        self._asked_s = time.perf_counter()
        self._link.write(encode(Frame(type=MessageType.RAW, seq=self._seq, payload=request.pack())))

    def answer(self) -> bytes:
        """Return the payload of our next answer; those to earlier requests are passed over."""
        while True:
            frame = self._frame()
            if (frame.type, frame.seq) == (MessageType.RAW | ANSWER_BIT, self._seq):
                return frame.payload

    def send(self, pattern: bytes) -> float:
        """Return the rate at which the device took the pattern [B/s]."""
        started_s = time.perf_counter()
        self._link.write(pattern)
        answer = self.answer()
        took_s = time.perf_counter() - started_s
        try:
            arrived = RawAnswer.unpack(answer[1:]).crc32
        except MalformedError as error:
            raise self._nonsense(str(error)) from error
        if arrived != zlib.crc32(pattern):
            raise self._nonsense("the checksum of other bytes")
        return len(pattern) / took_s

    def receive(self, pattern: bytes) -> float:
        """Return the rate at which the pattern came [B/s]."""
        early = len(self._pending)
        received = bytearray(self._pending)
        answered_s = time.perf_counter()
        while len(received) < len(pattern):
            received += self._some()
        ended_s = time.perf_counter()
        if bytes(received) != pattern:
            raise self._nonsense("other bytes than the pattern")
        if early == len(pattern):
            return len(pattern) / (answered_s - self._asked_s)
        return (len(pattern) - early) / (ended_s - answered_s)

    def _frame(self) -> Frame:
        """Return the next frame; what came behind it stays pending."""
        while FRAME_END not in self._pending.lstrip(FRAME_END):
            self._pending += self._some()
        encoded, _, self._pending = self._pending.lstrip(FRAME_END).partition(FRAME_END)
        try:
            return decode(encoded)
        except DamagedFrameError as error:
            raise self._nonsense(f"a damaged frame ({error})") from error

    def _some(self) -> bytes:
        data = self._link.read(wait_s=self._wait_s)
        if not data:
            raise LinkTimeout(
                board=self._session.board,
                port=self._session.port,
                command=MessageType.RAW.name,
                waited_s=self._wait_s,
                num_attempts=1,
            )
        return data

    def _nonsense(self, problem: str) -> Exception:
        return self._session.nonsense(MessageType.RAW, problem)
