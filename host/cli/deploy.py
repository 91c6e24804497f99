# SPDX-License-Identifier: Apache-2.0
"""`airloop deploy`: a network onto a board, tested there against its twin."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from host.cli import names, output
from host.cli.options import CalibrationOption
from host.cli.output import JsonOption

if TYPE_CHECKING:
    from pydantic import JsonValue
    from rich.console import Console

    from boards.body import Body
    from boards.compress.pipeline import Quantized
    from boards.image import Image
    from host.self_test import SelfTest

EXAMPLES = (
    "airloop deploy neural-s",
    "airloop deploy mine.npz --board mps2-an500 --scenario urban-fast --save mine.image",
    "airloop deploy keywords.tflite --board mps2-an500",
    "airloop deploy keywords_float.tflite --calibration samples.npy",
    "airloop deploy keywords.keras --calibration samples.npy",
    "airloop deploy mine.image --board native --json -",
)
_FAILED = 1
_IMAGE, _WEIGHTS = ".image", ".npz"


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
    slots: Annotated[int, typer.Option(min=1, help="Random inputs of the self-test.")] = 4,
    save: Annotated[
        Path | None, typer.Option(help="Also write the image to this file.", show_default=False)
    ] = None,
    json_file: JsonOption = None,
) -> None:
    """Quantize, compile and load a network, and test it on the board against its twin.

    Exit code 1 when the board's output is not the twin's.
    """
    from boards import catalog
    from host.launcher import open_device
    from host.self_test import run_self_test

    target = catalog.load(board)
    console = output.console_for(json_file)
    if save is not None:
        output.require_writable(save, option="--save")
    image, operators, quantized = _compiled(network, scenario, calibration)
    image.check_fits(target)
    if save is not None:
        image.save(save)
    with open_device(target, port=port) as device:
        test = run_self_test(target, device, image, num_slots=slots, names=operators)
    _show(console, test, image, target.body, quantized)
    _write(test, quantized, json_file)
    if not test.passed:
        raise typer.Exit(_FAILED)


def _compiled(
    network: str, scenario: str, calibration: Path | None
) -> "tuple[Image, tuple[str, ...], Quantized | None]":
    """Return the image of a network, the names of its operators, and what quantization cost.

    The latter two where they are known.
    """
    from boards.image import Image
    from host import models

    if models.is_model(network):
        model = models.compile_model(Path(network), calibration=calibration)
        return model.image, model.operators, model.quantized
    if calibration is not None:
        raise typer.BadParameter(f"{network} is no network of float32", param_hint="--calibration")
    is_other_file = Path(network).is_file() and not network.endswith(_WEIGHTS)
    if network.endswith(_IMAGE) or is_other_file:
        return Image.load(network), (), None
    from channels import scenario as scenarios
    from host import networks
    from host.deployment import deploy as compile_network

    link = scenarios.load(scenario)
    made = compile_network(networks.find(network, link), link)
    return made.image, tuple(operator.name for operator in made.graph.operators), None


def _show(
    console: "Console",
    test: "SelfTest",
    image: "Image",
    body: "Body",
    quantized: "Quantized | None",
) -> None:
    from host.report import deployment, quantity

    tables = (
        deployment.operator_table(test.cost),
        deployment.memory_table(test.cost, image, body),
        deployment.slot_table(test.cost, test.link, measured=test.energy),
    )
    output.print_tables(console, tables)
    if quantized is not None:
        console.print(deployment.quantization_line(quantized), soft_wrap=True)
    agreement = test.hardware.agreement
    if agreement is not None:
        console.print(
            f"{test.hardware.board} against its twin: {quantity.count(agreement.num_unequal)} of "
            f"{quantity.count(agreement.num_values)} outputs of {agreement.num_slots} runs differ",
            style="green" if test.passed else "red",
            soft_wrap=True,
        )


def _write(test: "SelfTest", quantized: "Quantized | None", json_file: str | None) -> None:
    content: dict[str, JsonValue] = {
        "cost": test.cost.model_dump(mode="json"),
        "hardware": test.hardware.model_dump(mode="json"),
        "link": test.link.model_dump(mode="json"),
        "energy": {name: band.model_dump(mode="json") for name, band in test.energy.items()},
    }
    if quantized is not None:
        content["quantization"] = {
            "num_samples": quantized.num_samples,
            "plain_error": quantized.plain_error,
            "error": quantized.error,
            **quantized.graph.metadata,
        }
    output.write_json(content, json_file)
