# SPDX-License-Identifier: Apache-2.0
"""The report of an experiment with detectors: one page, and the PNG files beside it."""

from collections.abc import Iterator, Sequence
from pathlib import Path

from host.detection.record import DetectionRecord
from host.journal import replace_file
from host.report.detection.costs import cost_table
from host.report.detection.gaps import gap_table, slope_table
from host.report.detection.panels import BER, DRAWN_OVER, FOOT, GAP, GAP_OVER, SER, Drawn, panels
from host.report.detection.points import Axis, Study, study
from host.report.detection.tables import anchor_note, heads, leading, ratio_table, ser_table, tables
from host.report.page import Chart, Page
from host.report.panel import Panel
from host.report.panel_figure import panel_figure
from host.report.panel_picture import save_panels
from host.report.table_markdown import as_markdown
from host.report.tables import Table
from host.report.writing import PAGE

_MOST_PANELS = 6
_AXES = {
    Axis.SNR: "snr",
    Axis.PILOTS: "pilots",
    Axis.ITERATIONS: "iterations",
    Axis.USERS: "users",
}


def write_report(
    title: str, records: Sequence[DetectionRecord], *, folder: Path
) -> tuple[Path, ...]:
    """Write report.html and the PNG files; return their paths, the page first."""
    written = _save_pictures(title, study(records), folder=folder)
    path = folder / PAGE
    replace_file(path, page(title, records).encode())
    return path, *written


def page(title: str, records: Sequence[DetectionRecord]) -> str:
    """Return the report as one self-contained HTML page."""
    found, cell = study(records), records[0].cell
    about = f"{cell.source.label}, {cell.modulation.upper()}, {len(cell.blocks)} blocks of "
    about += f"{cell.num_data:,} elements".replace(",", " ")
    sheet = Page(title=title, subtitle=f"{about}; {len(records)} trials")
    for axis, drawn, shown in _figures(found):
        sheet.section(f"{drawn.title[0].upper()}{drawn.title[1:]} over {_AXES[axis]}")
        sheet.panels([_chart(panel, drawn) for panel in shown])
    sheet.section("Error rates", note=anchor_note(found))
    sheet.panels([ser_table(found)])
    sheet.folded(ser_table(found, bits=True))
    sheet.section("Ratios", note="Of any two detectors, on the same elements.")
    for base in found.detectors:
        sheet.folded(ratio_table(found, base))
    if found.learners:
        sheet.section("Generalization")
        sheet.panels([slope_table(found)] if slope_table(found).rows else [])
        sheet.folded(gap_table(found, leading(found), heads(found)))
    sheet.section("Cost")
    sheet.panels([cost_table(found)])
    sheet.section("Provenance", note="Everything that is needed to run this again.")
    sheet.folded(_record_table(records))
    return sheet.html()


def markdown(records: Sequence[DetectionRecord]) -> str:
    """Return the tables as Markdown, for a document."""
    return "\n\n".join(as_markdown(table) for table in tables(records)) + "\n"


def _figures(found: Study) -> Iterator[tuple[Axis, Drawn, tuple[Panel, ...]]]:
    """Yield all figures that have something to show: what is drawn over which axis."""
    pairs = [(axis, drawn) for axis in DRAWN_OVER for drawn in (SER, BER)]
    pairs += [(axis, GAP) for axis in GAP_OVER]
    for axis, drawn in pairs:
        shown = panels(found, axis, drawn) if axis in found.axes else ()
        if shown:
            yield axis, drawn, shown


def _chart(panel: Panel, drawn: Drawn) -> Chart:
    return Chart(caption=panel.title or drawn.title, figure=panel_figure(panel), note=panel.note)


def _save_pictures(title: str, found: Study, *, folder: Path) -> list[Path]:
    saved: list[Path] = []
    for axis, drawn, shown in _figures(found):
        for i, some in enumerate(_pages(shown), start=1):
            suffix = f"-{i}" if i > 1 else ""
            path = folder / f"{drawn.key}-over-{_AXES[axis]}{suffix}.png"
            saved.append(save_panels(path, some, title=title, foot=FOOT))
    return saved


def _pages(shown: Sequence[Panel]) -> Iterator[Sequence[Panel]]:
    """Yield so many panels at a time as a picture has room for."""
    for start in range(0, len(shown), _MOST_PANELS):
        yield shown[start : start + _MOST_PANELS]


def _record_table(records: Sequence[DetectionRecord]) -> Table:
    return Table(
        caption="Records",
        head=("detector", "SNR", "pilots", "iterations", "seed", "SER", "code", "trial"),
        rows=tuple(
            (
                record.cell.detector,
                f"{record.cell.snr_db:g} dB",
                str(record.cell.num_pilots or "–"),
                str(record.cell.num_iterations or "–"),
                str(record.cell.seed),
                f"{record.data.ser.value:.3g}",
                record.provenance.code_version[:12],
                record.trial_id[:12],
            )
            for record in records
        ),
    )
