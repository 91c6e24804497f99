# SPDX-License-Identifier: Apache-2.0
"""`airloop snn train`: a spiking network for recordings of events, or of sound."""

import json
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from pydantic import JsonValue

from host.cli import options, output, snn_names
from host.cli.output import JsonOption
from snn.training.settings import TrainingSettings

if TYPE_CHECKING:
    from rich.console import Console

    from snn.events.event_set import EventSet
    from snn.network import SpikingNetwork

_DEFAULTS = TrainingSettings()

EXAMPLES = (
    "airloop snn train recordings/",
    "airloop snn train recordings/ --dt 4 --hold-out theo --out theo.snn.npz",
    "airloop snn train N-MNIST/ --neuron lif --hidden 256 --epochs 10 --json -",
)


def train(
    path: snn_names.DataPath = None,
    kind: snn_names.Kind = None,
    dt: Annotated[float, typer.Option(help="Time step in milliseconds.")] = _DEFAULTS.dt_us / 1000,
    hidden: Annotated[
        str, typer.Option(help="Neurons of each layer, with commas between them.")
    ] = ",".join(map(str, _DEFAULTS.hidden)),
    neuron: Annotated[
        str,
        typer.Option(help="Kind of the neurons.", autocompletion=snn_names.neuron_names),
    ] = _DEFAULTS.neuron,
    recurrent: Annotated[
        bool, typer.Option("--recurrent", help="Let layers hear their own spikes.")
    ] = False,
    epochs: Annotated[
        int, typer.Option(min=1, help="Passes over all recordings.")
    ] = _DEFAULTS.num_epochs,
    batch_size: Annotated[
        int, typer.Option(min=1, help="Recordings a step.")
    ] = _DEFAULTS.batch_size,
    learning_rate: Annotated[
        float, typer.Option(min=0.0, max=1.0, help="Peak learning rate.")
    ] = _DEFAULTS.learning_rate,
    dropout: Annotated[
        float, typer.Option(min=0.0, max=0.9, help="Share of silent neurons.")
    ] = _DEFAULTS.dropout,
    time_scale: Annotated[
        float | None,
        typer.Option(
            min=1e-9,
            max=1e3,
            help="Time constants, by those that suit speech. Default: what suits the set, or 1.",
            show_default=False,
        ),
    ] = None,
    split: Annotated[
        str | None,
        typer.Option(help="Part of the set to learn from. Default: train.", show_default=False),
    ] = None,
    hold_out: Annotated[
        str | None,
        typer.Option(
            help="Learn from everybody but this group, such as a speaker.", show_default=False
        ),
    ] = None,
    seed: options.Seed = 1,
    out: Annotated[
        Path | None,
        typer.Option(
            help="File of the network. Default: results/snn/SET-NEURON-DTms.snn.npz.",
            show_default=False,
        ),
    ] = None,
    json_file: JsonOption = None,
) -> None:
    """Train a spiking network; interrupted, the same command goes on where it was."""
    from snn import network_file
    from snn.data.splits import without_group
    from snn.training.suiting import suited

    settings = TrainingSettings(
        dt_us=snn_names.microseconds(dt, option="--dt"),
        hidden=_sizes(hidden),
        neuron=neuron,
        is_recurrent=recurrent,
        dropout=dropout,
        num_epochs=epochs,
        batch_size=batch_size,
        learning_rate=learning_rate,
        seed=seed,
    )
    console = output.console_for(json_file)
    if out is not None:
        _check(out)
    part = snn_names.part(
        path, kind=kind, split=split, default="train", has_group=hold_out is not None
    )
    events = snn_names.load(path, kind=kind, split=part, console=console)
    events = events if hold_out is None else without_group(events, hold_out)[0]
    settings = suited(settings, events.name, time_scale=time_scale)
    target = out or Path("results") / "snn" / f"{events.name}-{neuron}-{dt:g}ms.snn.npz"
    _check(target)
    checkpoint = target.with_suffix(".checkpoint")
    network, loss = _trained(events, settings, checkpoint=checkpoint, console=console)
    record: dict[str, JsonValue] = {
        "data": events.name,
        "split": part,
        "held_out": hold_out,
        "settings": json.loads(json.dumps(asdict(settings))),
        "num_recordings": len(events),
        "loss": loss,
    }
    network_file.save(target, network, record=record)
    console.print(f"network  {target}", soft_wrap=True)
    output.write_json({"network": str(target), "training": record}, json_file)


def _trained(
    events: "EventSet", settings: TrainingSettings, *, checkpoint: Path, console: "Console"
) -> "tuple[SpikingNetwork, float]":
    """Return the network and its last loss [nat per recording]."""
    from host.cli.training_bar import training_bar
    from host.interruption import interruptible
    from snn.training import training

    losses: list[float] = []
    try:
        with training_bar(console) as show, interruptible():

            def watch(progress: training.Progress) -> None:
                losses[:] = [progress.loss]
                show(progress, f"loss {progress.loss:.3f}")

            network = training.train(events, settings, checkpoint=checkpoint, on_progress=watch)
    except KeyboardInterrupt:
        every = training.CHECKPOINT_STEPS
        raise KeyboardInterrupt(
            f"interrupted; the training is kept in {checkpoint} every {every} steps. "
            "Run the same command to go on."
        ) from None
    return network, round(losses[-1], 5)


def _sizes(hidden: str) -> tuple[int, ...]:
    try:
        sizes = tuple(int(part) for part in hidden.split(","))
    except ValueError:
        sizes = ()
    if not sizes or min(sizes) < 1:
        raise typer.BadParameter(
            f"--hidden: {hidden!r} is no list of numbers; try --hidden 128,128."
        )
    return sizes


def _check(out: Path) -> None:
    from snn.network_file import SUFFIX

    if not out.name.endswith(SUFFIX):
        raise typer.BadParameter(f"--out: {out}: networks are files called *{SUFFIX}.")
    output.require_writable(out, option="--out")
