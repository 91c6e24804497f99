# SPDX-License-Identifier: Apache-2.0
"""`airloop snn import` and `export`: spiking networks from and to other tools, as NIR files."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from host.cli import output
from host.cli.output import JsonOption
from snn.interchange.conventions import TOOLS, Convention, Reset, Steps, given

if TYPE_CHECKING:
    from snn.interchange.verification import Verdict
    from snn.network import SpikingNetwork

IMPORT_EXAMPLES = (
    "airloop snn import model.nir --tool snntorch --dt-us 1000 --out model.snn.npz",
    "airloop snn import model.nir --tool norse --reset subtract --tau-scale 1000 "
    "--reference spikes.npz --out model.snn.npz",
)
EXPORT_EXAMPLES = (
    "airloop snn export model.snn.npz --out model.nir",
    "airloop snn export adapted.snn.npz --out adapted.nir --allow-extension",
)
_DIFFERENT = 1
_MOST_US = 1_000_000


def import_(
    file: Annotated[
        Path, typer.Argument(help="A NIR file (*.nir).", show_default=False, dir_okay=False)
    ],
    out: Annotated[
        Path,
        typer.Option("--out", help="Where the network goes.", show_default=False, dir_okay=False),
    ],
    tool: Annotated[
        str | None,
        typer.Option(
            help=f"The tool that wrote the file: {', '.join(TOOLS)}. A file of airloop says it.",
            autocompletion=lambda: list(TOOLS),
            show_default=False,
        ),
    ] = None,
    dt_us: Annotated[
        int | None,
        typer.Option(
            min=1,
            max=_MOST_US,
            help="Time step of the model, in microseconds. Default: the tool's own.",
            show_default=False,
        ),
    ] = None,
    steps: Annotated[
        Steps | None, typer.Option(help="How the model decays in a step.", show_default=False)
    ] = None,
    reset: Annotated[
        Reset | None, typer.Option(help="What a spike does to the membrane.", show_default=False)
    ] = None,
    jumps: Annotated[
        bool | None,
        typer.Option(
            "--jumps/--held",
            help="Whether inputs jump, or are held for a step; matters to IF and synapses.",
            show_default=False,
        ),
    ] = None,
    tau_scale: Annotated[
        float | None,
        typer.Option(
            min=1e-9, help="Multiply the file's time constants by this.", show_default=False
        ),
    ] = None,
    reference: Annotated[
        Path | None,
        typer.Option(
            help="The authors' spikes to compare with: *.npz with inputs and spikes, each "
            "[steps, recordings, values].",
            show_default=False,
            dir_okay=False,
        ),
    ] = None,
    json_file: JsonOption = None,
) -> None:
    """Read a spiking network that another tool wrote, and compare its spikes with its authors'.

    NIR knows neither time step nor reset, and tools write time constants wrongly: with --reference
    the command finds out, names the factor, and writes no network. Exit code 1 then.
    """
    from snn import network_file
    from snn.interchange.reading import read

    output.require_writable(out, option="--out")
    console = output.console_for(json_file)
    convention = given(
        tool_name=tool,
        dt_us=dt_us,
        steps=steps,
        reset=reset,
        has_jumps=jumps,
        tau_scale=tau_scale,
    )
    verdict = None if reference is None else _verdict(file, convention, reference)
    told: dict[str, Any] = {
        "file": str(file),
        "verified": None if verdict is None else verdict.is_same,
    }
    if verdict is not None:
        console.print(verdict.message, style="green" if verdict.is_same else "red", soft_wrap=True)
        told |= {"agreement": verdict.agreement, "message": verdict.message}
    if verdict is not None and not verdict.is_same:
        output.write_json(told, json_file)
        raise typer.Exit(_DIFFERENT)
    network = read(file, convention)
    network_file.save(out, network, record={"imported_from": file.name, **told})
    if verdict is None:
        console.print("not compared with its authors' spikes: give --reference", style="dim")
    console.print(f"network  {out}: {_words(network)}", soft_wrap=True)
    output.write_json(told | _described(network), json_file)


def export(
    network: Annotated[
        Path,
        typer.Argument(help="A file of a spiking network.", show_default=False, dir_okay=False),
    ],
    out: Annotated[
        Path,
        typer.Option("--out", help="Where the NIR file goes.", show_default=False, dir_okay=False),
    ],
    allow_extension: Annotated[
        bool,
        typer.Option(
            "--allow-extension",
            help="Write neurons that NIR does not have as nodes of airloop's own, which other "
            "tools refuse.",
        ),
    ] = False,
    json_file: JsonOption = None,
) -> None:
    """Write a spiking network as a NIR file, its time step in the metadata.

    What is read back is the same bit for bit. Neurons other than LIF have no node in NIR and are
    refused without --allow-extension.
    """
    from snn import network_file
    from snn.interchange.writing import write

    output.require_writable(out, option="--out")
    console = output.console_for(json_file)
    loaded = network_file.load(network).network
    write(out, loaded, allow_extension=allow_extension)
    console.print(f"NIR  {out}: {_words(loaded)}", soft_wrap=True)
    output.write_json({"file": str(out), **_described(loaded)}, json_file)


def _verdict(file: Path, convention: Convention | None, reference: Path) -> "Verdict":
    from snn.interchange import extension, graph
    from snn.interchange.verification import load_reference, verify

    found = graph.load(file)
    note = extension.note(found.metadata)
    if convention is None and note is not None:
        convention = note.convention
    if convention is None:
        raise typer.BadParameter("give --tool or --dt-us: the file does not say its time step")
    return verify(found, convention, load_reference(reference))


def _words(network: "SpikingNetwork") -> str:
    settings = network.settings
    sizes = " -> ".join(map(str, (settings.num_inputs, *settings.hidden, settings.num_classes)))
    kind = "recurrent" if settings.is_recurrent else "feed-forward"
    return f"{sizes}, {kind}, in steps of {network.dt_us} us"


def _described(network: "SpikingNetwork") -> dict[str, Any]:
    settings = network.settings
    return {
        "dt_us": network.dt_us,
        "sizes": [settings.num_inputs, *settings.hidden, settings.num_classes],
        "is_recurrent": settings.is_recurrent,
    }
