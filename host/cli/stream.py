# SPDX-License-Identifier: Apache-2.0
"""`airloop stream`: a network in less memory than its weights take, planned, run and compared."""

import re
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from host.cli import names, output
from host.cli.options import CalibrationOption, WeightBitsOption, weight_bits_of
from host.cli.output import JsonOption

if TYPE_CHECKING:
    from boards.compress.widths import Widths
    from boards.graph import Graph
    from host.streaming import Comparison

EXAMPLES = (
    "airloop stream autoencoder.tflite --sram 80k",
    "airloop stream neural-s --sram 112k --board mps2-an500 --output results/stream",
    "airloop stream autoencoder.tflite --sram 80k --bytes-per-cycle 0.25 --json -",
)
_FAILED = 1
_RUN = "run.png"
_SIZE = re.compile(r"(?P<number>\d+)(?P<unit>[kKmM]?)(?:i?B)?")
_UNITS = {"": 1, "k": 1024, "m": 1024 * 1024}


def _size(text: str) -> int:
    """Return a size in bytes, from a number with k or M behind it or without."""
    found = _SIZE.fullmatch(text)
    if found is None or int(found["number"]) == 0:
        raise typer.BadParameter(f"{text!r} is no size; write 81920, 80k or 1M.")
    return int(found["number"]) * _UNITS[found["unit"].lower()]


def stream(
    network: Annotated[
        str,
        typer.Argument(
            help="A neural receiver, a file of weights (*.npz), or a network of int8 or float32 "
            "(*.tflite, *.keras).",
            autocompletion=names.network_names,
            show_default=False,
        ),
    ],
    sram: Annotated[
        int,
        typer.Option(
            parser=_size,
            metavar="BYTES",
            help="Activations, scratch and constants have so much room: 81920, 80k, 1M.",
            show_default=False,
        ),
    ],
    board: Annotated[
        str,
        typer.Option("--board", "-b", help="An emulated board.", autocompletion=names.board_names),
    ] = "mps2-an386",
    bytes_per_cycle: Annotated[
        float, typer.Option(min=1e-3, max=1e3, help="Rate of the flash that weights lie in.")
    ] = 0.5,
    latency_cycles: Annotated[
        int, typer.Option(min=0, max=1_000_000, help="From a copy's beginning to its first byte.")
    ] = 64,
    tile: Annotated[
        int | None,
        typer.Option(
            parser=_size,
            metavar="BYTES",
            help="Largest part of an operator's constants. Default: what a double buffer is "
            "fastest with.",
            show_default=False,
        ),
    ] = None,
    scenario: Annotated[
        str,
        typer.Option(
            "--scenario",
            "-s",
            help="Gives a receiver the grid, and the slots that the quantizer looks at.",
            autocompletion=names.scenario_names,
        ),
    ] = "urban-slow",
    calibration: CalibrationOption = None,
    weight_bits: WeightBitsOption = None,
    inputs: Annotated[int, typer.Option(min=2, help="Random inputs to compare.")] = 4,
    out: Annotated[
        Path | None,
        typer.Option(
            "--output",
            help="Also draw the run and the rates into this folder.",
            show_default=False,
            file_okay=False,
        ),
    ] = None,
    json_file: JsonOption = None,
) -> None:
    """Bring weights from slow flash while the network runs, and compare with other ways.

    A solver plans what stays in memory, and when and where the rest comes, for the shortest run.
    The board runs that plan, a double buffer, everything preloaded, and everything loaded when it
    is needed. Exit code 1 when an output is not that of the network run where it lies.
    """
    from boards import catalog
    from boards.flash import FlashModel
    from boards.streaming.allotment import Allotment
    from boards.streaming.planning import TILE_BYTES, with_best_tiles
    from host.launcher import open_device
    from host.streaming import compare

    target = catalog.load(board)
    if target.instructions_per_tick is None:
        raise typer.BadParameter(
            f"{board} counts no instructions and models no flash; choose an emulated board, such "
            "as mps2-an386",
            param_hint="--board",
        )
    if out is not None:
        output.require_writable(out / _RUN, option="--output")
    graph = _graph(network, scenario, calibration, weight_bits_of(weight_bits))
    allotment = Allotment(
        body=target.body,
        sram_bytes=sram,
        flash=FlashModel(bytes_per_cycle, latency_cycles),
        tile_bytes=tile or TILE_BYTES[0],
    )
    if tile is None:
        allotment = with_best_tiles(graph, allotment)
    console = output.console_for(json_file)
    with console.status("planning, and running every plan"), open_device(target) as device:
        comparison = compare(graph, target, device, allotment, num_inputs=inputs)
    _show(comparison, out, json_file)
    if not comparison.passed:
        raise typer.Exit(_FAILED)


def _graph(
    network: str, scenario: str, calibration: Path | None, weight_bits: "Widths | None"
) -> "Graph":
    from host.compiled import compile_network

    made = compile_network(
        network, scenario=scenario, calibration=calibration, weight_bits=weight_bits
    )
    if made.planned is None:
        raise typer.BadParameter(
            f"{network} is compiled already; name the network that it was compiled from",
            param_hint="NETWORK",
        )
    return made.planned[0]


def _show(comparison: "Comparison", out: Path | None, json_file: str | None) -> None:
    from boards.streaming.planning import Method
    from host.report import quantity, streaming
    from host.report.streaming_picture import save_rates, save_run

    console = output.console_for(json_file)
    output.print_tables(console, [streaming.method_table(comparison)])
    for remark in streaming.remarks(comparison):
        console.print(remark, soft_wrap=True)
    unequal = sum(one.num_unequal for one in comparison.results)
    values = sum(one.num_values for one in comparison.results)
    console.print(
        f"{comparison.board} against the network run where it lies: {quantity.count(unequal)} of "
        f"{quantity.count(values)} outputs differ",
        style="green" if comparison.passed else "red",
        soft_wrap=True,
    )
    if out is not None:
        run = save_run(out / _RUN, comparison.of(Method.PLANNED))
        for path in (run, save_rates(out / "rates.png", comparison)):
            console.print(f"picture  {path}", soft_wrap=True)
    output.write_json(streaming.listed(comparison), json_file)
