# SPDX-License-Identifier: Apache-2.0
"""The names an experiment may use, gathered from the catalogs of the packages below."""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from boards import catalog as boards
from boards import silicon
from boards.board import Board, LinkKind
from host import firmware, provenance
from host.experiment import HOST, TWIN


@dataclass(frozen=True, slots=True, kw_only=True)
class Catalog:
    """What there is to choose from.

    Parameters
    ----------
    receivers : tuple of str
    networks : mapping of str to Path
        The receivers that are networks and so run on devices, with the files of their weights.
    boards : mapping of str to str
        The boards, with the hash of their files and of the firmware that is built for them.
    scarce : mapping of str to int
        How many trials at a time a resource bears; what is not named bears any number.
    """

    receivers: tuple[str, ...]
    networks: Mapping[str, Path]
    boards: Mapping[str, str]
    scarce: Mapping[str, int] = field(default_factory=dict[str, int])

    @property
    def devices(self) -> tuple[str, ...]:
        """Return every legal name of a device."""
        return (HOST, TWIN, *self.boards)


def installed_catalog() -> Catalog:
    """Gather what this installation has.

    Raises
    ------
    BoardFileError
        A board's file is malformed.
    """
    from receivers import catalog as receivers

    loaded = {name: boards.load(name) for name in boards.names()}
    return Catalog(
        receivers=receivers.names(),
        networks=receivers.networks(),
        boards={name: _board_hash(board) for name, board in loaded.items()},
        scarce={f"board:{n}": 1 for n, b in loaded.items() if b.link.kind is LinkKind.SERIAL},
    )


def _board_hash(board: Board) -> str:
    chip = silicon.load(board.stands_for).model_dump(mode="json") if board.stands_for else None
    return provenance.hash_of(
        [board.model_dump(mode="json"), chip, _file_hash(firmware.place(board))]
    )


def _file_hash(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest() if path.exists() else ""
