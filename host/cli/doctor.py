# SPDX-License-Identifier: Apache-2.0
"""`airloop doctor`: what this machine has and lacks, and how to get it."""

from dataclasses import asdict

import typer

from host.cli import output
from host.cli.output import JsonOption

_MISSING = 2


EXAMPLES = (
    "airloop doctor",
    "airloop doctor --json -",
)


def doctor(json_file: JsonOption = None) -> None:
    """Say what is installed, what is missing, and how to get it.

    Exit code 2 when something is missing that the main job needs.
    """
    from rich import box
    from rich.markup import escape
    from rich.table import Table

    from host.doctor import checks

    console = output.console_for(json_file)
    found = checks()
    table = Table(box=box.SIMPLE_HEAD)
    for heading in ("", "what", "found", "to get it"):
        table.add_column(heading)
    for check in found:
        mark = "[green]✓[/]" if check.ok else "[red]✗[/]" if check.required else "[yellow]–[/]"
        table.add_row(mark, escape(check.name), escape(check.found), escape(check.remedy))
    console.print(table)
    missing = [check.name for check in found if check.required and not check.ok]
    console.print(f"missing: {', '.join(missing)}" if missing else "everything needed is there")
    output.write_json([asdict(check) for check in found], json_file)
    if missing:
        raise typer.Exit(_MISSING)
