# SPDX-License-Identifier: Apache-2.0
"""`airloop snn adapt`: a trained network at another time step, without training."""

from pathlib import Path
from typing import Annotated

import typer
from pydantic import JsonValue

from host.cli import output, snn_names
from host.cli.output import JsonOption

EXAMPLES = (
    "airloop snn adapt results/snn/fsdd-adlif-8ms.snn.npz --dt 1",
    "airloop snn adapt mine.snn.npz --dt 16 --method expectation --out coarse.snn.npz",
)


def adapt(
    network: snn_names.Network,
    dt: Annotated[
        float, typer.Option(help="The new time step in milliseconds.", show_default=False)
    ],
    method: Annotated[
        str,
        typer.Option(
            help="How neurons are mapped: integral is exact for inputs held for a step.",
            autocompletion=snn_names.method_names,
        ),
    ] = "integral",
    out: Annotated[
        Path | None,
        typer.Option(
            help="File to write. Default: beside the network, with the time step in its name.",
            show_default=False,
        ),
    ] = None,
    json_file: JsonOption = None,
) -> None:
    """Map a spiking network to another time step: finer or coarser, zero-shot."""
    from snn import network_file
    from snn.adaptation.adapt import adapt as mapped
    from snn.adaptation.methods import Method

    dt_us = snn_names.microseconds(dt, option="--dt")
    chosen = Method(snn_names.method(method))
    read = network_file.load(network)
    target = out or network.with_name(f"{_stem(network)}-at-{dt:g}ms{network_file.SUFFIX}")
    output.require_writable(target, option="--out")
    console = output.console_for(json_file)
    adapted: dict[str, JsonValue] = {
        "from_dt_us": read.network.dt_us,
        "method": method,
        "sha256": read.sha256,
    }
    record: dict[str, JsonValue] = {**read.record, "adapted": adapted}
    network_file.save(target, mapped(read.network, dt_us=dt_us, method=chosen), record=record)
    console.print(f"network  {target}", soft_wrap=True)
    output.write_json({"network": str(target), "dt_us": dt_us, "method": method}, json_file)


def _stem(network: Path) -> str:
    from snn.network_file import SUFFIX

    return network.name.removesuffix(SUFFIX)
