# SPDX-License-Identifier: Apache-2.0
"""The options that several commands share."""

from pathlib import Path
from typing import Annotated

import typer

DEFAULT_BATCH = 64
_GROUP = 8


def _whole_groups(batch: int) -> int:
    if batch < _GROUP or batch % _GROUP:
        raise typer.BadParameter(
            f"{batch} is not a multiple of {_GROUP}; receivers take {_GROUP} at a time."
        )
    return batch


Workers = Annotated[
    int | None,
    typer.Option(
        min=1, help="Processes to run trials in. Default: one a core.", show_default=False
    ),
]
Batch = Annotated[
    int,
    typer.Option(
        help="Slots to generate at a time, a multiple of 8; changes speed and memory only.",
        callback=_whole_groups,
    ),
]
Out = Annotated[
    Path | None,
    typer.Option(
        help="Folder of the results. Default: results/NAME.",
        show_default=False,
        file_okay=False,
    ),
]
Seed = Annotated[int, typer.Option(min=0, help="Seed of the slots.")]
