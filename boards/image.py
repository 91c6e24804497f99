# SPDX-License-Identifier: Apache-2.0
"""The image: a compiled network as one flat, sealed file that firmware runs where it lies.

Layout and seals are described in `firmware/image/image.h`.
"""

import hashlib
import os
import tempfile
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Self

from boards.board import Board
from boards.body import Body
from boards.compiler import compile_graph
from boards.errors import ImageError
from boards.graph import Graph
from boards.layout import (
    CRC32_FROM,
    MAGIC,
    VERSION,
    Header,
    LoadRecord,
    OperatorRecord,
    TensorRecord,
    aligned,
    digest,
)
from boards.memory import MemoryPlan
from boards.scratch import scratch_bytes

_RECOMPILE = "compile the network again"


@dataclass(frozen=True, slots=True)
class Image:
    """A compiled network; constructing one verifies it.

    Parameters
    ----------
    data : bytes
        The whole file.
    source : str
        Where it came from, for messages.

    Raises
    ------
    ImageError
        If the bytes are truncated, damaged, no image, or an image of another version.
    """

    data: bytes
    source: str = "image"

    def __post_init__(self) -> None:
        for problem in _problems(self.data):
            raise ImageError(f"{self.source}: {problem}")

    @classmethod
    def load(cls, path: str | Path) -> Self:
        """Read and verify an image file."""
        try:
            data = Path(path).read_bytes()
        except OSError as error:
            raise ImageError(f"{path}: cannot be read: {error.strerror}") from error
        return cls(data, str(path))

    def save(self, path: str | Path) -> None:
        """Write the image; a reader sees the old file or the whole new one, never a part."""
        target = Path(path)
        target.parent.mkdir(parents=True, exist_ok=True)
        handle, temporary = tempfile.mkstemp(dir=target.parent, prefix=f".{target.name}.")
        try:
            with os.fdopen(handle, "wb") as file:
                file.write(self.data)
                file.flush()
                os.fsync(file.fileno())
            Path(temporary).replace(target)
        except BaseException:
            Path(temporary).unlink(missing_ok=True)
            raise

    @property
    def header(self) -> Header:
        """Return the header."""
        return Header.unpack(self.data)

    @property
    def operators(self) -> tuple[OperatorRecord, ...]:
        """Return the operators, in order of execution."""
        header, size = self.header, OperatorRecord.LAYOUT.size
        return tuple(
            OperatorRecord.unpack(self.data, header.operators_offset + i * size)
            for i in range(header.num_operators)
        )

    @property
    def loads(self) -> tuple[LoadRecord, ...]:
        """Return what is brought into the arena; nothing if the image is run where it lies."""
        header, size = self.header, LoadRecord.LAYOUT.size
        return tuple(
            LoadRecord.unpack(self.data, header.loads_offset + i * size)
            for i in range(header.num_loads)
        )

    @property
    def name(self) -> str:
        """Return the network's name, perhaps cut short."""
        return self.header.name

    @property
    def sha256(self) -> bytes:
        """Return the identity of the image: the SHA-256 of the file, bytes [32]."""
        return hashlib.sha256(self.data).digest()

    @property
    def crc32(self) -> int:
        """Return the CRC-32 of the file, as a transfer checks it."""
        return zlib.crc32(self.data)

    @property
    def input(self) -> TensorRecord:
        """Return shape, scale and zero point of the input."""
        return self.header.input

    @property
    def output(self) -> TensorRecord:
        """Return shape, scale and zero point of the output."""
        return self.header.output

    @property
    def input_shape(self) -> tuple[int, ...]:
        """Return (height, width, num_in) of the int8 input."""
        return self.input.shape

    @property
    def output_shape(self) -> tuple[int, ...]:
        """Return (height, width, num_out) of the int8 output."""
        return self.output.shape

    def scratch_bytes(self, body: Body) -> int:
        """Return the working memory of the kernels on a kind of core."""
        return max(scratch_bytes(operator, body) for operator in self.operators)

    def arena_bytes(self, body: Body) -> int:
        """Return the RAM a run needs on a kind of core: activations and scratch."""
        header = self.header
        scratch_end = header.scratch_offset + self.scratch_bytes(body)
        return aligned(max(header.activation_bytes, scratch_end))

    @property
    def macs(self) -> int:
        """Return the multiply-accumulates of one run."""
        return self.header.macs

    def check_fits(self, board: Board) -> None:
        """Raise an ImageError if the image or its activations are too large for a board."""
        arena_bytes = self.arena_bytes(board.body)
        board.require_fit(image_bytes=len(self.data), arena_bytes=arena_bytes)


def compile(graph: Graph, plan: MemoryPlan) -> Image:
    """Compile an int8 graph whose activations lie where `plan` says; see `boards.compiler`."""
    return Image(compile_graph(graph, plan), f"image of {graph.name!r}")


def _problems(data: bytes) -> Iterator[str]:
    """Yield what is wrong with the bytes of an image, the most telling first."""
    if len(data) < Header.LAYOUT.size:
        yield f"{len(data)} bytes are too few for an image; {_RECOMPILE}"
        return
    header = Header.unpack(data)
    if header.magic != MAGIC:
        yield "this is not an image: it does not start with ALIM"
    if header.version != VERSION:
        yield f"image version {header.version}, this host makes version {VERSION}; {_RECOMPILE}"
    if header.total_bytes != len(data):
        missing = f"{len(data)} of {header.total_bytes} bytes"
        yield f"the image is truncated or padded: {missing}; {_RECOMPILE}"
    if header.crc32 != zlib.crc32(data[CRC32_FROM:]) or header.seal != digest(data):
        yield f"the image is damaged: its checksums do not agree; {_RECOMPILE}"
