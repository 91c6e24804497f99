# SPDX-License-Identifier: Apache-2.0
"""Bytes that are longer than a frame, in pieces: an image or an input there, an output back."""

from host import wire
from host.session import Session
from host.wire import MessageType
from host.wire_spikes import EventsAnswer


def send(session: Session, command: MessageType, data: bytes, *, offset: int) -> None:
    """Send `data` from `offset` on in chunks; the device says where each next one starts."""
    size = session.info.max_payload - wire.Chunk.LAYOUT.size
    while offset < len(data):
        request = wire.Chunk(offset=offset, data=data[offset : offset + size])
        reached = session.ask(command, request, wire.NextOffset).next_offset
        if not offset < reached <= len(data):
            raise session.nonsense(command, f"offset {reached} after {offset}")
        offset = reached


def output_of(session: Session, answer: wire.RunAnswer | EventsAnswer) -> bytes:
    """Return the whole output of a run: in its answer, or else fetched in pieces."""
    if answer.data:
        return answer.data
    size = session.info.max_payload - 1
    output = bytearray()
    while len(output) < answer.output_bytes:
        length = min(size, answer.output_bytes - len(output))
        request = wire.Output(offset=len(output), length=length)
        piece = session.ask(MessageType.OUTPUT, request, wire.Bytes).data
        if len(piece) != length:
            raise session.nonsense(MessageType.OUTPUT, f"{len(piece)} bytes, not {length}")
        output += piece
    return bytes(output)
