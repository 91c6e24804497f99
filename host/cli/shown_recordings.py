# SPDX-License-Identifier: Apache-2.0
"""The options of `deploy` that name what a spiking network hears, and at which time step."""

from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

import typer

from host.cli import names, snn_names

DEFAULT_RECORDINGS = 20
_PANEL = "Spiking networks"

Data = Annotated[
    Path | None,
    typer.Option(
        help="File or folder of recordings, or none for sets that are made here. The network is "
        "quantized with some of split train, the board is shown some of split test; where there "
        "are no splits, it is shown half of them at most.",
        show_default=False,
        rich_help_panel=_PANEL,
    ),
]
Kind = Annotated[
    str | None,
    typer.Option(
        help="What the recordings are. Default: recognised.",
        autocompletion=names.event_kinds,
        show_default=False,
        rich_help_panel=_PANEL,
    ),
]
Split = Annotated[
    str | None,
    typer.Option(
        help="Take all recordings from this split, some to quantize with, others to show.",
        show_default=False,
        rich_help_panel=_PANEL,
    ),
]
Number = Annotated[
    int | None,
    typer.Option(
        min=1,
        help=f"Recordings that the board is shown. Default: {DEFAULT_RECORDINGS}.",
        show_default=False,
        rich_help_panel=_PANEL,
    ),
]
TimeStep = Annotated[
    float | None,
    typer.Option(
        help="Time step in milliseconds that the network is mapped to. Default: its own.",
        show_default=False,
        rich_help_panel=_PANEL,
    ),
]
Method = Annotated[
    str | None,
    typer.Option(
        help="How it is mapped. Default: integral.",
        autocompletion=snn_names.method_names,
        show_default=False,
        rich_help_panel=_PANEL,
    ),
]


@dataclass(frozen=True, slots=True, kw_only=True)
class Shown:
    """Which recordings the board is shown, and at which time step.

    Parameters
    ----------
    data : Path or None
    kind, split : str or None
        As of `airloop snn eval`.
    number : int or None
    dt_ms : float or None [ms]
        None: the network's own.
    method : str or None
    """

    data: Path | None
    kind: str | None
    split: str | None
    number: int | None
    dt_ms: float | None
    method: str | None

    def given(self) -> dict[str, object]:
        """Return the options and what they were given; None stands for nothing."""
        return {
            "--data": self.data,
            "--kind": self.kind,
            "--split": self.split,
            "--recordings": self.number,
            "--dt": self.dt_ms,
            "--method": self.method,
        }
