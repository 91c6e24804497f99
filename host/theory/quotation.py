# SPDX-License-Identifier: Apache-2.0
"""Tables of a recorded study as Markdown, for documents that quote them."""

import json
from pathlib import Path

from pydantic import TypeAdapter

from host.report.tables import Table

_TABLES = TypeAdapter(tuple[Table, ...])


def recorded_tables(path: Path) -> tuple[Table, ...]:
    """Return the tables of a study that `airloop theory ... --json FILE` wrote."""
    return _TABLES.validate_python(json.loads(path.read_text(encoding="utf-8"))["tables"])


def quoted(table: Table) -> str:
    """Return a table as Markdown: caption, rows, note."""
    lines = [f"| {' | '.join(cells)} |" for cells in (table.head, *table.rows)]
    rule = "|---" * len(table.head) + "|"
    parts = [f"**{table.caption}**", "\n".join((lines[0], rule, *lines[1:])), table.note]
    return "\n\n".join(part for part in parts if part) + "\n"
