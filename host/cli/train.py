# SPDX-License-Identifier: Apache-2.0
"""`airloop train`: a network for the scenarios it will meet."""

from pathlib import Path
from typing import Annotated

import typer

from host.cli import names, options, output
from host.cli.output import JsonOption
from host.cli.weights_training import check_numbers, checked_target, going_on_from, tell
from receivers.neural.settings import TrainingSettings

_DEFAULTS = TrainingSettings(size="s")


EXAMPLES = (
    "airloop train",
    "airloop train xs -s urban-slow -s urban-fast --steps 3000 --out mine.npz",
    "airloop train s --seed 7 --json -",
)


def train(
    size: Annotated[str, typer.Argument(help="Size of the network: xxs, xs, s, m or l.")] = "s",
    scenario: Annotated[
        list[str] | None,
        typer.Option(
            "--scenario",
            "-s",
            help="Scenario to train on; repeat for several. Default: those of the shipped weights.",
            autocompletion=names.scenario_names,
            show_default=False,
        ),
    ] = None,
    steps: Annotated[
        int, typer.Option(min=1, help="Steps of the optimizer.")
    ] = _DEFAULTS.num_steps,
    rounded_steps: Annotated[
        int,
        typer.Option(min=0, help="Steps behind those with activations rounded as int8 does."),
    ] = _DEFAULTS.num_rounded_steps,
    batch_size: Annotated[
        int, typer.Option(min=1, help="Slots a step, at 64 subcarriers.")
    ] = _DEFAULTS.batch_size,
    learning_rate: Annotated[
        float, typer.Option(min=0.0, help="Peak learning rate.")
    ] = _DEFAULTS.learning_rate,
    min_snr: Annotated[
        float, typer.Option(help="Lowest SNR in dB, in the scenario's kind.")
    ] = _DEFAULTS.min_snr_db,
    max_snr: Annotated[float, typer.Option(help="Highest SNR in dB.")] = _DEFAULTS.max_snr_db,
    hide: Annotated[
        float,
        typer.Option(
            min=0.0, max=0.9, help="Hide up to this share of the learning pilots in every step."
        ),
    ] = _DEFAULTS.max_hidden_share,
    seed: options.Seed = 1,
    out: Annotated[
        Path | None,
        typer.Option(
            help="File of the weights. Default: results/train/SIZE.npz.", show_default=False
        ),
    ] = None,
    json_file: JsonOption = None,
) -> None:
    """Train a network; interrupted, the same command goes on where it was."""
    from channels import scenario as scenarios
    from receivers.neural import training
    from receivers.neural.weights import save

    chosen = tuple(scenario or _DEFAULTS.scenarios)
    settings = TrainingSettings(
        size=_known(size),
        scenarios=chosen,
        num_steps=steps,
        num_rounded_steps=rounded_steps,
        batch_size=batch_size,
        learning_rate=learning_rate,
        min_snr_db=min_snr,
        max_snr_db=max_snr,
        max_hidden_share=hide,
        seed=seed,
    )
    check_numbers(min_snr_db=min_snr, max_snr_db=max_snr, learning_rate=learning_rate)
    target = checked_target(out or Path("results") / "train" / f"{size}.npz")
    checkpoint = target.with_suffix(".checkpoint")
    console = output.console_for(json_file)
    loaded = tuple(scenarios.load(name) for name in chosen)
    with going_on_from(checkpoint, console) as show:

        def watch(progress: training.Progress) -> None:
            loss, excess = progress.loss, progress.excess
            show(progress, f"loss {loss:.4f} nat/bit, {excess:.4f} above the genie")

        weights = training.train(settings, loaded, checkpoint=checkpoint, on_progress=watch)
    save(target, weights)
    tell(target, weights.record, console=console, json_file=json_file)


def _known(size: str) -> str:
    from receivers.neural.sizes import SIZES

    if size not in SIZES:
        raise typer.BadParameter(f"no size called {size!r}; there are: {', '.join(SIZES)}.")
    return size
