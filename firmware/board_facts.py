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
_SUFFIXES = frozenset({".c", ".h", ".ld"})
_IDENTITY_DIGITS = 16


def facts(board: Mapping[str, Any]) -> dict[str, str]:
    """Return the variables of make that a parsed board file stands for."""
    memory = board["memory"]
    variables = {
        "PORT": Path(board["build"]["port"]).name,
        "CPU_FLAGS": " ".join(board["build"].get("cpu_flags", ())),
        "CLOCK_HZ": str(board["cpu"].get("clock_hz") or 0),
        "IMAGE_CAPACITY": str(memory["image_slot_bytes"]),
        "ARENA_CAPACITY": str(memory["arena_bytes"]),
    }
    for region in ("flash", "ram"):
        if memory.get(region):
            variables[f"{region.upper()}_ORIGIN"] = hex(memory[region]["origin"])
            variables[f"{region.upper()}_BYTES"] = str(memory[region]["bytes"])
    return variables


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
    for place in (".", *_SHARED, "ports", f"ports/{port}"):
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
