# SPDX-License-Identifier: Apache-2.0
"""What a bare port carries: unframed bytes timed one way, the yardstick of the framed link."""

import time
import zlib

from host.errors import LinkTimeout
from host.framing import FRAME_END, DamagedFrameError, Frame, decode, encode
from host.session import Session
from host.wire import MalformedError, MessageType, Raw, RawAnswer, RawDirection, Status

_PATTERN = bytes(range(256))


def throughput(session: Session, num_bytes: int, *, direction: RawDirection) -> float:
    """Return how many unframed bytes a second flow in one direction [B/s].

    Nothing is repeated, so this is for an undisturbed link; it does not enter the statistics.
    Choose `num_bytes` large: what arrives together with the device's answer is not timed.

    Raises
    ------
    ValueError
        All bytes arrived at once.
    LinkTimeout
        The flow stopped.
    ProtocolError
        Bytes were lost or damaged.
    """
    link = session.conversation.link
    link.drain()
    request = Raw(direction=direction, num_bytes=num_bytes)
    seq = session.conversation.next_seq()
    link.write(encode(Frame(type=MessageType.RAW, seq=seq, payload=request.pack())))
    answer, early = _frame(session, b"")
    if answer[:1] != bytes([Status.OK]):
        raise session.nonsense(MessageType.RAW, f"status {answer[:1].hex()}")
    pattern = (_PATTERN * (num_bytes // len(_PATTERN) + 1))[:num_bytes]
    if direction is RawDirection.TO_HOST:
        return _receive(session, pattern, early)
    return _send(session, pattern)


def _send(session: Session, pattern: bytes) -> float:
    started_s = time.perf_counter()
    session.conversation.link.write(pattern)
    answer, _ = _frame(session, b"")
    took_s = time.perf_counter() - started_s
    try:
        arrived = RawAnswer.unpack(answer[1:]).crc32
    except MalformedError as error:
        raise session.nonsense(MessageType.RAW, str(error)) from error
    if arrived != zlib.crc32(pattern):
        raise session.nonsense(MessageType.RAW, "the checksum of other bytes")
    return len(pattern) / took_s


def _receive(session: Session, pattern: bytes, early: bytes) -> float:
    """Time the flow from the chunk behind the one that held the answer."""
    if len(early) >= len(pattern):
        raise ValueError(f"{len(pattern)} bytes are too few to be timed on {session.port}")
    received = bytearray(early)
    started_s = time.perf_counter()
    while len(received) < len(pattern):
        received += _some(session)
    took_s = time.perf_counter() - started_s
    if bytes(received) != pattern:
        raise session.nonsense(MessageType.RAW, "other bytes than the pattern")
    return (len(pattern) - len(early)) / took_s


def _frame(session: Session, pending: bytes) -> tuple[bytes, bytes]:
    """Return the payload of the next frame, and the bytes that came behind it."""
    while FRAME_END not in pending:
        pending += _some(session)
    encoded, _, rest = pending.partition(FRAME_END)
    try:
        return decode(encoded).payload, rest
    except DamagedFrameError as error:
        raise session.nonsense(MessageType.RAW, f"a damaged frame ({error})") from error


def _some(session: Session) -> bytes:
    wait_s = session.conversation.limits.timeout_s
    data = session.conversation.link.read(wait_s=wait_s)
    if not data:
        raise LinkTimeout(
            board=session.board,
            port=session.port,
            command=MessageType.RAW.name,
            waited_s=wait_s,
            num_attempts=1,
        )
    return data
