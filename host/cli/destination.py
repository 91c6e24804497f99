# SPDX-License-Identifier: Apache-2.0
"""Where `deploy` brings a network, of whatever kind, and what it leaves behind."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import typer

from host.cli import output

if TYPE_CHECKING:
    from rich.console import Console

    from boards.board import Board
    from boards.image import Image
    from host.elsewhere import Choice


@dataclass(frozen=True, slots=True, kw_only=True)
class Destination:
    """A board and its port, the boards it is compared with, and files to write.

    Parameters
    ----------
    board : Board
    port : str or None
    named : tuple of Board
        Boards to compare with that were asked for by name.
    wanted : bool or None
        All other boards, none, or as it suits.
    save, report : Path or None
        File of the image, folder of the report.
    json_file : str or None
    """

    board: "Board"
    port: str | None
    named: "tuple[Board, ...]"
    wanted: bool | None
    save: Path | None
    report: Path | None
    json_file: str | None

    def console(self) -> "Console":
        """Return the console for people; refuses files that cannot be written before the work."""
        console = output.console_for(self.json_file)
        if self.save is not None:
            output.require_writable(self.save, option="--save")
        if self.report is not None:
            output.require_writable(self.report / "report.html", option="--report")
        return console

    def keep(self, image: "Image") -> None:
        """See that the image fits the board, and write it where that was asked for."""
        image.check_fits(self.board)
        if self.save is not None:
            image.save(self.save)

    def others(self, image: "Image", *, is_quick: bool = True) -> "Choice":
        """Return the boards to compare with; where that is not quick, only if asked for."""
        from host import elsewhere

        return elsewhere.choose(
            image, but=self.board.name, named=self.named, wanted=self.wanted, is_quick=is_quick
        )


def refuse(given: Mapping[str, object], *, because: str) -> None:
    """Refuse the first option that was given and makes no sense."""
    for option, value in given.items():
        if value is not None:
            raise typer.BadParameter(f"{option}: {because}; leave it away.")
