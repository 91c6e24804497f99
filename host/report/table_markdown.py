# SPDX-License-Identifier: Apache-2.0
"""A table of a report as Markdown, for a document."""

from host.report.tables import Table


def as_markdown(table: Table) -> str:
    """Return caption, table and note, a blank line between them."""
    lines = [f"| {' | '.join(cells)} |" for cells in (table.head, *table.rows)]
    body = "\n".join((lines[0], "|---" * len(table.head) + "|", *lines[1:]))
    note = f"\n\n{table.note.rstrip('.')}." if table.note else ""
    return f"{table.caption}:\n\n{body}{note}"
