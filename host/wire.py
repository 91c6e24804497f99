# SPDX-License-Identifier: Apache-2.0
"""What host and device say to each other: every request, every answer, and their bytes.

`firmware/wire/messages.h` describes the same messages; a test proves that both agree. All fields
are little endian and packed. An answer has the type of its request with bit 7 set, and its payload
starts with a status byte, which is not part of the answers below.
"""

import struct
from dataclasses import dataclass
from enum import IntEnum, IntFlag

from host.wire_fields import Fields, FieldsAndData, MalformedError
from host.wire_learning import LearnBegin, LearnLabels, LearnResume, LearnStep
from host.wire_spikes import Events, Tally
from host.wire_text import Text

__all__ = ["Fields", "FieldsAndData", "MalformedError"]

WIRE_VERSION = 2
ANSWER_BIT = 0x80
PROFILE_ENTRY = struct.Struct("<B3xI")
MAX_TICKS = 0xFFFFFFFF
"""What a profile says of an operator that took so many ticks or more."""


class MessageType(IntEnum):
    """The request a frame carries."""

    HELLO = 0x01
    LOAD_BEGIN = 0x02
    LOAD_CHUNK = 0x03
    LOAD_COMMIT = 0x04
    INPUT = 0x05
    RUN = 0x06
    OUTPUT = 0x07
    PROFILE = 0x08
    RESET = 0x09
    COUNTERS = 0x0A
    FAULT = 0x0B
    RAW = 0x0C
    PATCH_BEGIN = 0x0D
    PATCH_CHUNK = 0x0E
    PATCH_COMMIT = 0x0F
    LEARN_BEGIN = 0x10
    LEARN_LABELS = 0x11
    LEARN_STEP = 0x12
    LEARN_RESUME = 0x13
    TEXT = 0x14
    FLASH = 0x15
    EVENTS = 0x16
    TALLY = 0x17


class Status(IntEnum):
    """The first byte of every answer's payload."""

    OK = 0
    BAD_ARG = 1
    BAD_STATE = 2
    BAD_IMAGE = 3
    TOO_LARGE = 4
    WRONG_VERSION = 5
    UNKNOWN = 6
    WRONG_BASE = 7
    NO_HEAD = 8
    READ_ONLY = 9


class RunFlag(IntFlag):
    """How a network is run."""

    PROFILE = 1


class RawDirection(IntEnum):
    """Which way unframed bytes flow."""

    TO_DEVICE = 0
    TO_HOST = 1


@dataclass(frozen=True, slots=True, kw_only=True)
class Empty(Fields):
    """LOAD_COMMIT, PATCH_COMMIT, RESET, COUNTERS, and answers that are a status only."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Hello(Fields):
    """Who are you; also forgets the device's last answer, so a new session may use any seq."""

    LAYOUT = struct.Struct("<H")
    wire_version: int = WIRE_VERSION


@dataclass(frozen=True, slots=True, kw_only=True)
class LoadBegin(Fields):
    """Announce an image; resumes an unfinished load of the same digest and size."""

    LAYOUT = struct.Struct("<II32s")
    total: int
    crc32: int
    sha256: bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class PatchBegin(Fields):
    """Announce a patch of the image in force; resumes an unfinished patch to the same image."""

    LAYOUT = struct.Struct("<32sII32s")
    base_sha256: bytes
    total: int
    crc32: int
    sha256: bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class Chunk(FieldsAndData):
    """LOAD_CHUNK and INPUT: bytes of the image, or of the input, from `offset` on.

    PATCH_CHUNK: pieces of a patch as `boards.patch` encodes them, behind `offset`.
    """

    LAYOUT = struct.Struct("<I")
    offset: int
    data: bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class Run(Fields):
    """Run the loaded network once on the input that is there."""

    LAYOUT = struct.Struct("<B")
    flags: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Output(Fields):
    """Fetch a part of the last output."""

    LAYOUT = struct.Struct("<IH")
    offset: int
    length: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Profile(Fields):
    """Fetch the ticks of the operators of the last profiled run, from `first_operator` on."""

    LAYOUT = struct.Struct("<H")
    first_operator: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Fault(Fields):
    """Make the native agent lose and damage frames, both ways; for tests."""

    LAYOUT = struct.Struct("<III")
    drop_per_million: int
    flip_per_million: int
    seed: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Flash(Fields):
    """Set how slow the memory of images is, on a board that models it."""

    LAYOUT = struct.Struct("<II")
    latency_ticks: int
    ticks_per_kib: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Raw(Fields):
    """Let `num_bytes` unframed bytes (byte i is i mod 256) flow behind the answer."""

    LAYOUT = struct.Struct("<BI")
    direction: int
    num_bytes: int


@dataclass(frozen=True, slots=True, kw_only=True)
class NextOffset(Fields):
    """Answer to BEGIN, CHUNK and INPUT: everything before this offset has arrived."""

    LAYOUT = struct.Struct("<I")
    next_offset: int


@dataclass(frozen=True, slots=True, kw_only=True)
class PatchAnswer(Fields):
    """Answer to PATCH_COMMIT: first bytes of the SHA-256 of the image that is now in force."""

    LAYOUT = struct.Struct("<8s")
    image_hash: bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class RunAnswer(FieldsAndData):
    """Answer to RUN: ticks it took, size of the output, and the output itself if it fits."""

    LAYOUT = struct.Struct("<QI")
    ticks: int
    output_bytes: int
    data: bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class Bytes(FieldsAndData):
    """Answer to OUTPUT: the part asked for."""

    data: bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class ProfileAnswer(FieldsAndData):
    """Answer to PROFILE: operators of the network in all, and entries from the first asked for."""

    LAYOUT = struct.Struct("<H")
    num_operators: int
    data: bytes

    @property
    def entries(self) -> tuple[tuple[int, int], ...]:
        """Return (kind, ticks) of each operator told about."""
        return tuple(PROFILE_ENTRY.iter_unpack(self.data))


@dataclass(frozen=True, slots=True, kw_only=True)
class Counters(Fields):
    """Answer to COUNTERS: what the device did since it started."""

    LAYOUT = struct.Struct("<IIII")
    executed: int
    cached_answers: int
    bad_frames: int
    overruns: int


@dataclass(frozen=True, slots=True, kw_only=True)
class RawAnswer(Fields):
    """Second answer to a RAW towards the device: checksum of the unframed bytes it saw."""

    LAYOUT = struct.Struct("<I")
    crc32: int


Request = (
    Empty
    | Hello
    | LoadBegin
    | PatchBegin
    | Chunk
    | Run
    | Output
    | Profile
    | Fault
    | Raw
    | LearnBegin
    | LearnLabels
    | LearnStep
    | LearnResume
    | Text
    | Flash
    | Events
    | Tally
)
