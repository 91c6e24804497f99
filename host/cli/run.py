# SPDX-License-Identifier: Apache-2.0
"""`airloop run`: an experiment file, to its records and report."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from host.cli import names, options
from host.cli.output import JsonOption

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from host.cli.conducting import Conduct

EXAMPLES = (
    "airloop run benchmarks/experiments/demo.toml",
    "airloop run benchmarks/experiments/detection-pilots.toml",
    "airloop run my.toml --workers 4 --out results/tonight --json -",
    "airloop run my.toml --port native=socket://127.0.0.1:5555 --port mine=/dev/ttyACM0",
)


def run(
    experiment: Annotated[
        Path,
        typer.Argument(
            help="An experiment file.",
            autocompletion=names.experiment_paths,
            show_default=False,
        ),
    ],
    workers: options.Workers = None,
    batch: options.Batch = options.DEFAULT_BATCH,
    save_every: options.SaveEvery = options.DEFAULT_SAVE_EVERY_S,
    port: options.Ports = None,
    out: options.Out = None,
    json_file: JsonOption = None,
) -> None:
    """Run an experiment: simulate, receive on hosts and boards, record, report.

    An interrupted run goes on where it was when the same command runs again.
    """
    from host.cli.conducting import Conduct
    from host.experiment import read_text
    from host.experiment_table import kind_of

    text = read_text(experiment)
    how = Conduct(
        folder=out,
        num_workers=workers,
        batch=batch,
        json_file=json_file,
        save_every_s=save_every,
        ports=options.ports_of(port),
    )
    _CONDUCTORS[kind_of(text, file=str(experiment))](text, experiment, how)


def _run_links(text: str, file: Path, how: "Conduct") -> None:
    from host.cli.conducting import conduct
    from host.experiment import Experiment

    conduct(Experiment.parse(text, file=str(file)), text, file=file, how=how)


def _run_spiking(text: str, file: Path, how: "Conduct") -> None:
    from host.cli import conducting_spiking
    from host.spiking.experiment import SpikingExperiment

    experiment = SpikingExperiment.parse(text, file=str(file))
    conducting_spiking.conduct(experiment, text, file=file, how=how)


def _run_detection(text: str, file: Path, how: "Conduct") -> None:
    from host.cli import conducting_detection
    from host.detection.experiment import DetectionExperiment

    experiment = DetectionExperiment.parse(text, file=str(file))
    conducting_detection.conduct(experiment, text, file=file, how=how)


_CONDUCTORS: "Mapping[str, Callable[[str, Path, Conduct], None]]" = {
    "": _run_links,
    "detection": _run_detection,
    "spiking": _run_spiking,
}
"""Who runs an experiment, by the kind that its file names."""
