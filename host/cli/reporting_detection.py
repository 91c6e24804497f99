# SPDX-License-Identifier: Apache-2.0
"""What `report` does with the results of detectors."""

from pathlib import Path

from host.campaign import EXPERIMENT, RECORDS
from host.cli import output
from host.cli.conducting import RESULTS
from host.detection.experiment import DetectionExperiment
from host.detection.record import DetectionRecord
from host.experiment import read_text
from host.journal import read_results
from host.report.detection.listing import listed
from host.report.detection.tables import tables
from host.report.detection.writing import markdown as as_markdown
from host.report.detection.writing import write_report


def report_detection(
    results: Path, *, out: Path | None, markdown: bool, json_file: str | None
) -> None:
    """Print the tables of finished records and write their report, or print them as Markdown."""
    path = results / RECORDS if results.is_dir() else results
    records = tuple(read_results(path, DetectionRecord))
    console = output.console_for(json_file)
    written: tuple[Path, ...] = ()
    if markdown:
        console.print(as_markdown(records), markup=False, soft_wrap=True, end="")
    else:
        output.print_tables(console, tables(records))
        same = results if results.is_dir() else RESULTS / f"{results.stem}-report"
        written = write_report(_title(results, records), records, folder=out or same)
        console.print(f"report   {written[0]}", soft_wrap=True)
    output.write_json({"report": [str(one) for one in written], **listed(records)}, json_file)


def _title(results: Path, records: tuple[DetectionRecord, ...]) -> str:
    if not results.is_dir():
        return records[0].provenance.experiment
    path = results / EXPERIMENT
    experiment = DetectionExperiment.parse(read_text(path), file=str(path))
    return experiment.title or experiment.name
