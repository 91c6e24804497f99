# SPDX-License-Identifier: Apache-2.0
"""Tell make the facts of a board file: python3 board_facts.py ../boards/mps2-an386.toml.

With --identity before the file it tells the identity of the board's firmware instead: a digest of
all that it is made of. The host computes the same by `identity` and refuses a device with another.

Needs nothing but Python's standard library, so the firmware builds without the virtual environment.
"""

import hashlib
import sys
import tomllib
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

_FOLDER = Path(__file__).parent
_SHARED = ("wire", "image", "kernels", "run", "learn", "agent")
_SUFFIXES = frozenset({".c", ".h", ".ld", ".py"})
_IDENTITY_DIGITS = 16
_MAX_PAYLOAD, _STACK_BYTES, _BAUD = 8192, 4096, 115_200  # defaults of boards/board.py


def facts(board: Mapping[str, Any]) -> dict[str, str]:
    """Return the variables of make that a parsed board file stands for."""
    memory, build = board["memory"], board["build"]
    return {
        "PORT": Path(build["port"]).name,
        "CPU_FLAGS": " ".join(build.get("cpu_flags", ())),
        "DEFINES": " ".join(build.get("defines", ())),
        "CLOCK_HZ": str(board["cpu"].get("clock_hz") or 0),
        "IMAGE_CAPACITY": str(memory["image_slot_bytes"]),
        "ARENA_CAPACITY": str(memory["arena_bytes"]),
        "MAX_PAYLOAD": str(board["link"].get("max_payload", _MAX_PAYLOAD)),
        "BAUD": str(board["link"].get("baud", _BAUD)),
        "FLASH_PAGE_BYTES": str(memory.get("flash_page_bytes") or 0),
        "SYMBOLS": " ".join(_symbols(memory)),
    }


def _symbols(memory: Mapping[str, Any]) -> Iterator[str]:
    """Yield what the linker is told of the memory."""
    for name in ("flash", "ram", "images"):
        region = memory.get(name)
        if region:
            yield f"{name}_origin={region['origin']:#x}"
            yield f"{name}_bytes={region['bytes']}"
    yield f"stack_bytes={memory.get('stack_bytes', _STACK_BYTES)}"


def identity(board: Mapping[str, Any], *, folder: Path = _FOLDER) -> str:
    """Return 16 hexadecimal digits that change with any source, header or fact of a firmware."""
    digest = hashlib.sha256(repr((board["name"], sorted(facts(board).items()))).encode())
    for path in sorted(_sources(folder, port=Path(board["build"]["port"]).name)):
        content = path.read_bytes()
        digest.update(f"{path.relative_to(folder).as_posix()} {len(content)}\n".encode() + content)
    return digest.hexdigest()[:_IDENTITY_DIGITS]


def _sources(folder: Path, *, port: str) -> Iterator[Path]:
    """Yield what a firmware is built from; other ports are no concern of it."""
    yield folder / "Makefile"
    for place in (".", *_SHARED, "ports", "ports/cortexm", f"ports/{port}"):
        yield from (path for path in (folder / place).glob("*") if path.suffix in _SUFFIXES)


def main(*arguments: str) -> None:
    """Write one assignment a line, or the identity, to standard output."""
    board = tomllib.loads(Path(arguments[-1]).read_text(encoding="utf-8"))
    if arguments[0] == "--identity":
        sys.stdout.write(f"{identity(board)}\n")
    else:
        sys.stdout.writelines(f"{name} := {value}\n" for name, value in facts(board).items())


if __name__ == "__main__":
    main(*sys.argv[1:])
