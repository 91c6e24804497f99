# SPDX-License-Identifier: Apache-2.0
"""What a device tells about itself: the answer to HELLO."""

import struct
from dataclasses import dataclass
from enum import IntFlag
from typing import Self

from host.wire import MalformedError

HEAD = struct.Struct("<HHIIIBI8s")
TAIL = struct.Struct("<8sIII")
_VERSION = struct.Struct("<H")


class DeviceFlag(IntFlag):
    """What a device can do beyond the common set, or, READ_ONLY, cannot: patch, and learn."""

    FAULT_INJECTION = 1
    SIMD = 2
    READ_ONLY = 4


@dataclass(frozen=True, slots=True, kw_only=True)
class DeviceInfo:
    """Identity and limits of a device.

    Parameters
    ----------
    wire_version : int
        Version of the wire it speaks.
    max_payload : int
        Longest payload of a frame it takes and sends [bytes].
    image_capacity, arena_capacity : int
        Largest image and largest activation arena [bytes].
    clock_hz : int
        Rate of its tick counter [Hz].
    tick_bits : int
        Width of its tick counter.
    flags : DeviceFlag
        Capabilities.
    firmware_hash : bytes [8]
        Identity of the firmware build.
    board : str
        Name of the board it was built for.
    image_hash : bytes [8]
        First bytes of the SHA-256 that LOAD_BEGIN announced for the loaded image, which the device
        verifies by CRC-32 alone; zeros when none is loaded.
    agent_ram_bytes, agent_flash_bytes : int
        What the firmware itself takes, without image and arena.
    arena_bytes : int
        What of the arena a run of the loaded image takes; 0 when none is loaded.
    """

    wire_version: int
    max_payload: int
    image_capacity: int
    arena_capacity: int
    clock_hz: int
    tick_bits: int
    flags: DeviceFlag
    firmware_hash: bytes
    board: str
    image_hash: bytes
    agent_ram_bytes: int
    agent_flash_bytes: int
    arena_bytes: int = 0

    def pack(self) -> bytes:
        """Return the bytes of the answer behind its status."""
        name = self.board.encode()
        head = HEAD.pack(
            self.wire_version,
            self.max_payload,
            self.image_capacity,
            self.arena_capacity,
            self.clock_hz,
            self.tick_bits,
            self.flags,
            self.firmware_hash,
        )
        tail = TAIL.pack(
            self.image_hash, self.agent_ram_bytes, self.agent_flash_bytes, self.arena_bytes
        )
        return head + bytes([len(name)]) + name + tail

    @classmethod
    def unpack(cls, payload: bytes) -> Self:
        """Return the answer in `payload`; raises MalformedError when lengths do not agree."""
        name_at = HEAD.size + 1
        tail_at = name_at + (payload[HEAD.size] if len(payload) >= name_at else 0)
        if len(payload) != tail_at + TAIL.size:
            raise MalformedError(f"{len(payload)} bytes that are no HELLO")
        version, max_payload, image, arena, clock_hz, tick_bits, flags, firmware = HEAD.unpack_from(
            payload
        )
        image_hash, ram_bytes, flash_bytes, arena_used = TAIL.unpack_from(payload, tail_at)
        return cls(
            wire_version=version,
            max_payload=max_payload,
            image_capacity=image,
            arena_capacity=arena,
            clock_hz=clock_hz,
            tick_bits=tick_bits,
            flags=DeviceFlag(flags),
            firmware_hash=firmware,
            board=payload[name_at:tail_at].decode(errors="replace"),
            image_hash=image_hash,
            agent_ram_bytes=ram_bytes,
            agent_flash_bytes=flash_bytes,
            arena_bytes=arena_used,
        )


def version_of(payload: bytes) -> int | None:
    """Return the wire version in an answer to HELLO, the one field all versions have first."""
    if len(payload) < _VERSION.size:
        return None
    return int(_VERSION.unpack_from(payload)[0])
