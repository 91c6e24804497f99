# SPDX-License-Identifier: Apache-2.0
"""What `deploy` does with a spiking network: recordings make integers of it, others are shown."""

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING

import typer

from host.cli import output, snn_names
from host.cli.counting import counted
from host.cli.destination import Destination
from host.cli.options import weight_bits_of
from host.cli.shown_recordings import DEFAULT_RECORDINGS, Shown
from host.elsewhere import Choice
from host.launcher import open_device
from host.report.spiking import deployment
from host.report.spiking.deployment_page import write_deployment
from host.spiking.deploying import elsewhere, spiking_record
from host.spiking.deployment_record import Mapped, Origin, SpikingDeploymentRecord
from host.spiking.preparing import Parts, Prepared, divided, drawn, prepare
from host.spiking.showing import show
from snn import network_file
from snn.adaptation.adapt import adapt
from snn.adaptation.methods import Method
from snn.integer.network import WeightBits
from snn.network import SpikingNetwork
from snn.network_file import NetworkFile

if TYPE_CHECKING:
    from rich.console import Console

_BITS: Mapping[int | None, WeightBits] = {8: 8, 4: 4}
_FAILED = 1
_TRAIN, _TEST = "train", "test"


def deploy_spiking(
    file: Path, shown: Shown, *, weight_bits: list[str] | None, to: Destination
) -> None:
    """Quantize, compile and load a spiking network, and show the board recordings.

    Parameters
    ----------
    file : Path
        Of the network.
    shown : Shown
    weight_bits : list of str or None
        As given.
    to : Destination
    """
    bits, console = _bits(weight_bits), to.console()
    dt_us, method = _time_step(shown)
    _require_data(shown)
    read = network_file.load(file)
    network = _at(read.network, dt_us, method)
    parts, splits = _parts(shown, console)
    with console.status("quantizing"):
        name = file.name.removesuffix(network_file.SUFFIX)
        prepared = prepare(network, parts, weight_bits=bits, name=name)
    to.keep(prepared.image)
    with (
        counted(console, to.board.name) as tell,
        open_device(to.board, port=to.port) as device,
    ):
        showing = show(to.board, device, prepared, profile=True, on_progress=tell)
    now = Mapped(from_dt_us=read.network.dt_us, method=method)
    origin = Origin(
        file=file.name,
        sha256=read.sha256,
        mappings=(*_earlier(read), *(() if network is read.network else (now,))),
    )
    record = spiking_record(to.board, prepared, showing, origin=origin, splits=splits)
    _print(console, record)
    is_quick = len(record.recordings) <= DEFAULT_RECORDINGS
    others = to.others(prepared.image, is_quick=is_quick)
    record = _compared(console, record, prepared, others)
    if to.report is not None:
        written = write_deployment(record, folder=to.report)
        console.print(f"report   {written[0]}", soft_wrap=True)
    output.write_json(record.model_dump(mode="json"), to.json_file)
    if record.num_unequal:
        raise typer.Exit(_FAILED)


def _bits(given: list[str] | None) -> WeightBits:
    widths = weight_bits_of(given)
    if widths is None:
        return 8
    bits = _BITS.get(widths.every)
    if bits is None or widths.layers:
        raise typer.BadParameter(
            "--weight-bits: the weights of a spiking network take 8 or 4 bits, all layers alike; "
            "write --weight-bits 4."
        )
    return bits


def _time_step(shown: Shown) -> tuple[int | None, Method]:
    if shown.dt_ms is None:
        if shown.method is not None:
            raise typer.BadParameter(
                "--method: it maps the network to another time step; name that too, such as --dt 1."
            )
        return None, Method.INTEGRAL
    dt_us = snn_names.microseconds(shown.dt_ms, option="--dt")
    return dt_us, Method(snn_names.method(shown.method or Method.INTEGRAL))


def _require_data(shown: Shown) -> None:
    if shown.data is None and shown.kind is None:
        raise typer.BadParameter(
            "--data: a spiking network is quantized with recordings, and the board is shown some; "
            "name their file or folder: --data recordings/."
        )


def _at(network: SpikingNetwork, dt_us: int | None, method: Method) -> SpikingNetwork:
    if dt_us is None or dt_us == network.dt_us:
        return network
    return adapt(network, dt_us=dt_us, method=method)


def _earlier(read: NetworkFile) -> tuple[Mapped, ...]:
    """Return the mapping that the file itself went through, if `airloop snn adapt` made it."""
    match read.record.get("adapted"):
        case {"from_dt_us": int(from_dt_us), "method": str(method)}:
            return (Mapped(from_dt_us=from_dt_us, method=Method(method)),)
        case _:
            return ()


def _parts(shown: Shown, console: "Console") -> tuple[Parts, tuple[str | None, str | None]]:
    """Return the recordings, and the splits that those to quantize with and to show come from."""
    number = shown.number or DEFAULT_RECORDINGS
    wanted = [
        snn_names.part(
            shown.data, kind=shown.kind, split=shown.split, default=default, has_group=False
        )
        for default in (_TRAIN, _TEST)
    ]
    sets = [
        snn_names.load(shown.data, kind=shown.kind, split=split, console=console)
        for split in dict.fromkeys(wanted)
    ]
    if len(sets) == 1:
        return divided(sets[0], num_shown=number), (wanted[0], wanted[0])
    return drawn(*sets, num_shown=number), (wanted[0], wanted[1])


def _print(console: "Console", record: SpikingDeploymentRecord) -> None:
    console.print(deployment.origin_line(record), soft_wrap=True)
    output.print_tables(console, deployment.tables(record))
    style = "red" if record.num_unequal else "green"
    console.print(deployment.agreement_line(record), style=style, soft_wrap=True)


def _compared(
    console: "Console", record: SpikingDeploymentRecord, prepared: Prepared, choice: Choice
) -> SpikingDeploymentRecord:
    """Show other boards the recordings too, print what they cost there, and return it."""
    if choice.boards:
        with counted(console, "other boards") as tell:
            found = []
            for one in elsewhere(choice.boards, prepared):
                found.append(one)
                tell(len(found), len(choice.boards))
        record = record.model_copy(update={"elsewhere": tuple(found)})
        output.print_table(console, deployment.boards_table(record))
    if choice.remark:
        console.print(choice.remark, style="dim", soft_wrap=True)
    return record
