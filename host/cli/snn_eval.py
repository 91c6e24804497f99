# SPDX-License-Identifier: Apache-2.0
"""`airloop snn eval`: what a network makes of recordings, at its own time step and at others."""

from typing import TYPE_CHECKING, Annotated

import typer

from host.cli import output, snn_names
from host.cli.output import JsonOption

if TYPE_CHECKING:
    from host.report.tables import Table
    from host.spiking.record import Accuracy

EXAMPLES = (
    "airloop snn eval results/snn/fsdd-adlif-8ms.snn.npz recordings/",
    "airloop snn eval mine.snn.npz recordings/ --dt 1 --dt 16 --method integral --method tau",
)


def eval_(
    network: snn_names.Network,
    path: snn_names.DataPath = None,
    kind: snn_names.Kind = None,
    dt: Annotated[
        list[float] | None,
        typer.Option(
            help="Time step in milliseconds to run at, besides its own; repeat for several.",
            show_default=False,
        ),
    ] = None,
    method: Annotated[
        list[str] | None,
        typer.Option(
            help="How the network is mapped to other time steps. Default: integral.",
            autocompletion=snn_names.method_names,
            show_default=False,
        ),
    ] = None,
    split: Annotated[
        str | None,
        typer.Option(help="Part of the set to evaluate on. Default: test.", show_default=False),
    ] = None,
    only: Annotated[
        str | None,
        typer.Option(help="Evaluate on this group alone, such as a speaker.", show_default=False),
    ] = None,
    json_file: JsonOption = None,
) -> None:
    """Evaluate a spiking network on recordings."""
    from host.spiking.accuracy import accuracies
    from snn import network_file
    from snn.adaptation.methods import Method
    from snn.data.splits import without_group

    methods = tuple(Method(snn_names.method(name)) for name in method or ["integral"])
    steps_us = tuple(snn_names.microseconds(one, option="--dt") for one in dt or [])
    read = network_file.load(network)
    console = output.console_for(json_file)
    part = snn_names.part(path, kind=kind, split=split, default="test", has_group=only is not None)
    events = snn_names.load(path, kind=kind, split=part, console=console)
    events = events if only is None else without_group(events, only)[1]
    found = accuracies(read.network, events, run_dt_us=steps_us, methods=methods)
    output.print_table(console, _table(found))
    output.write_json(
        {
            "network": str(network),
            "network_sha256": read.sha256,
            "data": events.name,
            "split": part,
            "only": only,
            "accuracies": [one.model_dump(mode="json") for one in found],
        },
        json_file,
    )


def _table(found: "tuple[Accuracy, ...]") -> "Table":
    from host.report.tables import Table

    return Table(
        caption=f"Told right, of {found[0].num_recordings} recordings",
        head=("time step", "method", "accuracy [%]", "spikes", "synaptic operations"),
        rows=tuple(
            (
                f"{one.dt_us / 1000:g} ms",
                "as it is" if one is found[0] else str(one.method),
                f"{100 * one.share:.1f} ({100 * one.low:.1f} to {100 * one.high:.1f})",
                f"{sum(one.spikes_per_recording):.0f}",
                f"{one.synops_per_recording / 1e3:.1f} k",
            )
            for one in found
        ),
        note="In brackets: 95 % interval (Clopper-Pearson). Spikes and operations: of a recording.",
    )
