# SPDX-License-Identifier: Apache-2.0
"""Where a command's words go: tables for people, JSON for programs, never mixed.

With `--json -` standard output carries the JSON alone; what is for people goes to standard error.
"""

import json
import os
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, TextIO

import typer

if TYPE_CHECKING:
    from pydantic import JsonValue
    from rich.console import Console

    from host.report.tables import Table

JsonOption = Annotated[
    str | None,
    typer.Option(
        "--json",
        metavar="FILE",
        help="Also write the result as JSON to this file; - is standard output.",
    ),
]

_STDOUT = "-"
_WIDTH_OF_FILES = 120
_BEGINS_NUMBER = frozenset("0123456789+-<>–")


def console_for(json_file: str | None) -> "Console":
    """Return the console for people, out of the way of the JSON.

    Whether the JSON can be written is found out here, before the work that leads to it.
    """
    from rich.console import Console

    if json_file is not None and json_file != _STDOUT:
        require_writable(Path(json_file), option="--json")
    stream = sys.stderr if json_file == _STDOUT else sys.stdout
    width = None if stream.isatty() else _WIDTH_OF_FILES
    return Console(stderr=stream is sys.stderr, highlight=False, width=width)


def write_json(value: "JsonValue", json_file: str | None) -> None:
    """Write the result for programs, if it was asked for."""
    if json_file is None:
        return
    text = json.dumps(value, indent=2, ensure_ascii=False, allow_nan=False) + "\n"
    if json_file == _STDOUT:
        _write(sys.stdout, text)
        return
    Path(json_file).write_text(text, encoding="utf-8")


def require_writable(path: Path, *, option: str) -> None:
    """Make the folder of a file, and refuse a place where no file can be written."""
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        problem = f"its folder cannot be made ({error.strerror})"
    else:
        if not path.is_dir() and os.access(path if path.exists() else path.parent, os.W_OK):
            return
        problem = "it is a folder" if path.is_dir() else "writing there is not permitted"
    raise typer.BadParameter(f"{option}: {path}: {problem}; name another file.")


def print_remarks(console: "Console", remarks: Mapping[str, Sequence[str]]) -> None:
    """Print what is to be kept in mind about each scenario, softly: these are no errors."""
    from rich.text import Text

    for scenario, sentences in remarks.items():
        for sentence in sentences:
            console.print(Text(f"{scenario}: {sentence}", style="dim"), soft_wrap=True)


def print_table(console: "Console", table: "Table") -> None:
    """Print a table of a report."""
    from rich import box
    from rich.table import Table as RichTable
    from rich.text import Text

    shown = RichTable(
        title=Text(table.caption),
        title_justify="left",
        title_style="bold",
        box=box.SIMPLE_HEAD,
        pad_edge=False,
        collapse_padding=True,
    )
    for i, heading in enumerate(table.head):
        cells = [row[i] for row in table.rows]
        shown.add_column(
            Text(heading),
            justify="right" if _numeric(cells) else "left",
            no_wrap=i == 0,
            overflow="fold",  # digits are never left out
        )
    for row in table.rows:
        shown.add_row(*map(Text, row))
    console.print(shown)
    if table.note:
        console.print(Text(table.note, style="dim"), soft_wrap=True)


def print_tables(console: "Console", tables: Sequence["Table"]) -> None:
    """Print those tables that have rows."""
    for table in tables:
        if table.rows:
            print_table(console, table)


def _numeric(cells: Sequence[str]) -> bool:
    return all(cell[:1] in _BEGINS_NUMBER for cell in cells)


def _write(stream: TextIO, text: str) -> None:
    stream.write(text)
    stream.flush()
