# SPDX-License-Identifier: Apache-2.0
"""The options that several commands share."""

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from host.cli import names

if TYPE_CHECKING:
    from boards.compress.widths import Widths

DEFAULT_BATCH = 64
DEFAULT_SAVE_EVERY_S = 30.0
_GROUP = 8


def _whole_groups(batch: int) -> int:
    if batch < _GROUP or batch % _GROUP:
        raise typer.BadParameter(
            f"{batch} is not a multiple of {_GROUP}; receivers take {_GROUP} at a time."
        )
    return batch


def ports_of(given: Sequence[str] | None) -> dict[str, str]:
    """Return the ports by board, from BOARD=URL each."""
    ports: dict[str, str] = {}
    for one in given or ():
        board, _, port = one.partition("=")
        if not board or not port:
            raise typer.BadParameter(
                f"--port: {one!r} is no BOARD=URL; write native=socket://127.0.0.1:5555 "
                "or my-board=/dev/ttyACM0."
            )
        if board in ports:
            raise typer.BadParameter(f"--port: {board} stands there twice; name each board once.")
        ports[board] = port
    return ports


def weight_bits_of(given: Sequence[str] | None) -> "Widths | None":
    """Return what weights take, from BITS for all layers and LAYER=BITS for one; None if nothing.

    The last `=` counts: names of layers may hold some.
    """
    from boards.compress.widths import Widths
    from boards.narrow import BY_NAME, WeightBits

    every: set[WeightBits] = set()
    layers: dict[str, WeightBits] = {}
    for one in given or ():
        layer, _, width = one.rpartition("=")
        bits = BY_NAME.get(width)
        if bits is None or layer in layers or (not layer and every):
            raise typer.BadParameter(
                f"--weight-bits: {one!r} is not 8, 6, 4 or 2, nor LAYER= one of these, each layer "
                "and all of them once."
            )
        if layer:
            layers[layer] = bits
        else:
            every.add(bits)
    return Widths(every=next(iter(every), None), layers=layers) if every or layers else None


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
SaveEvery = Annotated[
    float,
    typer.Option(
        min=0.0,
        metavar="SECONDS",
        help="Save trials in flight so often; what a sudden end of this machine loses at most.",
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
Ports = Annotated[
    list[str] | None,
    typer.Option(
        "--port",
        metavar="BOARD=URL",
        help="Device file or URL where a board's firmware runs; repeat for several. "
        "Default: start or find it.",
        show_default=False,
    ),
]
Seed = Annotated[int, typer.Option(min=0, help="Seed of the slots.")]

CalibrationOption = Annotated[
    Path | None,
    typer.Option(
        "--calibration",
        help="Inputs that a float32 network is quantized with: *.npy, float32 "
        "[num_samples, *input shape].",
        show_default=False,
    ),
]

WeightBitsOption = Annotated[
    list[str] | None,
    typer.Option(
        "--weight-bits",
        metavar="[LAYER=]BITS",
        help="What weights take: 8, 6, 4 or 2 bits, of all layers or of one; repeat for several. "
        "Default: 8, or what holds integers as they are.",
        autocompletion=names.weight_bits,
        show_default=False,
    ),
]
