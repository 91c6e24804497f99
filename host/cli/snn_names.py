# SPDX-License-Identifier: Apache-2.0
"""What the commands of spiking networks share: data sets by name, time steps, networks."""

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from snn.events.event_set import EventSet

_US_PER_MS = 1000
_ROUNDING = 1e-9


def data_set_names() -> list[str]:
    """Return the names of the data sets, for completion."""
    from snn.data import catalog

    return list(catalog.names())


def neuron_names() -> list[str]:
    """Return the names of the neurons, for completion."""
    from snn import catalog

    return list(catalog.NEURONS)


def method_names() -> list[str]:
    """Return the names of the mappings, for completion."""
    from snn.adaptation.methods import Method

    return [str(method) for method in Method]


DataSet = Annotated[
    str,
    typer.Argument(
        help="A data set, such as fsdd, or events for a file of them.",
        autocompletion=data_set_names,
        show_default=False,
    ),
]
DataPath = Annotated[
    Path, typer.Argument(help="Folder or file of the data set.", show_default=False)
]
Network = Annotated[Path, typer.Argument(help="A network: a file *.snn.npz.", show_default=False)]


def load(
    name: str, path: Path, *, split: str, on_progress: Callable[[int, int], None] | None = None
) -> "EventSet":
    """Return recordings; sound is encoded once and kept. Raises SpikingError."""
    from snn.data import catalog
    from snn.data.data_set import Wanted
    from snn.data.encoding import CACHE

    wanted = Wanted(split=split, cache=CACHE, on_progress=on_progress)
    return catalog.load(name, path, wanted)


def microseconds(value_ms: float, *, option: str) -> int:
    """Return a time step in whole microseconds; anything else is the user's mistake."""
    value_us = round(value_ms * _US_PER_MS)
    if value_us < 1 or abs(value_us - value_ms * _US_PER_MS) > _ROUNDING:
        raise typer.BadParameter(
            f"{option}: {value_ms:g} ms is no whole number of microseconds above 0; try 4."
        )
    return value_us


def method(name: str) -> str:
    """Return the name of a mapping; anything else is the user's mistake."""
    if name not in method_names():
        raise typer.BadParameter(
            f"--method: no mapping called {name!r}; there are: {', '.join(method_names())}."
        )
    return name
