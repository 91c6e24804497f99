# SPDX-License-Identifier: Apache-2.0
"""`airloop serve-dut`: a network on a board as a device under test of MLPerf Tiny."""

import threading
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from host.cli import names, output
from host.cli.options import CalibrationOption, WeightBitsOption, weight_bits_of
from host.cli.output import JsonOption
from host.mlperf_tiny import Clock, InputType, Mode

if TYPE_CHECKING:
    from pydantic import JsonValue
    from rich.console import Console

    from boards.board import Board
    from boards.image import Image
    from host.device import Device

EXAMPLES = (
    "airloop serve-dut --board mps2-an386 --model kws_ref_model.tflite",
    "airloop serve-dut --board mps2-an500 --model mine.tflite --id kws01 --link /tmp/dut",
    "airloop serve-dut --board native --model ad01_int8.tflite --mode accuracy --json -",
    "airloop serve-dut --board my-board --port /dev/ttyACM0 --model mine.tflite --mode energy",
)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Service:
    """What is served, where, and how."""

    board: "Board"
    image: "Image"
    model: str
    mode: Mode
    input_type: InputType
    clock: Clock | None


def serve_dut(
    model: Annotated[
        Path,
        typer.Option("--model", "-m", help="A network, *.tflite or *.keras, or its image."),
    ],
    board: Annotated[
        str, typer.Option("--board", "-b", help="The board.", autocompletion=names.board_names)
    ] = "mps2-an386",
    mode: Annotated[
        Mode, typer.Option(help="What is measured; accuracy runs without a clock.")
    ] = Mode.PERFORMANCE,
    model_id: Annotated[
        str | None,
        typer.Option(
            "--id",
            help="What the runner chooses its test by. Default: ad01, ic01, kws01 or vww01 by "
            "the network's shape.",
            show_default=False,
        ),
    ] = None,
    input_type: Annotated[
        InputType, typer.Option("--input", help="What the bytes of an input file are.")
    ] = InputType.INT8,
    port: Annotated[
        str | None,
        typer.Option(
            help="Device file or URL where the board's firmware runs. Default: start or find it.",
            show_default=False,
        ),
    ] = None,
    calibration: CalibrationOption = None,
    weight_bits: WeightBitsOption = None,
    link: Annotated[
        Path | None,
        typer.Option(
            help="Also let this path, a symbolic link, lead to the port.", show_default=False
        ),
    ] = None,
    json_file: JsonOption = None,
) -> None:
    """Serve a network by the text protocol of MLPerf Tiny, on a port that any runner opens.

    Prints the path of the port and serves until Ctrl-C.
    """
    from boards import catalog
    from host import mlperf_tiny
    from host.interruption import interruptible
    from host.launcher import open_device

    console = output.console_for(json_file)
    target, image = catalog.load(board), _image_of(model, calibration, weight_bits)
    identifier = mlperf_tiny.model_id(image, wanted=model_id)
    # The input waits behind the arena.
    room_bytes = image.arena_bytes(target.body) + image.input.num_bytes
    target.require_fit(image_bytes=len(image.data), arena_bytes=room_bytes)
    is_timed = mode is Mode.PERFORMANCE
    with (
        suppress(KeyboardInterrupt),
        interruptible(),
        open_device(target, port=port, instruction_counting=is_timed) as device,
    ):
        clock = None
        if is_timed:
            is_at_port = port is not None
            clock = mlperf_tiny.declared_clock(target, device.info, is_at_port=is_at_port)
        service = _Service(
            board=target, image=image, model=identifier, mode=mode, input_type=input_type,
            clock=clock,
        )  # fmt: skip
        _load(console, device, service)
        _serve(console, device, service, link=link, json_file=json_file)
    console.print("ended", style="dim")


def _image_of(path: Path, calibration: Path | None, weight_bits: list[str] | None) -> "Image":
    from boards.image import Image
    from host import models

    widths = weight_bits_of(weight_bits)
    if models.is_model(str(path)):
        return models.compile_model(path, calibration=calibration, weight_bits=widths).image
    if widths is not None:
        raise typer.BadParameter(f"{path} is compiled already", param_hint="--weight-bits")
    return Image.load(path)


def _load(console: "Console", device: "Device", service: _Service) -> None:
    words = f"loading {service.image.name}, {len(service.image.data)} bytes, onto {device.board}"
    if not console.is_terminal:
        console.print(words, style="dim", soft_wrap=True, markup=False)
    with console.status(words):
        device.load(service.image)


def _serve(
    console: "Console",
    device: "Device",
    service: _Service,
    *,
    link: Path | None,
    json_file: str | None,
) -> None:
    from host.mlperf_tiny import settings
    from host.pty_bridge import Pty, carry, symbolic_link

    wanted = settings(
        model=service.model,
        mode=service.mode,
        input_type=service.input_type,
        clock=service.clock,
    )
    with (
        Pty() as pty,
        symbolic_link(link, target=pty.path),
        device.speak_text(wanted) as first_lines,
    ):
        shown = pty.path if link is None else f"{link} ({pty.path})"
        console.print(
            f"{device.board} serves {service.model} on {shown}; Ctrl-C ends",
            soft_wrap=True, markup=False,
        )  # fmt: skip
        if service.clock is not None:
            console.print(f"time: {service.clock.meaning}", style="dim", soft_wrap=True)
        output.write_json(_facts(service, device, path=pty.path, said=first_lines), json_file)
        carry(device.link, pty, stop=threading.Event())


def _facts(service: _Service, device: "Device", *, path: str, said: tuple[str, ...]) -> "JsonValue":
    tensor, clock = service.image.input, service.clock
    return {
        "board": service.board.name,
        "port": device.port,
        "path": path,
        "model": service.model,
        "mode": service.mode.value,
        "image_sha256": service.image.sha256.hex(),
        "firmware_hash": device.info.firmware_hash.hex(),
        "input": {
            "bytes": tensor.num_bytes,
            "type": service.input_type.value,
            "scale": tensor.scale,
            "zero_point": tensor.zero_point,
        },
        "clock": None if clock is None else {"tick_hz": clock.tick_hz, "meaning": clock.meaning},
        "first_lines": list(said),
    }
