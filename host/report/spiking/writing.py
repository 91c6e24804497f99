# SPDX-License-Identifier: Apache-2.0
"""The report of an experiment with spiking networks: one page, and the PNG files beside it."""

from collections.abc import Mapping, Sequence
from pathlib import Path

from host.journal import replace_file
from host.report.page import Chart, Page
from host.report.spiking import figure, knob, tables
from host.report.spiking.deployed_tables import deployed_tables
from host.report.spiking.example_picture import save_example
from host.report.spiking.knob import Price, save_knob
from host.report.spiking.matrix import Trained, held_out, trained
from host.report.spiking.picture import save_accuracies
from host.report.table_markdown import as_markdown
from host.report.tables import Table
from host.report.writing import PAGE
from host.spiking import example, kept
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


def write_report(
    title: str, records: Sequence[SpikingRecord], *, folder: Path, results: Path | None = None
) -> tuple[Path, ...]:
    """Write report.html and the PNG files; return their paths, the page first.

    Parameters
    ----------
    title : str
    records : sequence of SpikingRecord
    folder : Path
        Where to write.
    results : Path or None
        The folder of the records, where examples were kept; None if it is the same.
    """
    kinds = trained(records)
    examples = _save_examples(results or folder, folder, kinds)
    written = [save_accuracies(folder / "accuracy.png", kinds), *_save_knobs(folder, kinds)]
    path = folder / PAGE
    replace_file(path, page(title, records, examples=examples).encode())
    return path, *written, *examples.values()


def page(
    title: str, records: Sequence[SpikingRecord], *, examples: Mapping[str, Path] | None = None
) -> str:
    """Return the report as one self-contained HTML page.

    `examples` are pictures of a recording as a network sees it, by the title of its kind.
    """
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
        if examples and one.title in examples:
            sheet.picture("A recording as a network sees it", examples[one.title].read_bytes())
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


def _save_examples(results: Path, folder: Path, kinds: Sequence[Trained]) -> dict[str, Path]:
    """Draw the example of the first network of each kind, where there is one."""
    saved: dict[str, Path] = {}
    for one in kinds:
        first = one.records[0]
        shown = example.load(kept.example(results, first.cell, first.trial_id))
        if shown is not None:
            name = (
                f"example-{first.cell.network.replace(' ', '-')}-{one.train_dt_us / 1000:g}ms.png"
            )
            saved[one.title] = save_example(folder / name, shown)
    return saved


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
