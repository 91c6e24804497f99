# SPDX-License-Identifier: Apache-2.0
"""What `report` does with the results of spiking networks."""

from pathlib import Path

from host.campaign import EXPERIMENT, RECORDS
from host.cli import output
from host.cli.conducting import RESULTS
from host.experiment import read_text
from host.journal import read_results
from host.report.spiking.listing import listed, listed_deployed
from host.report.spiking.tables import tables
from host.report.spiking.writing import markdown as as_markdown
from host.report.spiking.writing import write_report
from host.spiking.experiment import SpikingExperiment
from host.spiking.record import SpikingRecord


def report_spiking(
    results: Path, *, out: Path | None, markdown: bool, json_file: str | None
) -> None:
    """Print the tables of finished records and write their report, or print them as Markdown."""
    path = results / RECORDS if results.is_dir() else results
    records = tuple(read_results(path, SpikingRecord))
    console = output.console_for(json_file)
    written: tuple[Path, ...] = ()
    if markdown:
        console.print(as_markdown(records), markup=False, soft_wrap=True, end="")
    else:
        output.print_tables(console, tables(records))
        same = results if results.is_dir() else RESULTS / f"{results.stem}-report"
        title = _title(results, records)
        written = write_report(title, records, folder=out or same, results=path.parent)
        console.print(f"report   {written[0]}", soft_wrap=True)
    output.write_json(
        {
            "report": [str(one) for one in written],
            "accuracies": listed(records),
            "deployed": listed_deployed(records),
        },
        json_file,
    )


def _title(results: Path, records: tuple[SpikingRecord, ...]) -> str:
    if not results.is_dir():
        return records[0].provenance.experiment
    path = results / EXPERIMENT
    experiment = SpikingExperiment.parse(read_text(path), file=str(path))
    return experiment.title or experiment.name
