# SPDX-License-Identifier: Apache-2.0
"""`airloop compare`: two results side by side, and whether what differs is a matter of chance."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from host.cli import output
from host.cli.output import JsonOption

if TYPE_CHECKING:
    from rich.console import Console

    from host.comparison.comparing import Comparison
    from host.comparison.difference import Difference

EXAMPLES = (
    "airloop compare results/yesterday results/today",
    "airloop compare before.json after.json",
    "airloop compare before.json after.json --fail-above 1.05",
    "airloop compare benchmarks/records/demo.jsonl results/demo --markdown",
)
_FAILED = 1


def compare(
    a: Annotated[
        Path,
        typer.Argument(
            help="Folder of results, file of records, or what deploy wrote with --json or "
            "--report.",
            show_default=False,
        ),
    ],
    b: Annotated[Path, typer.Argument(help="The other one, of the same kind.", show_default=False)],
    fail_above: Annotated[
        float | None,
        typer.Option(
            min=0.0,
            metavar="RATIO",
            help="Exit with code 1 if a cost, or an error rate beyond its interval, is more than "
            "this many times A's: a gate for regressions.",
            show_default=False,
        ),
    ] = None,
    markdown: Annotated[
        bool, typer.Option("--markdown", help="Print the tables as Markdown for a document.")
    ] = False,
    json_file: JsonOption = None,
) -> None:
    """Compare two campaigns or two deployments: accuracy, instructions, energy, memory.

    Error rates are compared on the slots that both saw. What is not the same, such as slots, board
    or firmware, stands below the tables.
    """
    from host.comparison.comparing import compare as compared
    from host.comparison.sides import load_side
    from host.errors import RecordError
    from host.report import comparison as report

    console = output.console_for(json_file)
    found = compared(load_side(a), load_side(b))
    if fail_above is not None and found.barriers:
        raise RecordError(f"--fail-above: {'; '.join(found.barriers)}; compare like with like")
    grown = found.above(fail_above) if fail_above is not None else ()
    if markdown:
        console.print(report.markdown(found), markup=False, soft_wrap=True, end="")
    else:
        _show(console, found, grown)
    output.write_json(
        {
            "a": str(a),
            "b": str(b),
            "differences": report.listed(found),
            "unlike": list(found.unlike),
            "above": [report.described(one) for one in grown],
        },
        json_file,
    )
    if grown:
        raise typer.Exit(_FAILED)


def _show(console: "Console", found: "Comparison", grown: "tuple[Difference, ...]") -> None:
    from rich.text import Text

    from host.report import comparison as report

    output.print_tables(console, report.tables(found))
    for line in found.unlike:
        console.print(Text(line, style="yellow"), soft_wrap=True)
    console.print(Text(report.summary(found)), soft_wrap=True)
    for one in grown:
        console.print(Text(f"above the limit: {report.described(one)}", style="red"))
