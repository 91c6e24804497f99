# SPDX-License-Identifier: Apache-2.0
"""`airloop boards`: which boards there are, and what each of them is."""

from typing import TYPE_CHECKING, Annotated

import typer

from host.cli import names, output
from host.cli.output import JsonOption

if TYPE_CHECKING:
    from collections.abc import Iterator

    from rich.console import Console

    from boards.board import Board


EXAMPLES = (
    "airloop boards",
    "airloop boards mps2-an386",
    "airloop boards --json -",
)


def boards(
    name: Annotated[
        str | None,
        typer.Argument(
            help="One board to tell everything about. Default: list all.",
            autocompletion=names.board_names,
            show_default=False,
        ),
    ] = None,
    json_file: JsonOption = None,
) -> None:
    """List the boards, or tell everything about one.

    More boards are found in the folders that AIRLOOP_BOARDS names.
    """
    from boards import catalog

    console = output.console_for(json_file)
    wanted = catalog.names() if name is None else (name,)
    loaded = [catalog.load(one) for one in wanted]
    if name is None:
        _print_list(console, loaded)
    else:
        _print_one(console, loaded[0])
    output.write_json([board.model_dump(mode="json") for board in loaded], json_file)


def _print_list(console: "Console", loaded: "list[Board]") -> None:
    from boards import catalog
    from host.report import quantity
    from host.report.tables import Table

    rows = tuple(
        (
            board.name,
            board.title,
            board.cpu.core,
            board.link.kind.value,
            quantity.kibibytes(board.memory.arena_bytes),
            board.stands_for or quantity.ABSENT,
            board.verified or quantity.ABSENT,
        )
        for board in loaded
    )
    head = ("board", "what", "core", "link", "arena [KiB]", "modelled as", "verified")
    note = f"Default: {catalog.DEFAULT}. More about one: airloop boards NAME"
    output.print_table(console, Table(caption="Boards", head=head, rows=rows, note=note))


def _print_one(console: "Console", board: "Board") -> None:
    from rich.table import Table

    table = Table.grid(padding=(0, 2))
    for key, value in _rows(board):
        table.add_row(key, str(value))
    console.print(table)


def _rows(board: "Board") -> "Iterator[tuple[str, object]]":
    """Yield the keys of a board as its file spells them; regions of memory stay in one line."""
    for key, value in board.model_dump(mode="json", exclude_none=True).items():
        inner = value.items() if isinstance(value, dict) else [("", value)]
        for subkey, subvalue in inner:
            name = f"{key}.{subkey}" if subkey else key
            if name == "energy.meter":
                yield from ((f"{name}.{setting}", one) for setting, one in subvalue.items())
            else:
                yield name, subvalue
