# SPDX-License-Identifier: Apache-2.0
"""`airloop train-detector`: a detector of several users, for the channels it will meet."""

import math
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from host.cli import names, options, output
from host.cli.output import JsonOption
from host.cli.weights_training import check_numbers, checked_target, going_on_from, tell
from receivers.mimo.deep.weights_file import KINDS

if TYPE_CHECKING:
    from channels.scenario import Scenario
    from receivers.mimo.deep.beforehand import BeforehandSettings
    from sim.mimo.mixture import MixtureSettings
    from sim.modulation import Modulation

EXAMPLES = (
    "airloop train-detector gnn-sic",
    "airloop train-detector lora-unfolded --modulation 16qam --steps 8000 --out mine.npz",
    "airloop train-detector gnn-sic --num-tx 2 --max-num-tx 8 --max-snr 14",
    "airloop train-detector lora-unfolded --min-num-rx-ant 4",
    "airloop train-detector filtered-unfolded --scenario uplink-4x8 --scenario-share 0.3",
    "airloop train-detector oamp-net --seed 7 --json -",
)


def train_detector(
    kind: Annotated[str, typer.Argument(help=f"Detector: {', '.join(KINDS)}.")],
    modulation: Annotated[
        str, typer.Option(help="Of all users: bpsk, qpsk, 16qam, 64qam or 256qam.")
    ] = "qpsk",
    num_rx_ant: Annotated[int, typer.Option(min=1, help="Antennas of the receiver.")] = 8,
    min_num_rx_ant: Annotated[
        int | None,
        typer.Option(
            min=1,
            help="Fewest antennas; batches have so many up to --num-rx-ant.",
            show_default="--num-rx-ant",
        ),
    ] = None,
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
    max_rx_correlation: Annotated[
        float, typer.Option(min=0.0, help="Most correlation of neighbouring antennas.")
    ] = 0.7,
    max_tx_correlation: Annotated[
        float, typer.Option(min=0.0, help="Most correlation of neighbouring users.")
    ] = 0.9,
    scenario: Annotated[
        list[str] | None,
        typer.Option(
            "--scenario",
            "-s",
            help="Scenario whose slots some elements come from; repeat for several.",
            autocompletion=names.scenario_names,
        ),
    ] = None,
    scenario_share: Annotated[
        float, typer.Option(min=0.0, max=1.0, help="Share of the elements from scenarios.")
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
    _check_antennas(fewest=min_num_rx_ant, most=num_rx_ant)
    of_users = _known(modulation)
    low, high = SNR_RANGES_DB[of_users]
    mixture = MixtureSettings(
        modulation=of_users,
        num_rx_ant=num_rx_ant,
        min_num_rx_ant=min_num_rx_ant,
        min_num_tx=num_tx,
        max_num_tx=num_tx if max_num_tx is None else max_num_tx,
        min_snr_db=low if min_snr is None else min_snr,
        max_snr_db=high if max_snr is None else max_snr,
        max_csi_error=max_csi_error,
        max_rx_correlation=max_rx_correlation,
        max_tx_correlation=max_tx_correlation,
        num_elements=batch_size,
        scenarios=_scenarios(scenario or (), num_rx_ant=num_rx_ant, num_tx=num_tx),
        scenario_share=scenario_share,
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


def _check_antennas(*, fewest: int | None, most: int) -> None:
    if fewest is not None and fewest > most:
        raise typer.BadParameter(
            f"--min-num-rx-ant is {fewest}, more than --num-rx-ant, {most}; "
            f"lower it, or raise --num-rx-ant."
        )


def _known(modulation: str) -> "Modulation":
    from sim.modulation import Modulation

    if modulation not in tuple(Modulation):
        legal = ", ".join(Modulation)
        raise typer.BadParameter(f"--modulation: no {modulation!r}; there are: {legal}.")
    return Modulation(modulation)


def _scenarios(chosen: Sequence[str], *, num_rx_ant: int, num_tx: int) -> "tuple[Scenario, ...]":
    from channels.scenario import load

    loaded = tuple(load(name) for name in chosen)
    for scenario in loaded:
        has = scenario.antennas
        if has.num_rx_ant != num_rx_ant:
            raise typer.BadParameter(
                f"--scenario: {scenario.name} has {has.num_rx_ant} antennas; "
                f"use --num-rx-ant {has.num_rx_ant}, not {num_rx_ant}."
            )
        if has.num_tx < num_tx:
            raise typer.BadParameter(
                f"--scenario: {scenario.name} has {has.num_tx} users, "
                f"fewer than --num-tx, {num_tx}."
            )
    return loaded


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
    for axis in ("rx", "tx"):
        correlation = getattr(mixture, f"max_{axis}_correlation")
        if not 0.0 <= correlation < 1.0:
            raise typer.BadParameter(
                f"--max-{axis}-correlation: {correlation} is not in 0 <= rho < 1."
            )
    if not math.isfinite(mixture.max_csi_error):
        raise typer.BadParameter(f"--max-csi-error: {mixture.max_csi_error} is no number.")
