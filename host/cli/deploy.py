# SPDX-License-Identifier: Apache-2.0
"""`airloop deploy`: a network onto a board, tested there against its twin."""

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from host.cli import names, output
from host.cli.options import CalibrationOption, WeightBitsOption, weight_bits_of
from host.cli.output import JsonOption

if TYPE_CHECKING:
    from pydantic import JsonValue
    from rich.console import Console

    from boards.body import Body
    from boards.compress.pipeline import Quantized
    from boards.compress.widths import Narrowing, Widths
    from boards.image import Image
    from host.self_test import SelfTest

EXAMPLES = (
    "airloop deploy neural-s",
    "airloop deploy mine.npz --board mps2-an500 --scenario urban-fast --save mine.image",
    "airloop deploy keywords.tflite --board mps2-an500",
    "airloop deploy keywords_float.tflite --calibration samples.npy",
    "airloop deploy keywords.keras --calibration samples.npy --weight-bits 4",
    "airloop deploy neural-s --weight-bits 4 --weight-bits head=8",
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
    weight_bits: WeightBitsOption = None,
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
    made = _compiled(network, scenario, calibration, weight_bits_of(weight_bits))
    made.image.check_fits(target)
    if save is not None:
        made.image.save(save)
    with open_device(target, port=port) as device:
        test = run_self_test(target, device, made.image, num_slots=slots, names=made.operators)
    _show(console, test, made, target.body)
    _write(test, made, json_file)
    if not test.passed:
        raise typer.Exit(_FAILED)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Compiled:
    """An image, and what is known of how it was made: names, quantization, narrowed layers."""

    image: "Image"
    operators: tuple[str, ...] = ()
    quantized: "Quantized | None" = None
    narrowings: "tuple[Narrowing, ...]" = ()


def _compiled(
    network: str, scenario: str, calibration: Path | None, weight_bits: "Widths | None"
) -> _Compiled:
    from boards.compress.widths import EVERY_WIDE
    from boards.image import Image
    from host import models

    if models.is_model(network):
        model = models.compile_model(
            Path(network), calibration=calibration, weight_bits=weight_bits
        )
        return _Compiled(
            image=model.image,
            operators=model.operators,
            quantized=model.quantized,
            narrowings=model.narrowings,
        )
    if calibration is not None:
        raise typer.BadParameter(f"{network} is no network of float32", param_hint="--calibration")
    is_other_file = Path(network).is_file() and not network.endswith(_WEIGHTS)
    if network.endswith(_IMAGE) or is_other_file:
        if weight_bits is not None:
            raise typer.BadParameter(f"{network} is compiled already", param_hint="--weight-bits")
        return _Compiled(image=Image.load(network))
    from channels import scenario as scenarios
    from host import networks
    from host.deployment import deploy as compile_network

    link = scenarios.load(scenario)
    made = compile_network(
        networks.find(network, link), link, weight_bits=weight_bits or EVERY_WIDE
    )
    names_of = tuple(operator.name for operator in made.graph.operators)
    return _Compiled(image=made.image, operators=names_of)


def _show(console: "Console", test: "SelfTest", made: _Compiled, body: "Body") -> None:
    from host.report import deployment, quantity

    tables = [
        deployment.operator_table(test.cost),
        deployment.memory_table(test.cost, made.image, body),
        deployment.slot_table(test.cost, test.link, measured=test.energy),
    ]
    if made.narrowings:
        tables.append(deployment.narrowing_table(made.narrowings))
    output.print_tables(console, tables)
    if made.quantized is not None:
        console.print(deployment.quantization_line(made.quantized), soft_wrap=True)
    if deployment.has_narrow_weights(made.image):
        console.print(deployment.weights_line(made.image), soft_wrap=True)
    agreement = test.hardware.agreement
    if agreement is not None:
        console.print(
            f"{test.hardware.board} against its twin: {quantity.count(agreement.num_unequal)} of "
            f"{quantity.count(agreement.num_values)} outputs of {agreement.num_slots} runs differ",
            style="green" if test.passed else "red",
            soft_wrap=True,
        )


def _write(test: "SelfTest", made: _Compiled, json_file: str | None) -> None:
    content: dict[str, JsonValue] = {
        "cost": test.cost.model_dump(mode="json"),
        "hardware": test.hardware.model_dump(mode="json"),
        "link": test.link.model_dump(mode="json"),
        "energy": {name: band.model_dump(mode="json") for name, band in test.energy.items()},
    }
    if made.quantized is not None:
        content["quantization"] = {
            "num_samples": made.quantized.num_samples,
            "plain_error": made.quantized.plain_error,
            "error": made.quantized.error,
            **made.quantized.graph.metadata,
        }
    content["weight_bits"] = [one.weight_bits or None for one in made.image.operators]
    content["narrowed"] = {
        one.layer: {"bits": one.bits, "error": one.error} for one in made.narrowings
    }
    output.write_json(content, json_file)
