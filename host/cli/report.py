# SPDX-License-Identifier: Apache-2.0
"""`airloop report`: tables and pictures again, from records that are there."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from host.cli import output
from host.cli.output import JsonOption

if TYPE_CHECKING:
    from collections.abc import Sequence

    from channels.scenario import Scenario
    from host.record import Record


EXAMPLES = (
    "airloop report results/demo",
    "airloop report results/demo --out /tmp/shown --json -",
)


def report(
    folder: Annotated[
        Path, typer.Argument(help="Folder of results, such as results/demo.", show_default=False)
    ],
    out: Annotated[
        Path | None,
        typer.Option(help="Folder to write to. Default: the same.", show_default=False),
    ] = None,
    json_file: JsonOption = None,
) -> None:
    """Make the report of finished records again."""
    from host.campaign import EXPERIMENT, RECORDS
    from host.cli.conducting import result_tables
    from host.errors import RecordError
    from host.experiment import Experiment
    from host.journal import read_records
    from host.report.slot_view import view_slots
    from host.report.writing import Report, write_report

    console = output.console_for(json_file)
    records = tuple(read_records(folder / RECORDS))
    if not records:
        raise RecordError(
            f"{folder / RECORDS}: there is no record in it; make some with: airloop run"
        )
    experiment = Experiment.load(folder / EXPERIMENT)
    output.print_tables(console, result_tables(records))
    content = Report(
        title=experiment.title or experiment.name,
        records=records,
        views=view_slots(records, _scenarios(experiment.scenarios, records)),
    )
    written = write_report(content, folder=out or folder)
    console.print(f"report   {written[0]}", soft_wrap=True)
    output.write_json({"report": [str(path) for path in written]}, json_file)


def _scenarios(names: "Sequence[str]", records: "Sequence[Record]") -> "dict[str, Scenario]":
    """Load the scenarios that are still as they were when the records were made."""
    from channels import scenario
    from channels.errors import ChannelError
    from host.trial import content_hash

    hashes = {record.provenance.scenario_hash for record in records}
    found: dict[str, Scenario] = {}
    for name in names:
        try:
            loaded = scenario.load(name)
        except ChannelError:
            continue
        if content_hash(loaded) in hashes:
            found[loaded.name] = loaded
    return found
