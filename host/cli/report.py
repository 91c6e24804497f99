# SPDX-License-Identifier: Apache-2.0
"""`airloop report`: tables and pictures again, from records that are there."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Protocol

import typer

from host.cli import output
from host.cli.output import JsonOption

if TYPE_CHECKING:
    from collections.abc import Sequence

    from host.record import Record


class ReportOn(Protocol):
    """Prints the tables of finished records and writes their report."""

    def __call__(
        self, results: Path, *, out: Path | None, markdown: bool, json_file: str | None
    ) -> None:
        """Report on a folder of results or a file of records."""
        ...


EXAMPLES = (
    "airloop report results/demo",
    "airloop report results/demo --out /tmp/shown --json -",
    "airloop report benchmarks/records/demo.jsonl --markdown",
)


def report(
    results: Annotated[
        Path,
        typer.Argument(
            help="Folder of results, such as results/demo, or a file of records.",
            show_default=False,
        ),
    ],
    out: Annotated[
        Path | None,
        typer.Option(
            help="Folder to write to. Default: the same; for FILE.jsonl, results/FILE-report.",
            show_default=False,
        ),
    ] = None,
    markdown: Annotated[
        bool,
        typer.Option(
            "--markdown", help="Print the results as Markdown for a document, and write no report."
        ),
    ] = False,
    json_file: JsonOption = None,
) -> None:
    """Make the report of finished records again."""
    from host.cli.conducting import RESULTS, all_remarks, learned_remarks, result_tables
    from host.report.contents import contents_of
    from host.report.learning.listing import listed_learning
    from host.report.listing import listed_standings
    from host.report.markdown import markdown as as_markdown
    from host.report.slot_view import view_slots
    from host.report.writing import Report, write_report

    if markdown and out is not None:
        raise typer.BadParameter("--markdown writes no report: give --markdown or --out, not both.")
    kind = _kind(results)
    if kind:
        _report_of(kind)(results, out=out, markdown=markdown, json_file=json_file)
        return
    title, scenarios, records = _read(results)
    console = output.console_for(json_file)
    written: tuple[Path, ...] = ()
    contents = contents_of(records, scenarios)
    if markdown:
        console.print(as_markdown(records, contents), markup=False, soft_wrap=True, end="")
    else:
        output.print_tables(console, result_tables(records, contents))
        output.print_remarks(console, learned_remarks(records))
        views = view_slots(records, contents)
        content = Report(title=title, records=records, views=views, contents=contents)
        same = results if results.is_dir() else RESULTS / f"{results.stem}-report"
        written = write_report(content, folder=out or same)
        console.print(f"report   {written[0]}", soft_wrap=True)
    output.write_json(
        {
            "report": [str(path) for path in written],
            "standings": listed_standings(records),
            "learning": listed_learning(records, contents),
            "remarks": all_remarks(records, contents),
        },
        json_file,
    )


def _report_of(kind: str) -> "ReportOn":
    """Return what reports on results of a kind other than links."""
    from host.cli.reporting_detection import report_detection
    from host.cli.reporting_spiking import report_spiking

    return {"detection": report_detection, "spiking": report_spiking}[kind]


def _kind(results: Path) -> str:
    """Return the kind of experiment that results are of; "" for links, and what cannot be read."""
    from host.campaign import RECORDS
    from host.result_kind import kind_of_results

    path = results / RECORDS if results.is_dir() or not results.suffix else results
    return kind_of_results(path)


def _read(results: Path) -> "tuple[str, Sequence[str], tuple[Record, ...]]":
    """Return title, names of the scenarios, and the records of a folder or of one file."""
    from host.campaign import EXPERIMENT, RECORDS
    from host.errors import RecordError
    from host.experiment import Experiment
    from host.journal import read_records
    from host.report.curves import scenarios

    path = results / RECORDS if results.is_dir() or not results.suffix else results
    records = tuple(read_records(path))
    if not records:
        raise RecordError(f"{path}: there is no record in it; make some with: airloop run")
    if path == results:
        return records[0].provenance.experiment, scenarios(records), records
    experiment = Experiment.load(results / EXPERIMENT)
    return experiment.title or experiment.name, experiment.scenarios, records
