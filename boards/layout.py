# SPDX-License-Identifier: Apache-2.0
"""The records of the image, byte for byte as `firmware/image/image.h` declares them.

All fields are little endian; offsets are in bytes, into the image or into the arena.
"""

import hashlib
import struct
import zlib
from dataclasses import astuple, dataclass
from typing import ClassVar, Self

MAGIC = 0x4D494C41
VERSION = 1
ALIGNMENT_BYTES = 16
MAX_OPERATORS = 256

CRC32_AT = 12
CRC32_FROM = 16
SEAL = slice(16, 48)
NAME_BYTES = 16

CONV_2D, DEPTHWISE_CONV_2D, ADD, MUL = 1, 2, 3, 4


@dataclass(frozen=True, slots=True)
class TensorRecord:
    """Input or output of the network, int8 [height, width, num_channels]."""

    LAYOUT: ClassVar[struct.Struct] = struct.Struct("<IHHHhf")

    offset: int
    height: int
    width: int
    num_channels: int
    zero_point: int
    scale: float

    @property
    def shape(self) -> tuple[int, int, int]:
        """Return (height, width, num_channels)."""
        return self.height, self.width, self.num_channels

    @property
    def num_bytes(self) -> int:
        """Return the bytes it takes in the arena."""
        return self.height * self.width * self.num_channels


@dataclass(frozen=True, slots=True)
class RescaleRecord:
    """Bias of one channel and the factor multiplier / 2^31 * 2^shift."""

    LAYOUT: ClassVar[struct.Struct] = struct.Struct("<iii")

    bias: int
    multiplier: int
    shift: int

    def pack(self) -> bytes:
        """Return the bytes of the record."""
        return self.LAYOUT.pack(*astuple(self))


@dataclass(frozen=True, slots=True, kw_only=True)
class OperatorRecord:
    """One operator; convolutions use the first of two inputs, ADD and MUL have no weights."""

    LAYOUT: ClassVar[struct.Struct] = struct.Struct("<8B4H3I6h6I")

    kind: int
    kernel: tuple[int, int]
    dilation: tuple[int, int]
    padding: tuple[int, int]
    height: int
    width: int
    num_in: int
    num_out: int
    input_offsets: tuple[int, int]
    output_offset: int
    input_zero_points: tuple[int, int]
    output_zero_point: int
    activation_min: int
    activation_max: int
    rescales_offset: int = 0
    num_rescales: int = 0
    weights_offset: int = 0
    weights_bytes: int = 0
    macs: int = 0

    def pack(self) -> bytes:
        """Return the bytes of the record."""
        windows = (*self.kernel, *self.dilation, *self.padding)
        shape = (self.height, self.width, self.num_in, self.num_out)
        offsets = (*self.input_offsets, self.output_offset)
        quantization = (
            *self.input_zero_points,
            self.output_zero_point,
            self.activation_min,
            self.activation_max,
        )
        constants = (
            self.rescales_offset,
            self.num_rescales,
            self.weights_offset,
            self.weights_bytes,
            self.macs,
        )
        return self.LAYOUT.pack(
            self.kind, *windows, 0, *shape, *offsets, *quantization, 0, *constants, 0
        )

    @classmethod
    def unpack(cls, data: bytes, offset: int) -> Self:
        """Return the record that lies at `offset`."""
        f: tuple[int, ...] = cls.LAYOUT.unpack_from(data, offset)
        return cls(
            kind=f[0],
            kernel=(f[1], f[2]),
            dilation=(f[3], f[4]),
            padding=(f[5], f[6]),
            height=f[8],
            width=f[9],
            num_in=f[10],
            num_out=f[11],
            input_offsets=(f[12], f[13]),
            output_offset=f[14],
            input_zero_points=(f[15], f[16]),
            output_zero_point=f[17],
            activation_min=f[18],
            activation_max=f[19],
            rescales_offset=f[21],
            num_rescales=f[22],
            weights_offset=f[23],
            weights_bytes=f[24],
            macs=f[25],
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Header:
    """The first bytes of an image; its two seals are put in last, over everything else."""

    LAYOUT: ClassVar[struct.Struct] = struct.Struct("<IHHII32sQIIIIII16s16s16s")

    total_bytes: int
    macs: int
    num_operators: int
    operators_offset: int
    arena_bytes: int
    scratch_offset: int
    scratch_bytes: int
    input: TensorRecord
    output: TensorRecord
    name: str
    magic: int = MAGIC
    version: int = VERSION
    header_bytes: int = 128
    crc32: int = 0
    seal: bytes = bytes(32)

    def pack(self) -> bytes:
        """Return the bytes of the header; a name that is too long is cut."""
        return self.LAYOUT.pack(
            *(self.magic, self.version, self.header_bytes, self.total_bytes),
            *(self.crc32, self.seal, self.macs, self.num_operators, self.operators_offset),
            *(self.arena_bytes, self.scratch_offset, self.scratch_bytes, 0),
            TensorRecord.LAYOUT.pack(*astuple(self.input)),
            TensorRecord.LAYOUT.pack(*astuple(self.output)),
            self.name.encode()[:NAME_BYTES],
        )

    @classmethod
    def unpack(cls, data: bytes) -> Self:
        """Return the header that `data` starts with; raises struct.error if it is shorter."""
        f = cls.LAYOUT.unpack_from(data)
        return cls(
            magic=f[0],
            version=f[1],
            header_bytes=f[2],
            total_bytes=f[3],
            crc32=f[4],
            seal=f[5],
            macs=f[6],
            num_operators=f[7],
            operators_offset=f[8],
            arena_bytes=f[9],
            scratch_offset=f[10],
            scratch_bytes=f[11],
            input=TensorRecord(*TensorRecord.LAYOUT.unpack(f[13])),
            output=TensorRecord(*TensorRecord.LAYOUT.unpack(f[14])),
            name=f[15].rstrip(b"\0").decode(errors="replace"),
        )


def aligned(num_bytes: int) -> int:
    """Round up to a multiple of `ALIGNMENT_BYTES`."""
    return -(-num_bytes // ALIGNMENT_BYTES) * ALIGNMENT_BYTES


def seal(data: bytes) -> bytes:
    """Return the bytes of an image with both seals put in."""
    sealed = bytearray(data)
    sealed[SEAL] = digest(data)
    struct.pack_into("<I", sealed, CRC32_AT, zlib.crc32(sealed[CRC32_FROM:]))
    return bytes(sealed)


def digest(data: bytes) -> bytes:
    """Return the SHA-256 of everything in an image but its two seals, bytes [32]."""
    return hashlib.sha256(data[:CRC32_AT] + data[SEAL.stop :]).digest()
