# SPDX-License-Identifier: Apache-2.0
"""`airloop deploy`: a network onto a board, tested there against its twin, beside other boards."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from host.cli import names, output
from host.cli.options import CalibrationOption, WeightBitsOption, weight_bits_of
from host.cli.output import JsonOption

if TYPE_CHECKING:
    from rich.console import Console

    from boards.board import Board
    from host.compiled import Compiled
    from host.deployment_record import DeploymentRecord

EXAMPLES = (
    "airloop deploy neural-s",
    "airloop deploy mine.npz --board mps2-an500 --scenario urban-fast --save mine.image",
    "airloop deploy keywords.tflite --board mps2-an500",
    "airloop deploy keywords.tflite --report results/keywords --json keywords.json",
    "airloop deploy keywords.tflite --against mps3-an547 --against mps2-an383",
    "airloop deploy keywords_float.tflite --calibration samples.npy",
    "airloop deploy keywords.keras --calibration samples.npy --weight-bits 4",
    "airloop deploy neural-s --weight-bits 4 --weight-bits head=8",
    "airloop deploy keywords.tflite --board netduinoplus2 --arena 16000",
    "airloop deploy mine.image --board native --json -",
)
_FAILED = 1


def deploy(
    network: Annotated[
        str,
        typer.Argument(
            help="A neural receiver, a file of weights (*.npz), a network of int8 or float32 "
            "(*.tflite, *.keras), or a compiled image.",
            autocompletion=names.network_names,
            show_default=False,
        ),
    ],
    board: Annotated[
        str, typer.Option("--board", "-b", help="The board.", autocompletion=names.board_names)
    ] = "mps2-an386",
    scenario: Annotated[
        str,
        typer.Option(
            "--scenario",
            "-s",
            help="Gives a receiver the grid, and the slots that the quantizer looks at.",
            autocompletion=names.scenario_names,
        ),
    ] = "urban-slow",
    port: Annotated[
        str | None,
        typer.Option(
            help="Device file or URL where the board's firmware runs. Default: start or find it.",
            show_default=False,
        ),
    ] = None,
    calibration: CalibrationOption = None,
    weight_bits: WeightBitsOption = None,
    arena: Annotated[
        int | None,
        typer.Option(
            min=1,
            help="The RAM that a run may take, scratch of the kernels and all [byte]; what takes "
            "more is cut into bands of rows. Default: what the board has.",
            show_default=False,
        ),
    ] = None,
    slots: Annotated[int, typer.Option(min=1, help="Random inputs of the self-test.")] = 4,
    save: Annotated[
        Path | None, typer.Option(help="Also write the image to this file.", show_default=False)
    ] = None,
    report: Annotated[
        Path | None,
        typer.Option(
            help="Also write report.html and pictures to this folder.", show_default=False
        ),
    ] = None,
    against: Annotated[
        list[str] | None,
        typer.Option(
            help="Compare with this board; repeat for several. Default: the emulated boards that "
            "are built, if the image is on them within seconds (64 KiB).",
            autocompletion=names.board_names,
            show_default=False,
        ),
    ] = None,
    others: Annotated[
        bool | None,
        typer.Option(
            "--all-boards/--alone",
            help="Compare with all emulated boards that are built, or with none.",
            show_default=False,
        ),
    ] = None,
    json_file: JsonOption = None,
) -> None:
    """Quantize, compile and load a network, and test it on the board against its twin.

    Tells what each operator costs, where the memory goes, and what other boards make of it. Exit
    code 1 when the board's output is not the twin's.
    """
    from boards import catalog
    from host.compiled import compile_network, fitted
    from host.deploying import deployment_record
    from host.launcher import open_device
    from host.self_test import run_self_test

    target = catalog.load(board)
    named = [catalog.load(name) for name in against or ()]
    console = output.console_for(json_file)
    if save is not None:
        output.require_writable(save, option="--save")
    if report is not None:
        output.require_writable(report / "report.html", option="--report")
    network_made = compile_network(
        network,
        scenario=scenario,
        calibration=calibration,
        weight_bits=weight_bits_of(weight_bits),
    )
    network_made = fitted(network_made, target, arena_bytes=arena)
    image = network_made.image
    image.check_fits(target)
    if save is not None:
        image.save(save)
    with open_device(target, port=port) as device:
        test = run_self_test(target, device, image, num_slots=slots, names=network_made.operators)
    record = deployment_record(target, network_made, test)
    _show(console, record, network_made)
    record = _compared(console, record, network_made, named, wanted=others)
    if report is not None:
        _write_report(console, record, report)
    output.write_json(record.model_dump(mode="json"), json_file)
    if not test.passed:
        raise typer.Exit(_FAILED)


def _compared(
    console: "Console",
    record: "DeploymentRecord",
    network: "Compiled",
    named: "list[Board]",
    *,
    wanted: bool | None,
) -> "DeploymentRecord":
    """Run the network on other boards too, print what it costs there, and return it."""
    from host import elsewhere
    from host.report import deployment

    there = elsewhere.other_boards(record.board)
    is_quick = len(network.image.data) <= elsewhere.QUICK_BYTES
    chosen = tuple(named) or (there.built if wanted or (wanted is None and is_quick) else ())
    if not chosen:
        if wanted is None and there.built:
            console.print("other boards: --all-boards", style="dim")
        return record
    with console.status("other boards"):
        found = tuple(elsewhere.on_boards(chosen, network.image, names=network.operators))
    compared = record.model_copy(update={"elsewhere": found})
    output.print_table(console, deployment.boards_table(compared))
    if there.unbuilt and not named:
        words = f"not built: {', '.join(there.unbuilt)}; build with: make firmware BOARD=NAME"
        console.print(words, style="dim", soft_wrap=True)
    return compared


def _show(console: "Console", record: "DeploymentRecord", network: "Compiled") -> None:
    from host.report import deployment, quantity

    tables = [
        deployment.operator_table(record.cost),
        deployment.memory_table(record),
        *deployment.overlap_tables(record),
        deployment.slot_table(record.cost, record.link, measured=record.energy),
    ]
    if network.narrowings:
        tables.append(deployment.narrowing_table(network.narrowings))
    output.print_tables(console, tables)
    if record.bands is not None:
        console.print(deployment.bands_line(record.bands, record.macs), soft_wrap=True)
    if network.quantized is not None:
        console.print(deployment.quantization_line(network.quantized), soft_wrap=True)
    if deployment.has_narrow_weights(network.image):
        console.print(deployment.weights_line(network.image), soft_wrap=True)
    agreement = record.hardware.agreement
    if agreement is not None:
        console.print(
            f"{record.board} against its twin: {quantity.count(agreement.num_unequal)} of "
            f"{quantity.count(agreement.num_values)} outputs of {agreement.num_slots} runs differ",
            style="red" if agreement.num_unequal else "green",
            soft_wrap=True,
        )


def _write_report(console: "Console", record: "DeploymentRecord", folder: Path) -> None:
    from host.report.deployed.writing import write_deployment

    written = write_deployment(record, folder=folder)
    console.print(f"report   {written[0]}", soft_wrap=True)
