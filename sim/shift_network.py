# SPDX-License-Identifier: Apache-2.0
"""The smallest network there is, for tests of everything around a network: y = x + shift."""

import struct
from dataclasses import dataclass

_MAGIC = b"SHIFT"
_HEAD = struct.Struct("<IB")


@dataclass(frozen=True, slots=True, kw_only=True)
class ShiftNetwork:
    """Every output byte is its input byte plus `shift`, modulo 256."""

    num_input_bytes: int
    shift: int
    operator_kinds: tuple[int, ...] = (7,)

    def run(self, data: bytes) -> bytes:
        """Return every byte plus `shift`."""
        return bytes((byte + self.shift) & 0xFF for byte in data)

    def image(self, *, num_padding_bytes: int = 0) -> bytes:
        """Return the image that `open_image` reads, made longer by some bytes."""
        padding = bytes(i & 0xFF for i in range(num_padding_bytes))
        return _MAGIC + _HEAD.pack(self.num_input_bytes, self.shift) + padding


def open_image(image: bytes) -> ShiftNetwork:
    """Return the network in an image; raises ValueError when it is none."""
    if not image.startswith(_MAGIC) or len(image) < len(_MAGIC) + _HEAD.size:
        raise ValueError("no shift network")
    num_bytes, shift = _HEAD.unpack_from(image, len(_MAGIC))
    return ShiftNetwork(num_input_bytes=num_bytes, shift=shift)
