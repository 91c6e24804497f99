# SPDX-License-Identifier: Apache-2.0
"""`airloop snn download`: the published files of a data set, verified and unpacked."""

from contextlib import contextmanager
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from host.cli import names, output
from host.cli.output import JsonOption

if TYPE_CHECKING:
    from collections.abc import Generator

    from rich.console import Console

    from snn.data.download import Downloaded, OnBytes
    from snn.data.published import PublishedFile

EXAMPLES = (
    "airloop snn download shd",
    "airloop snn download mswc --language tr --output data/mswc-tr",
    "airloop snn download nmnist --json -",
)
_FOLDER = Path("results") / "data"


def download(
    name: Annotated[
        str,
        typer.Argument(
            help="A data set: shd, ssc, nmnist, dvs-gesture, mswc or fsdd.",
            autocompletion=names.published_names,
            show_default=False,
        ),
    ],
    language: Annotated[
        str | None,
        typer.Option(help="Of mswc, the language by its code.", show_default=False),
    ] = None,
    out: Annotated[
        Path | None,
        typer.Option(
            "--output",
            help="Folder to put it in. Default: results/data/NAME.",
            show_default=False,
            file_okay=False,
        ),
    ] = None,
    json_file: JsonOption = None,
) -> None:
    """Download a data set; what broke goes on where it was when the command is run again.

    Files are verified against the checksums that somebody has told; where none is known, the table
    says so. What is there already is verified and kept. Archives are unpacked beside themselves.
    """
    from snn.data.download import fetch
    from snn.data.published import files_of
    from snn.data.unpacking import unpack

    console = output.console_for(json_file)
    files = files_of(name, language=language)
    folder = out or _FOLDER / (name if language is None else f"{name}-{language}")
    output.require_writable(folder / files[0].name, option="--output")
    found: list[Downloaded] = []
    for file in files:
        with _watched(console, file.name) as watch:
            found.append(fetch(file, folder, on_bytes=watch))
    for one in found:
        with console.status(f"unpacking {one.path.name}"):
            unpack(one.path, version=one.sha256)
    _show(console, files, found, json_file)
    console.print(f"try      airloop snn events {folder} --kind {name}", soft_wrap=True)


def _show(
    console: "Console",
    files: "tuple[PublishedFile, ...]",
    found: "list[Downloaded]",
    json_file: str | None,
) -> None:
    from pydantic_core import to_jsonable_python

    from host.report import quantity
    from host.report.tables import Table

    rows = tuple(
        (
            str(one.path),
            quantity.count(one.num_bytes),
            "verified" if one.is_verified else "not verified",
            file.checksum_source,
        )
        for file, one in zip(files, found, strict=True)
    )
    head = ("file", "bytes", "checksum", "whose")
    output.print_table(console, Table(caption="Downloaded", head=head, rows=rows))
    for file, one in zip(files, found, strict=True):
        if not one.is_verified:
            console.print(
                f"{one.path.name} could not be verified: {file.checksum_source}. Its SHA-256 is "
                f"{one.sha256}",
                soft_wrap=True,
            )
    listed = [
        {**asdict(one), "urls": file.urls, "checksum": file.checksum}
        for file, one in zip(files, found, strict=True)
    ]
    output.write_json(to_jsonable_python(listed), json_file)


@contextmanager
def _watched(console: "Console", name: str) -> "Generator[OnBytes]":
    from rich.progress import BarColumn, DownloadColumn, TextColumn, TransferSpeedColumn
    from rich.progress import Progress as Bar

    with Bar(
        TextColumn("{task.description}"),
        BarColumn(bar_width=28),
        DownloadColumn(),
        TransferSpeedColumn(),
        console=console,
        transient=True,
        disable=not console.is_terminal,
    ) as bar:
        task = bar.add_task(name, total=None)
        yield lambda done, total: bar.update(task, completed=done, total=total)
