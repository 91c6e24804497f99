# SPDX-License-Identifier: Apache-2.0
"""The records of the image, byte for byte as `firmware/image/image.h` declares them.

All fields are little endian; offsets are in bytes, into the image or into the arena.
"""

import hashlib
import struct
import zlib
from dataclasses import astuple, dataclass
from typing import ClassVar, Self

from boards.affine import INT8_MAX, INT8_MIN
from boards.parameters import PARAMETERS, DeviceKind, Parameters, Window

MAGIC = 0x4D494C41
VERSION = 4
ALIGNMENT_BYTES = 16
MAX_OPERATORS = 256

CRC32_AT = 12
CRC32_FROM = 16
SEAL = slice(16, 48)
NAME_BYTES = 16


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
    """One operator; kinds with one input use the first of two places.

    Parameters
    ----------
    inputs : (int, int)
        Offsets into the arena, or into the image where `in_image` says so.
    in_image : (bool, bool)
    output : int
        Offset into the arena.
    weight_bits : int
        8, 6, 4 or 2 where there are weights, 0 elsewhere.
    weights_offset, weights_bytes : int
        Weights, or whatever table an operator has.
    load : int
        That brings rescales and weights into the arena, from 1 on; 0 = they are read in the image.
    parameters : Parameters
        Those of its kind.
    """

    LAYOUT: ClassVar[struct.Struct] = struct.Struct("<BBH8I5hH48s")

    kind: DeviceKind
    inputs: tuple[int, int]
    in_image: tuple[bool, bool] = (False, False)
    weight_bits: int = 0
    output: int
    input_zero_points: tuple[int, int] = (0, 0)
    output_zero_point: int = 0
    activation_min: int = INT8_MIN
    activation_max: int = INT8_MAX
    rescales_offset: int = 0
    num_rescales: int = 0
    weights_offset: int = 0
    weights_bytes: int = 0
    macs: int = 0
    load: int = 0
    parameters: Parameters

    @property
    def window(self) -> Window:
        """Return the parameters of a convolution or a pool.

        Raises
        ------
        TypeError
            It is neither.
        """
        if not isinstance(self.parameters, Window):
            raise TypeError(f"{self.kind.name} has no window")
        return self.parameters

    def pack(self) -> bytes:
        """Return the bytes of the record."""
        flags = self.in_image[0] + 2 * self.in_image[1]
        constants = (
            self.rescales_offset,
            self.num_rescales,
            self.weights_offset,
            self.weights_bytes,
            self.macs,
        )
        quantization = (
            *self.input_zero_points,
            self.output_zero_point,
            self.activation_min,
            self.activation_max,
        )
        head = (self.kind, flags, self.weight_bits, *self.inputs, self.output)
        return self.LAYOUT.pack(*head, *constants, *quantization, self.load, self.parameters.pack())

    @classmethod
    def unpack(cls, data: bytes, offset: int) -> Self:
        """Return the record that lies at `offset`; raises ValueError if its kind is not known."""
        f = cls.LAYOUT.unpack_from(data, offset)
        kind = DeviceKind(f[0])
        return cls(
            kind=kind,
            in_image=(bool(f[1] & 1), bool(f[1] & 2)),
            weight_bits=f[2],
            inputs=(f[3], f[4]),
            output=f[5],
            rescales_offset=f[6],
            num_rescales=f[7],
            weights_offset=f[8],
            weights_bytes=f[9],
            macs=f[10],
            input_zero_points=(f[11], f[12]),
            output_zero_point=f[13],
            activation_min=f[14],
            activation_max=f[15],
            load=f[16],
            parameters=PARAMETERS[kind].unpack(f[17]),
        )


LOAD_ONCE = 0xFFFF
"""The step of a load that is made once, when the image is put in force, and stays."""


@dataclass(frozen=True, slots=True, kw_only=True)
class LoadRecord:
    """Bytes of the image that are brought into the arena, not before operator `step`."""

    LAYOUT: ClassVar[struct.Struct] = struct.Struct("<IIIH2x")

    start: int
    to: int
    num_bytes: int
    step: int

    def pack(self) -> bytes:
        """Return the bytes of the record."""
        return self.LAYOUT.pack(*astuple(self))

    @classmethod
    def unpack(cls, data: bytes, offset: int) -> Self:
        """Return the record that lies at `offset`."""
        start, to, num_bytes, step = cls.LAYOUT.unpack_from(data, offset)
        return cls(start=start, to=to, num_bytes=num_bytes, step=step)


@dataclass(frozen=True, slots=True, kw_only=True)
class Header:
    """The first bytes of an image; its two seals are put in last, over everything else."""

    LAYOUT: ClassVar[struct.Struct] = struct.Struct("<IHHII32sQIIIIII16s16s16s")

    total_bytes: int
    macs: int
    num_operators: int
    operators_offset: int
    activation_bytes: int
    scratch_offset: int
    loads_offset: int = 0
    num_loads: int = 0
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
            *(self.activation_bytes, self.scratch_offset, self.loads_offset, self.num_loads),
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
            activation_bytes=f[9],
            scratch_offset=f[10],
            loads_offset=f[11],
            num_loads=f[12],
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
