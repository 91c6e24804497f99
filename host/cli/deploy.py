# SPDX-License-Identifier: Apache-2.0
"""`airloop deploy`: a network onto a board, tested there against its twin, beside other boards."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from host.cli import names, output, shown_recordings, snn_names
from host.cli.destination import Destination, refuse
from host.cli.options import CalibrationOption, WeightBitsOption, weight_bits_of
from host.cli.output import JsonOption
from host.cli.shown_recordings import Shown

if TYPE_CHECKING:
    from rich.console import Console

    from host.compiled import Compiled
    from host.deployment_record import DeploymentRecord
    from host.elsewhere import Choice

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
    "airloop deploy digits.snn.npz --data recordings/ --board microbit --weight-bits 4",
    "airloop deploy digits.snn.npz --data recordings/ --dt 1 --recordings 50 --json -",
)
DEFAULT_SCENARIO = "urban-slow"
DEFAULT_SLOTS = 4
_FAILED = 1


def deploy(
    network: Annotated[
        str,
        typer.Argument(
            help="A neural receiver, a file of weights (*.npz), a network of int8 or float32 "
            "(*.tflite, *.keras), a spiking network (*.snn.npz), or a compiled image.",
            autocompletion=names.network_names,
            show_default=False,
        ),
    ],
    board: Annotated[
        str, typer.Option("--board", "-b", help="The board.", autocompletion=names.board_names)
    ] = "mps2-an386",
    scenario: Annotated[
        str | None,
        typer.Option(
            "--scenario",
            "-s",
            help="Gives a receiver the grid, and the slots that the quantizer looks at. Default: "
            f"{DEFAULT_SCENARIO}.",
            autocompletion=names.scenario_names,
            show_default=False,
        ),
    ] = None,
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
    slots: Annotated[
        int | None,
        typer.Option(
            min=1,
            help=f"Random inputs of the self-test. Default: {DEFAULT_SLOTS}.",
            show_default=False,
        ),
    ] = None,
    data: shown_recordings.Data = None,
    kind: shown_recordings.Kind = None,
    split: shown_recordings.Split = None,
    recordings: shown_recordings.Number = None,
    dt: shown_recordings.TimeStep = None,
    method: shown_recordings.Method = None,
    save: Annotated[
        Path | None, typer.Option(help="Also write the image to this file.", show_default=False)
    ] = None,
    report: Annotated[
        Path | None,
        typer.Option(
            help="Also write report.html, the record and pictures to this folder.",
            show_default=False,
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

    Tells what each operator costs, where the memory goes, and what other boards make of it. A
    spiking network is shown recordings, and told what it makes of them. Exit code 1 when the
    board's output is not the twin's.
    """
    from boards import catalog
    from host.compiled import compile_network, fitted

    to = Destination(
        board=catalog.load(board),
        port=port,
        named=tuple(catalog.load(name) for name in against or ()),
        wanted=others,
        save=save,
        report=report,
        json_file=json_file,
    )
    heard = Shown(data=data, kind=kind, split=split, number=recordings, dt_ms=dt, method=method)
    if network.endswith(snn_names.NETWORK_SUFFIX):
        given = {"--scenario": scenario, "--calibration": calibration, "--arena": arena}
        because = f"{network} is a spiking network, which takes recordings"
        refuse({**given, "--slots": slots}, because=because)
        from host.cli.deploying_spiking import deploy_spiking

        deploy_spiking(Path(network), heard, weight_bits=weight_bits, to=to)
        return
    because = f"{network} is no spiking network (*{snn_names.NETWORK_SUFFIX})"
    refuse(heard.given(), because=because)
    console = to.console()
    made = compile_network(
        network,
        scenario=scenario or DEFAULT_SCENARIO,
        calibration=calibration,
        weight_bits=weight_bits_of(weight_bits),
    )
    made = fitted(made, to.board, arena_bytes=arena)
    _deploy(console, made, num_slots=slots or DEFAULT_SLOTS, to=to)


def _deploy(console: "Console", network: "Compiled", *, num_slots: int, to: Destination) -> None:
    """Test a compiled network on its board, and tell what comes of it."""
    from host.deploying import deployment_record
    from host.launcher import open_device
    from host.self_test import run_self_test

    to.keep(network.image)
    with open_device(to.board, port=to.port) as device:
        test = run_self_test(
            to.board, device, network.image, num_slots=num_slots, names=network.operators
        )
    record = deployment_record(to.board, network, test)
    _show(console, record, network)
    record = _compared(console, record, network, to.others(network.image))
    if to.report is not None:
        _write_report(console, record, to.report)
    output.write_json(record.model_dump(mode="json"), to.json_file)
    if not test.passed:
        raise typer.Exit(_FAILED)


def _compared(
    console: "Console", record: "DeploymentRecord", network: "Compiled", choice: "Choice"
) -> "DeploymentRecord":
    """Run the network on other boards too, print what it costs there, and return it."""
    from host import elsewhere
    from host.report import deployment

    if choice.boards:
        with console.status("other boards"):
            names = network.operators
            found = tuple(elsewhere.on_boards(choice.boards, network.image, names=names))
        record = record.model_copy(update={"elsewhere": found})
        output.print_table(console, deployment.boards_table(record))
    if choice.remark:
        console.print(choice.remark, style="dim", soft_wrap=True)
    return record


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
