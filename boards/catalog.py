# SPDX-License-Identifier: Apache-2.0
"""Which boards there are: the files of this folder, and of those that AIRLOOP_BOARDS names."""

import os
from pathlib import Path

from boards import silicon
from boards.board import Board
from boards.errors import BoardError, BoardFileError, UnknownBoardError
from boards.table import read_table

DEFAULT = "mps2-an386"
VARIABLE = "AIRLOOP_BOARDS"


def names() -> tuple[str, ...]:
    """Return the name of every board, in alphabetical order."""
    return tuple(sorted(_files()))


def load(name: str) -> Board:
    """Load the board of this name.

    Raises
    ------
    UnknownBoardError
        If there is none; the message lists the boards.
    BoardFileError
        If its file is malformed; the message names file, table and key.
    """
    files = _files()
    if name not in files:
        raise UnknownBoardError(name=name, legal=tuple(sorted(files)))
    board = read_table(files[name], Board)
    _check_silicon(board, file=files[name])
    return board


def _files() -> dict[str, Path]:
    """Return the file of every board; a folder of AIRLOOP_BOARDS goes before the shipped one."""
    folders = [Path(__file__).parent]
    folders += [Path(part) for part in os.environ.get(VARIABLE, "").split(os.pathsep) if part]
    for folder in folders:
        if not folder.is_dir():
            problem = f"{VARIABLE} names this folder, and it does not exist"
            raise BoardFileError(file=str(folder), key="", problem=problem)
    return {path.stem: path for folder in folders for path in folder.glob("*.toml")}


def _check_silicon(board: Board, *, file: Path) -> None:
    """Check that the chip and the energy profile a board names are there."""
    if board.stands_for is None:
        if board.energy.profile is not None:
            problem = "a modelled energy needs the key stands_for"
            raise BoardFileError(file=str(file), key="energy.profile", problem=problem)
        return
    key = "stands_for"
    try:
        chip = silicon.load(board.stands_for)
        key = "energy.profile"
        if board.energy.profile is not None:
            chip.profile(board.energy.profile)
    except BoardFileError:
        raise
    except BoardError as error:
        raise BoardFileError(file=str(file), key=key, problem=str(error)) from None
