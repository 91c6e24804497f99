# SPDX-License-Identifier: Apache-2.0
"""What the commands of spiking networks share: data sets by name, time steps, networks."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from host.cli import names

if TYPE_CHECKING:
    from rich.console import Console

    from snn.events.event_set import EventSet


# As in `snn.network_file`, which imports more than a look at a name may wait for.
NETWORK_SUFFIX = ".snn.npz"


def neuron_names() -> list[str]:
    """Return the names of the neurons, for completion."""
    from snn import catalog

    return list(catalog.NEURONS)


def method_names() -> list[str]:
    """Return the names of the mappings, for completion."""
    from snn.adaptation.methods import Method

    return [str(method) for method in Method]


DataPath = Annotated[
    Path | None,
    typer.Argument(
        help="File or folder of the recordings; nothing for sets that are made here.",
        show_default=False,
    ),
]
Kind = Annotated[
    str | None,
    typer.Option(
        help="What the recordings are. Default: recognised.",
        autocompletion=names.event_kinds,
        show_default=False,
    ),
]
Network = Annotated[Path, typer.Argument(help="A network: a file *.snn.npz.", show_default=False)]


def load(
    path: Path | None, *, kind: str | None, split: str | None, console: "Console"
) -> "EventSet":
    """Return recordings; sound is encoded once and kept. Raises SpikingError."""
    from host.cli.counting import counted
    from host.spiking.opening import open_events
    from snn.data.data_set import Wanted
    from snn.data.encoding import CACHE

    with counted(console, "listening") as tell:
        wanted = Wanted(split=split or "", cache=CACHE, on_progress=tell)
        return open_events(path, wanted, kind=kind).found.checked()


def part(
    path: Path | None, *, kind: str | None, split: str | None, default: str, has_group: bool
) -> str | None:
    """Return the split to load: what was given, else the default where the set has it.

    Where a group is wanted or left out, the default is all recordings, if they are one split.
    """
    from snn.data import catalog
    from snn.data.recognition import recognise

    name = kind or (recognise(path) if path is not None else None)
    if split is not None or name not in catalog.names():
        return split
    splits = catalog.data_set(name).splits
    wanted = "all" if has_group else default
    return wanted if wanted in splits else None


def microseconds(value_ms: float, *, option: str) -> int:
    """Return a time step in whole microseconds; anything else is the user's mistake."""
    from snn import time_step
    from snn.errors import SpikingError

    try:
        return time_step.microseconds(value_ms)
    except SpikingError as error:
        raise typer.BadParameter(f"{option}: {error}.") from None


def method(name: str) -> str:
    """Return the name of a mapping; anything else is the user's mistake."""
    if name not in method_names():
        raise typer.BadParameter(
            f"--method: no mapping called {name!r}; there are: {', '.join(method_names())}."
        )
    return name
