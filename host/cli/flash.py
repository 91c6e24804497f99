# SPDX-License-Identifier: Apache-2.0
"""`airloop flash`: the firmware onto a board of silicon, through a debug probe."""

from typing import Annotated

import typer

from host.cli import names, output
from host.cli.output import JsonOption
from host.flashing import TIMEOUT_S, Tool

EXAMPLES = (
    "airloop flash --board nucleo-l4r5zi",
    "airloop flash --board nrf52840dk --probe 1050012345 --tool pyocd",
    "airloop flash --board rpi-pico --tool openocd --json -",
)


def flash(
    board: Annotated[
        str,
        typer.Option(
            "--board",
            "-b",
            help="The board.",
            autocompletion=names.board_names,
            show_default=False,
        ),
    ],
    probe: Annotated[
        str | None,
        typer.Option(
            help="Unique number of the debug probe. Default: the only one.", show_default=False
        ),
    ] = None,
    tool: Annotated[
        Tool | None,
        typer.Option(
            help="What speaks to the probe. Default: pyocd if it is there, else openocd.",
            show_default=False,
        ),
    ] = None,
    timeout: Annotated[
        float, typer.Option(min=1.0, help="Longest that it may take [s].")
    ] = TIMEOUT_S,
    json_file: JsonOption = None,
) -> None:
    """Write a board's firmware into its flash, verify it, and start it.

    Build it first: make firmware BOARD=NAME. Emulated boards need no flashing.
    """
    from boards import catalog
    from host.flashing import flash as flash_board

    console = output.console_for(json_file)
    done = flash_board(catalog.load(board), probe=probe, tool=tool, timeout_s=timeout)
    console.print(
        f"{done.board} has firmware {done.firmware_hash}, by {done.tool}. "
        f"Next: airloop deploy neural-s --board {done.board} --port /dev/ttyACM0",
        soft_wrap=True,
    )
    output.write_json(
        {
            "board": done.board,
            "tool": done.tool.value,
            "probe": done.probe,
            "program": str(done.program),
            "firmware_hash": done.firmware_hash,
        },
        json_file,
    )
