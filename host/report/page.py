# SPDX-License-Identifier: Apache-2.0
"""The page: one HTML file that needs no network, no server and no other file."""

import base64
import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from html import escape
from itertools import count

from host.report.canvas import Figure
from host.report.tables import Table

_STYLE = """
:root { color-scheme: light; --ink: #1f2933; --soft: #616e7c; --line: #e4e7eb; --accent: #0072b2; }
* { box-sizing: border-box; }
img { max-width: 100%; height: auto; }
body { margin: 0; background: #f5f7fa; color: var(--ink);
       font: 15px/1.5 system-ui, -apple-system, "Segoe UI", Roboto, sans-serif; }
main { max-width: 1180px; margin: 0 auto; padding: 28px 20px 60px; }
h1 { font-size: 27px; line-height: 1.2; margin: 0 0 4px; }
h2 { font-size: 19px; margin: 38px 0 12px; }
h3 { font-size: 15px; margin: 0 0 6px; }
p { margin: 4px 0; }
.soft, .note { color: var(--soft); }
.note { font-size: 13px; margin-top: 8px; }
.cards { display: grid; grid-template-columns: repeat(auto-fit, minmax(165px, 1fr)); gap: 14px;
         margin: 22px 0 6px; }
.card, .panel { background: #fff; border: 1px solid var(--line); border-radius: 10px; }
.card { padding: 14px 16px; border-top: 3px solid var(--accent); }
.card .value { font-size: 25px; font-weight: 650; letter-spacing: -0.01em; }
.card .what { font-size: 13px; color: var(--soft); }
.panel { padding: 16px 18px; margin-bottom: 16px; overflow-x: auto; }
.pair { display: grid; grid-template-columns: repeat(auto-fit, minmax(460px, 1fr)); gap: 16px; }
.pair .panel { margin-bottom: 0; min-width: 0; }
.pair { margin-bottom: 16px; }
.pair .panel:last-child:nth-child(odd) { grid-column: 1 / -1; }
table { border-collapse: collapse; width: 100%; font-variant-numeric: tabular-nums;
        font-size: 14px; }
th, td { padding: 6px 8px; text-align: right; border-bottom: 1px solid var(--line);
         vertical-align: top; }
th { font-weight: 600; color: var(--soft); font-size: 13px; vertical-align: bottom; }
td { white-space: nowrap; }
th:first-child, td:first-child { text-align: left; white-space: nowrap; }
tr:last-child td { border-bottom: 0; }
dl { display: grid; grid-template-columns: max-content 1fr; gap: 3px 18px; margin: 0;
     font-size: 13px; }
dt { color: var(--soft); }
dd { margin: 0; overflow-wrap: anywhere; font-family: ui-monospace, "SF Mono", Menlo, monospace; }
details summary { cursor: pointer; font-weight: 600; }
@media print { body { background: #fff; } .panel, .card { break-inside: avoid; } }
"""

_DRAW = """
const CONFIG = {responsive: true, displaylogo: false,
                modeBarButtonsToRemove: ["select2d", "lasso2d", "autoScale2d"]};
for (const holder of document.querySelectorAll("[data-figure]")) {
  const figure = JSON.parse(document.getElementById(holder.dataset.figure).textContent);
  Plotly.newPlot(holder, figure.data, figure.layout, CONFIG);
}
"""

_HEAD = """<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>{title}</title>
<style>{style}</style>
</head>
<body>
<main>
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Chart:
    """A figure with a caption above it and a note below."""

    caption: str
    figure: Figure
    note: str = ""


class Page:
    """Collects the parts of a page in the order they are read."""

    def __init__(self, *, title: str, subtitle: str) -> None:
        self._title = title
        self._parts = [
            f"<h1>{escape(title)}</h1>",
            f'<p class="soft">{escape(subtitle)}</p>',
        ]
        self._figures: list[str] = []
        self._numbers = count(1)

    def section(self, heading: str, *, note: str = "") -> None:
        """Begin a section."""
        self._parts.append(f"<h2>{escape(heading)}</h2>")
        if note:
            self._parts.append(f'<p class="soft">{escape(note)}</p>')

    def cards(self, figures: Iterable[tuple[str, str]]) -> None:
        """Add key figures: (value with unit, what it is)."""
        cards = "".join(
            f'<div class="card"><div class="value">{escape(value)}</div>'
            f'<div class="what">{escape(what)}</div></div>'
            for value, what in figures
        )
        self._parts.append(f'<div class="cards">{cards}</div>')

    def panels(self, shown: Sequence[Chart | Table]) -> None:
        """Add charts and tables side by side, two in a row where there is room."""
        panels = "".join(self._panel(one) for one in shown)
        self._parts.append(f'<div class="pair">{panels}</div>' if len(shown) > 1 else panels)

    def picture(self, caption: str, png: bytes) -> None:
        """Add a picture; the page holds it."""
        data = base64.b64encode(png).decode()
        image = f'<img alt="{escape(caption)}" src="data:image/png;base64,{data}">'
        self._parts.append(f'<div class="panel"><h3>{escape(caption)}</h3>{image}</div>')

    def folded(self, table: Table) -> None:
        """Add a table that opens when its caption is clicked."""
        summary = f"<summary>{escape(table.caption)}</summary>"
        self._parts.append(f'<details class="panel">{summary}{_table(table)}</details>')

    def facts(self, facts: Iterable[tuple[str, str]]) -> None:
        """Add names and their values."""
        items = "".join(f"<dt>{escape(k)}</dt><dd>{escape(v)}</dd>" for k, v in facts)
        self._parts.append(f'<div class="panel"><dl>{items}</dl></div>')

    def html(self) -> str:
        """Return the whole page, Plotly included once when there is a figure to draw."""
        head = _HEAD.format(title=escape(self._title), style=_STYLE)
        scripts = f"<script>{_plotly()}</script>" if self._figures else ""
        data = "".join(self._figures)
        draw = f"<script>{_DRAW}</script>" if self._figures else ""
        body = "\n".join(self._parts)
        return f"{head}{body}\n</main>\n{scripts}\n{data}\n{draw}\n</body>\n</html>\n"

    def _panel(self, shown: Chart | Table) -> str:
        inside = _table(shown) if isinstance(shown, Table) else self._chart(shown)
        note = f'<p class="note">{escape(shown.note)}</p>' if shown.note else ""
        return f'<div class="panel"><h3>{escape(shown.caption)}</h3>{inside}{note}</div>'

    def _chart(self, chart: Chart) -> str:
        name = f"figure-{next(self._numbers)}"
        content = json.dumps(chart.figure, allow_nan=False, ensure_ascii=False)
        content = content.replace("</", "<\\/")
        self._figures.append(f'<script type="application/json" id="{name}">{content}</script>\n')
        return f'<div data-figure="{name}"></div>'


def _table(table: Table) -> str:
    head = "".join(f"<th>{escape(cell)}</th>" for cell in table.head)
    rows = "".join(
        "<tr>" + "".join(f"<td>{escape(cell)}</td>" for cell in row) + "</tr>" for row in table.rows
    )
    return f"<table><thead><tr>{head}</tr></thead><tbody>{rows}</tbody></table>"


def _plotly() -> str:
    from plotly.offline import get_plotlyjs

    return str(get_plotlyjs())
