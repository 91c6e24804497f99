# SPDX-License-Identifier: Apache-2.0
"""`airloop train-detector`: a detector of several users, for the channels it will meet."""

import math
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from host.cli import options, output
from host.cli.output import JsonOption
from host.cli.weights_training import check_numbers, checked_target, going_on_from, tell
from receivers.mimo.deep.weights_file import KINDS

if TYPE_CHECKING:
    from receivers.mimo.deep.beforehand import BeforehandSettings
    from sim.mimo.mixture import MixtureSettings
    from sim.modulation import Modulation

EXAMPLES = (
    "airloop train-detector gnn-sic",
    "airloop train-detector lora-unfolded --modulation 16qam --steps 8000 --out mine.npz",
    "airloop train-detector gnn-sic --num-tx 2 --max-num-tx 8 --max-snr 14",
    "airloop train-detector oamp-net --seed 7 --json -",
)


def train_detector(
    kind: Annotated[str, typer.Argument(help=f"Detector: {', '.join(KINDS)}.")],
    modulation: Annotated[
        str, typer.Option(help="Of all users: bpsk, qpsk, 16qam, 64qam or 256qam.")
    ] = "qpsk",
    num_rx_ant: Annotated[int, typer.Option(min=1, help="Antennas of the receiver.")] = 8,
    num_tx: Annotated[int, typer.Option(min=1, help="Users.")] = 4,
    max_num_tx: Annotated[
        int | None,
        typer.Option(
            min=1, help="Most users; batches have --num-tx up to so many.", show_default="--num-tx"
        ),
    ] = None,
    min_snr: Annotated[
        float | None,
        typer.Option(
            help="Lowest SNR in dB, of a user at an antenna.", show_default="modulation's"
        ),
    ] = None,
    max_snr: Annotated[
        float | None, typer.Option(help="Highest SNR in dB.", show_default="modulation's")
    ] = None,
    max_csi_error: Annotated[
        float,
        typer.Option(min=0.0, help="Most error of the channel that is told, in noise variances."),
    ] = 0.5,
    steps: Annotated[int, typer.Option(min=1, help="Steps of the optimizer in each phase.")] = 4000,
    batch_size: Annotated[int, typer.Option(min=1, help="Elements a step.")] = 256,
    learning_rate: Annotated[float, typer.Option(min=0.0, help="Peak learning rate.")] = 5e-3,
    seed: options.Seed = 1,
    out: Annotated[
        Path | None,
        typer.Option(
            help="File of the weights. Default: results/train/KIND-MODULATION.npz.",
            show_default=False,
        ),
    ] = None,
    json_file: JsonOption = None,
) -> None:
    """Train a detector of several users; interrupted, the same command goes on where it was."""
    from receivers.mimo.deep.beforehand import BeforehandSettings
    from sim.mimo.mixture import SNR_RANGES_DB, MixtureSettings

    if kind not in KINDS:
        raise typer.BadParameter(f"no detector called {kind!r}; there are: {', '.join(KINDS)}.")
    of_users = _known(modulation)
    low, high = SNR_RANGES_DB[of_users]
    mixture = MixtureSettings(
        modulation=of_users,
        num_rx_ant=num_rx_ant,
        min_num_tx=num_tx,
        max_num_tx=num_tx if max_num_tx is None else max_num_tx,
        min_snr_db=low if min_snr is None else min_snr,
        max_snr_db=high if max_snr is None else max_snr,
        max_csi_error=max_csi_error,
        num_elements=batch_size,
    )
    settings = BeforehandSettings(
        kind=kind, mixture=mixture, num_steps=steps, learning_rate=learning_rate, seed=seed
    )
    _check_numbers(settings)
    _train(settings, out or Path("results") / "train" / f"{kind}-{of_users}.npz", json_file)


def _train(settings: "BeforehandSettings", out: Path, json_file: str | None) -> None:
    from receivers.mimo.deep.beforehand import train_beforehand
    from receivers.mimo.deep.training import Progress
    from receivers.mimo.deep.weights import save

    target = checked_target(out)
    checkpoint = target.with_suffix(".checkpoint")
    console = output.console_for(json_file)
    with going_on_from(checkpoint, console) as show:

        def watch(progress: Progress) -> None:
            show(progress, f"loss {progress.loss:.4f} nat/symbol")

        weights = train_beforehand(settings, checkpoint=checkpoint, on_progress=watch)
    save(target, weights)
    tell(target, weights.record, console=console, json_file=json_file)


def _known(modulation: str) -> "Modulation":
    from sim.modulation import Modulation

    if modulation not in tuple(Modulation):
        legal = ", ".join(Modulation)
        raise typer.BadParameter(f"--modulation: no {modulation!r}; there are: {legal}.")
    return Modulation(modulation)


def _check_numbers(settings: "BeforehandSettings") -> None:
    mixture: MixtureSettings = settings.mixture
    check_numbers(
        min_snr_db=mixture.min_snr_db,
        max_snr_db=mixture.max_snr_db,
        learning_rate=settings.learning_rate,
    )
    if mixture.max_num_tx < mixture.min_num_tx:
        raise typer.BadParameter(
            f"--max-num-tx is {mixture.max_num_tx}, fewer than --num-tx, {mixture.min_num_tx}."
        )
    if not math.isfinite(mixture.max_csi_error):
        raise typer.BadParameter(f"--max-csi-error: {mixture.max_csi_error} is no number.")
