# SPDX-License-Identifier: Apache-2.0
"""The report of an experiment with spiking networks: one page, and the PNG files beside it."""

from collections.abc import Sequence
from pathlib import Path

from host.journal import replace_file
from host.report.page import Chart, Page
from host.report.spiking import figure, knob, tables
from host.report.spiking.deployed_tables import deployed_tables
from host.report.spiking.knob import Price, save_knob
from host.report.spiking.matrix import Trained, held_out, trained
from host.report.spiking.picture import save_accuracies
from host.report.table_markdown import as_markdown
from host.report.tables import Table
from host.report.writing import PAGE
from host.spiking.record import SpikingRecord

_KNOBS = {
    Price.INSTRUCTIONS: "accuracy-instructions.png",
    Price.ENERGY: "accuracy-energy.png",
}
_BARS = "Bars: the lowest and the highest network; of one network its 95 % interval."
_METHODS = (
    "integral: the exact response at the new time step. Euler: its first order. expectation: "
    "events as impulses anywhere in their step. time constants: nothing but those is kept. none: "
    "the coefficients stay as trained. rates: events of a step of the training, not counts."
)


def write_report(title: str, records: Sequence[SpikingRecord], *, folder: Path) -> tuple[Path, ...]:
    """Write report.html and the PNG files; return their paths, the page first."""
    path = folder / PAGE
    replace_file(path, page(title, records).encode())
    kinds = trained(records)
    return path, save_accuracies(folder / "accuracy.png", kinds), *_save_knobs(folder, kinds)


def page(title: str, records: Sequence[SpikingRecord]) -> str:
    """Return the report as one self-contained HTML page."""
    kinds = trained(records)
    sheet = Page(title=title, subtitle=f"{len(records)} networks on {records[0].cell.data}")
    for one in kinds:
        sheet.section(one.title.capitalize(), note=_METHODS)
        sheet.panels([Chart(caption="Accuracy", figure=figure.accuracies(one), note=_BARS)])
        sheet.panels([tables.accuracy_table(one)])
        if held_out(one.records):
            sheet.panels([tables.held_out_table(one)])
        sheet.panels(_knobs(one))
        for table in deployed_tables(one):
            sheet.panels([table])
    sheet.section("Cost")
    sheet.panels([tables.training_table(kinds)])
    sheet.section("Provenance", note="Everything that is needed to train and run this again.")
    sheet.folded(_record_table(records))
    return sheet.html()


def markdown(records: Sequence[SpikingRecord]) -> str:
    """Return all tables as Markdown, for a document."""
    return "\n\n".join(as_markdown(table) for table in tables.tables(records)) + "\n"


def _knobs(one: Trained) -> list[Chart]:
    """Return accuracy over each price that is known."""
    return [
        Chart(caption=f"Accuracy over {price}", figure=knob.figure(one, price), note=knob.NOTE)
        for price in Price
        if knob.lines(one, price)
    ]


def _save_knobs(folder: Path, kinds: Sequence[Trained]) -> list[Path]:
    saved = [save_knob(folder / _KNOBS[price], kinds, price) for price in Price]
    return [path for path in saved if path is not None]


def _record_table(records: Sequence[SpikingRecord]) -> Table:
    return Table(
        caption="Records",
        head=("network", "trained at", "held out", "seed", "accuracy", "code", "trial"),
        rows=tuple(
            (
                record.cell.network,
                f"{record.cell.train_dt_us / 1000:g} ms",
                record.cell.held_out or "–",
                str(record.cell.seed),
                f"{100 * record.accuracies[0].share:.1f} %",
                record.provenance.code_version[:12],
                record.trial_id[:12],
            )
            for record in records
        ),
    )
