# SPDX-License-Identifier: Apache-2.0
"""`airloop simulate`: one scenario, without an experiment file."""

from pathlib import Path
from typing import Annotated

import typer

from host.cli import names, options
from host.cli.output import JsonOption

DEFAULT_RECEIVERS = ["ls-linear", "lmmse", "perfect-csi"]
_MOST_POINTS = 1000


def _snr_grid(text: str | None) -> tuple[float, ...] | None:
    """Read 0,1.5,3 or first:last:step."""
    if text is None:
        return None
    try:
        parts = [float(part) for part in text.replace(":", ",").split(",")]
        return _steps(*parts) if ":" in text else tuple(parts)
    except (TypeError, ValueError, ArithmeticError):
        raise typer.BadParameter(
            f"{text!r} is no list of dB; write 0,1.5,3 or first:last:step such as -2:4:0.5, "
            f"{_MOST_POINTS} points at most."
        ) from None


def _steps(first: float, last: float, step: float) -> tuple[float, ...]:
    number = int((last - first) / step + 1e-9) + 1
    if not 1 <= number <= _MOST_POINTS:
        raise ValueError
    return tuple(round(first + i * step, 9) for i in range(number))


def _fewest(scenario: str, slots: int) -> int:
    """Return the slots before errors may end a trial: all of them where slots are not alike.

    Receivers that stop at different slots of a drift, or of one long drop, meet different air.
    """
    from channels.scenario import load

    content = load(scenario)
    moves = bool(content.drift) or content.channel.slots_per_drop == 0
    return slots if moves else min(slots, 64)


EXAMPLES = (
    "airloop simulate urban-slow",
    "airloop simulate sionna-tutorial -r neural-s --snr -3:3:0.5 --slots 2000",
    "airloop simulate urban-slow -r neural-s -d twin -d mps2-an386 --json -",
    "airloop simulate urban-slow -r mine.npz -d native --port native=socket://127.0.0.1:5555",
)


def simulate(
    scenario: Annotated[
        str,
        typer.Argument(
            help="A shipped scenario by name, or a scenario file.",
            autocompletion=names.scenario_names,
            show_default=False,
        ),
    ],
    receiver: Annotated[
        list[str] | None,
        typer.Option(
            "--receiver",
            "-r",
            help="Receiver, or a file of weights (*.npz); repeat for several. "
            "Default: ls-linear lmmse perfect-csi.",
            autocompletion=names.receiver_names,
            show_default=False,
        ),
    ] = None,
    device: Annotated[
        list[str] | None,
        typer.Option(
            "--device",
            "-d",
            help="host, twin or a board; repeat for several. Default: host.",
            autocompletion=names.device_names,
            show_default=False,
        ),
    ] = None,
    snr: Annotated[
        str | None,
        typer.Option(
            help="Grid in dB, 0,1.5,3 or first:last:step. Default: the scenario's.",
            show_default=False,
        ),
    ] = None,
    slots: Annotated[
        int,
        typer.Option(
            min=1,
            help="Most slots at each SNR; 100 block errors end it early, but where the air drifts.",
        ),
    ] = 512,
    seed: options.Seed = 1,
    workers: options.Workers = None,
    batch: options.Batch = options.DEFAULT_BATCH,
    port: options.Ports = None,
    out: options.Out = None,
    json_file: JsonOption = None,
) -> None:
    """Simulate a scenario: error rates of receivers over SNR, with their intervals."""
    from host.cli.conducting import Conduct, conduct
    from host.experiment import HOST, Experiment, to_toml

    content = {
        "name": f"simulate-{Path(scenario).stem}",
        "title": f"{Path(scenario).stem}, simulated",
        "scenarios": [str(Path(scenario).resolve()) if scenario.endswith(".toml") else scenario],
        "receivers": receiver or DEFAULT_RECEIVERS,
        "devices": device or [HOST],
        "snr": _snr_grid(snr),
        "seeds": [seed],
        "stop": {"min_slots": _fewest(scenario, slots), "max_slots": slots},
    }
    experiment = Experiment.from_content(content, file="airloop simulate")
    conduct(
        experiment,
        to_toml(experiment),
        file=Path("airloop simulate"),
        how=Conduct(
            folder=out,
            num_workers=workers,
            batch=batch,
            json_file=json_file,
            ports=options.ports_of(port),
        ),
    )
