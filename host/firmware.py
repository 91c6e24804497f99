# SPDX-License-Identifier: Apache-2.0
"""Where the firmware of a board lies, and whether it is that of these sources."""

from collections.abc import Iterator
from pathlib import Path

from boards.board import Board, LinkKind
from host.errors import ToolMissingError

_ROOT = Path(__file__).parents[1]
_SHARED_FOLDERS = tuple(
    _ROOT / "firmware" / name for name in (".", "wire", "image", "kernels", "run", "agent", "ports")
)
_SUFFIXES = frozenset({".c", ".h", ".ld"})


def program(board: Board) -> Path:
    """Return the built firmware of a board.

    Raises
    ------
    ToolMissingError
        It is not built.
    """
    path = place(board)
    if not path.is_file():
        raise ToolMissingError(
            tool=f"the firmware of {board.name}",
            purpose=f"start {board.name}",
            remedy=f"make firmware BOARD={board.name}",
        )
    return path


def place(board: Board) -> Path:
    """Return where `make firmware` leaves the firmware of a board."""
    name = "airloop-agent" if board.link.kind is LinkKind.NATIVE else "airloop.elf"
    return _ROOT / "build" / "firmware" / board.name / name


def is_current(board: Board) -> bool:
    """Return whether the firmware is built, and no source of it has changed since."""
    path = place(board)
    if not path.is_file():
        return False
    built_s = path.stat().st_mtime
    return all(source.stat().st_mtime <= built_s for source in _sources(board))


def _sources(board: Board) -> Iterator[Path]:
    """Yield what the firmware of a board is built from; other ports are no concern of it."""
    yield _ROOT / "firmware" / "Makefile"
    for folder in (*_SHARED_FOLDERS, _ROOT / board.build.port):
        yield from (path for path in folder.glob("*") if path.suffix in _SUFFIXES)
