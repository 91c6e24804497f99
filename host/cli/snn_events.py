# SPDX-License-Identifier: Apache-2.0
"""`airloop snn events`: events checked, described, mended, drawn, and brought into one format."""

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from host.cli import names, output
from host.cli.output import JsonOption

if TYPE_CHECKING:
    from pydantic import JsonValue
    from rich.console import Console

    from host.spiking.opening import Opened
    from snn.events.event_set import EventSet
    from snn.events.repair import Repaired

EXAMPLES = (
    "airloop snn events data/fsdd --split train --convert results/fsdd-train.npz",
    "airloop snn events damaged.npz --repair results/mended.npz",
    "airloop snn events data/nmnist/Train/7/00042.bin --picture results/seven.png",
    "airloop snn events --kind iq-modulation --split test --json -",
)


def events(
    path: Annotated[
        Path | None,
        typer.Argument(
            help="An event file (*.npz), a file or the folder of a data set; none for what is "
            "generated here.",
            show_default=False,
        ),
    ] = None,
    kind: Annotated[
        str | None,
        typer.Option(
            "--kind",
            "-k",
            help="Which data set it is. Default: what names of files tell.",
            autocompletion=names.event_kinds,
            show_default=False,
        ),
    ] = None,
    split: Annotated[
        str | None,
        typer.Option(help="Part of a data set. Default: its first.", show_default=False),
    ] = None,
    word: Annotated[
        list[str] | None,
        typer.Option(
            help="Of spoken words, one to load; repeat for several. Default: all.",
            show_default=False,
        ),
    ] = None,
    repair: Annotated[
        Path | None,
        typer.Option(
            metavar="OUT.npz",
            help="Mend or drop what is wrong, count it, and write the rest to this event file.",
            show_default=False,
            dir_okay=False,
        ),
    ] = None,
    convert: Annotated[
        Path | None,
        typer.Option(
            metavar="OUT.npz",
            help="Write the events, which must be whole, to this event file.",
            show_default=False,
            dir_okay=False,
        ),
    ] = None,
    picture: Annotated[
        Path | None,
        typer.Option(
            metavar="FILE.png",
            help="Draw one recording.",
            show_default=False,
            dir_okay=False,
        ),
    ] = None,
    recording: Annotated[int, typer.Option(min=0, help="The one to draw.")] = 0,
    json_file: JsonOption = None,
) -> None:
    """Check events, and tell what there is: recordings, classes, groups, times, density.

    What is wrong is named by file, recording and event, with exit code 2; with --repair it is
    mended or dropped, and counted. Sound becomes spikes by a cochlea and is kept in results/events.
    """
    from host.cli.counting import counted
    from host.spiking.opening import open_events
    from snn.data.data_set import Wanted
    from snn.data.encoding import CACHE
    from snn.events.repair import repair as mend

    console = output.console_for(json_file)
    if repair is not None and convert is not None:
        raise typer.BadParameter("--repair and --convert both write the events; choose one.")
    _require_files(repair=repair, convert=convert, picture=picture)
    with counted(console, "listening") as watch:
        wanted = Wanted(split=split or "", words=tuple(word or ()), cache=CACHE, on_progress=watch)
        opened = open_events(path, wanted, kind=kind)
    repaired = None if repair is None else mend(opened.found)
    whole = opened.found.checked() if repaired is None else repaired.events
    if recording >= len(whole) and picture is not None:
        raise typer.BadParameter(f"--recording: there are {len(whole)}, counted from 0.")
    target = repair or convert
    if target is not None:
        _write(target, whole, opened)
    told = _show(console, opened, whole, repaired)
    if picture is not None:
        from host.report.spiking.raster_picture import save_raster

        drawn = save_raster(picture, whole, i_recording=recording)
        console.print(f"picture  {drawn}", soft_wrap=True)
    if target is not None:
        console.print(f"written  {target}", soft_wrap=True)
    told["written"] = None if target is None else str(target)
    told["picture"] = None if picture is None else str(picture)
    output.write_json(told, json_file)


def _require_files(*, repair: Path | None, convert: Path | None, picture: Path | None) -> None:
    """Refuse, before the work, places that cannot be written and names of other kinds."""
    for option, file, suffix in (
        ("--repair", repair, ".npz"),
        ("--convert", convert, ".npz"),
        ("--picture", picture, ".png"),
    ):
        if file is None:
            continue
        if file.suffix != suffix:
            raise typer.BadParameter(f"{option}: {file} is not called *{suffix}; name it so.")
        output.require_writable(file, option=option)


def _write(target: Path, whole: "EventSet", opened: "Opened") -> None:
    from snn.events import event_file

    origin = opened.origin
    if origin.dt_us is not None and (whole.times_us % origin.dt_us).any():
        origin = replace(origin, dt_us=None)  # mended times need not lie on the bins
    event_file.write(target, whole, origin=origin)


def _show(
    console: "Console",
    opened: "Opened",
    whole: "EventSet",
    repaired: "Repaired | None",
) -> "dict[str, JsonValue]":
    """Print what there is, and return it for programs."""
    from host.report.spiking import event_tables
    from snn.events.description import describe

    told = describe(whole)
    tables = [
        event_tables.set_table(opened, whole, told),
        event_tables.share_table(told.classes, kind="Classes"),
        event_tables.share_table(told.groups, kind="Groups"),
    ]
    if repaired is not None:
        tables.append(event_tables.repair_table(repaired))
    output.print_tables(console, tables)
    if repaired is None:
        console.print("every event is as it should be", style="green")
    elif repaired.num_faults == 0:
        console.print("there was nothing to mend", style="green")
    return event_tables.listed(opened, whole, told, repaired)
