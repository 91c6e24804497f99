# SPDX-License-Identifier: Apache-2.0
"""The agent's text front by itself, compiled for this machine over `text_stub.c`."""

import ctypes
import struct
import subprocess
from dataclasses import dataclass
from pathlib import Path

from boards.layout import Header, TensorRecord
from tests.host.built_firmware import ROOT

FIRMWARE = ROOT / "firmware"
ENERGY, SCORE, UNSIGNED = 1, 2, 4
ARENA_BYTES = 512
_SOURCES = ("agent/text*.c", "agent/link.c", "agent/memory.c", "wire/*.c")
_FLAGS = (
    "-std=c11", "-Wall", "-Wextra", "-Wconversion", "-Werror", "-O1", "-g", "-shared", "-fPIC",
    "-DAIRLOOP_IMAGE_CAPACITY=16", f"-DAIRLOOP_ARENA_CAPACITY={ARENA_BYTES}",
)  # fmt: skip


def text(
    *, flags: int = 0, multiplier: int = 0, right_shift: int = 32, model: bytes = b"x01"
) -> bytes:
    """Return the payload of TEXT."""
    return struct.pack("<BIB16s", flags, multiplier, right_shift, model)


@dataclass(slots=True)
class TextFront:
    """One copy of the front: a library keeps its state until it is unloaded, so load one a test."""

    library: ctypes.CDLL

    @classmethod
    def build(cls, folder: Path) -> Path:
        """Compile the library."""
        found = [path for pattern in _SOURCES for path in sorted(FIRMWARE.glob(pattern))]
        sources = [*map(str, found), str(Path(__file__).with_name("text_stub.c"))]
        made = folder / "text.so"
        subprocess.run(["gcc", *_FLAGS, f"-I{FIRMWARE}", *sources, "-o", str(made)], check=True)
        return made

    def network(
        self,
        *,
        num_in: int = 4,
        num_out: int = 4,
        scales: tuple[float, float] = (0.5, 0.25),
        zero_points: tuple[int, int] = (3, -5),
        arena_bytes: int = 16,
    ) -> None:
        """Put a network in force that turns its input around."""
        source, target = (
            TensorRecord(offset=0, height=1, width=1, num_channels=n, zero_point=z, scale=s)
            for n, z, s in zip((num_in, num_out), zero_points, scales, strict=True)
        )
        header = Header(
            total_bytes=1,
            macs=0,
            num_operators=0,
            operators_offset=0,
            activation_bytes=arena_bytes,
            scratch_offset=0,
            input=source,
            output=target,
            name="stub",
        )
        packed = header.pack()
        ctypes.memmove(self._place("stub_image", len(packed)), packed, len(packed))

    def begin(self, payload: bytes) -> int:
        """Ask for text; return the status."""
        return int(self.library.stub_begin(payload))

    def say(self, heard: bytes) -> str:
        """Let the front hear bytes, to their end or a zero byte; return all that it answers.

        A zero byte, which the next frame can follow, is the last that it says; it is left away.
        """
        self.number("stub_said_length", ctypes.c_size_t).value = 0
        self.number("stub_diary_length", ctypes.c_size_t).value = 0
        self.library.stub_serve(heard, ctypes.c_size_t(len(heard)))
        said = self._bytes("stub_said").decode("ascii")
        assert said.endswith("\0")
        return said.removesuffix("\0")

    @property
    def diary(self) -> str:
        """Return what happened while it answered; see `text_stub.c`."""
        return self._bytes("stub_diary").decode("ascii")

    def number(self, name: str, kind: type[ctypes.c_size_t]) -> ctypes.c_size_t:
        """Return a variable of the stub."""
        return kind.in_dll(self.library, name)

    def set(self, name: str, value: int) -> None:
        """Set a 64-bit variable of the stub."""
        ctypes.c_uint64.in_dll(self.library, name).value = value

    def set_first_input(self, value: int) -> None:
        """Say what the first byte of an input that is whole is."""
        ctypes.c_uint8.in_dll(self.library, "stub_first_input").value = value

    def set_tick_bits(self, num_bits: int) -> None:
        """Give the counter another width; the field behind a pointer and a uint32."""
        self._place("stub_info", 16)[12] = num_bits
        self.set("stub_tick_mask", (1 << num_bits) - 1)

    def _place(self, name: str, num_bytes: int) -> "ctypes.Array[ctypes.c_uint8]":
        return (ctypes.c_uint8 * num_bytes).in_dll(self.library, name)

    def _bytes(self, name: str) -> bytes:
        length = self.number(f"{name}_length", ctypes.c_size_t).value
        return bytes(self._place(name, length))
