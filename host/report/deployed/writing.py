# SPDX-License-Identifier: Apache-2.0
"""The report of a deployment: one page and the PNG files beside it, made from its record alone."""

from collections.abc import Iterator
from pathlib import Path

from host.deployment_record import DEPLOYMENT, DeploymentRecord
from host.journal import replace_file
from host.report import deployment, quantity
from host.report.deployed import figures
from host.report.deployed.memory_picture import save_memory
from host.report.deployed.work import bars, board_works
from host.report.deployed.work_picture import save_boards, save_operators
from host.report.page import Chart, Page

PAGE = "report.html"
_MEMORY_NOTE = (
    "A tensor stands from the operator that writes it to the last one that reads it. Scratch is "
    "reserved once, for the operator that takes most."
)
_BOARDS_NOTE = "Instructions are exact counts of an emulator; nothing here is silicon's time."


def write_deployment(record: DeploymentRecord, *, folder: Path) -> tuple[Path, ...]:
    """Write report.html, the record and the PNG files; return their paths, the page first.

    Raises
    ------
    OSError
        The folder cannot be written.
    """
    path = folder / PAGE
    replace_file(path, page(record).encode())
    kept = folder / DEPLOYMENT
    replace_file(kept, record.model_dump_json(indent=2).encode() + b"\n")
    return (path, kept, *_pictures(record, folder))


def page(record: DeploymentRecord) -> str:
    """Return the report as one self-contained HTML page."""
    sheet = Page(title=title(record), subtitle=f"{record.core}, one slot at a time")
    sheet.cards(_key_figures(record))
    _add_memory(sheet, record)
    _add_work(sheet, record)
    others = board_works(record)
    if record.elsewhere:
        sheet.section("Boards", note=_BOARDS_NOTE)
        chart = Chart(caption="Work by kind of operator", figure=figures.board_work(others))
        sheet.panels([chart] if others else [])
        sheet.panels([deployment.boards_table(record)])
    sheet.section("Provenance")
    sheet.facts(_provenance(record))
    return sheet.html()


def title(record: DeploymentRecord) -> str:
    """Return what a report is called."""
    return f"{record.network} on {record.board}"


def _add_memory(sheet: Page, record: DeploymentRecord) -> None:
    bands = "" if record.bands is None else deployment.bands_line(record.bands, record.macs)
    sheet.section("Memory", note=bands)
    if record.memory is not None:
        drawn = figures.memory_over_time(record.memory)
        sheet.panels([Chart(caption="Memory over time", figure=drawn, note=_MEMORY_NOTE)])
    sheet.panels([deployment.memory_table(record), *deployment.overlap_tables(record)])


def _add_work(sheet: Page, record: DeploymentRecord) -> None:
    sheet.section("Time")
    shown = bars(record.cost)
    if shown:
        drawn = figures.operator_work(shown, kinds=_kinds(record))
        sheet.panels([Chart(caption="Work by operator", figure=drawn)])
    sheet.panels(
        [
            deployment.operator_table(record.cost),
            deployment.slot_table(record.cost, record.link, measured=record.energy),
        ]
    )


def _pictures(record: DeploymentRecord, folder: Path) -> Iterator[Path]:
    if record.memory is not None:
        yield save_memory(folder / "memory.png", record.memory, title=_of(record, "memory"))
    shown = bars(record.cost)
    if shown:
        yield save_operators(
            folder / "operators.png",
            shown,
            kinds=_kinds(record),
            title=_of(record, "instructions by operator"),
        )
    works = board_works(record)
    if len(works) > 1:
        yield save_boards(folder / "boards.png", works, title=f"{record.network} on boards")


def _of(record: DeploymentRecord, what: str) -> str:
    return f"{title(record)}: {what}"


def _kinds(record: DeploymentRecord) -> tuple[str, ...]:
    """Return the kinds of the bars, in the order in which they first run."""
    return tuple(dict.fromkeys(bar.kind for bar in bars(record.cost)))


def _key_figures(record: DeploymentRecord) -> Iterator[tuple[str, str]]:
    cost = record.cost
    if cost.instructions_per_slot is not None:
        yield quantity.count(cost.instructions_per_slot), "instructions a slot"
        if cost.macs_per_slot:
            each = quantity.number(cost.instructions_per_slot / cost.macs_per_slot)
            yield each, "instructions a multiply-accumulate"
    if cost.latency is not None:
        yield f"{quantity.number(1e3 * cost.latency.value)} ms", f"a slot, {cost.latency.method}"
    yield f"{quantity.kibibytes(cost.ram_bytes)} KiB", "RAM: agent, activations, scratch"
    yield f"{quantity.kibibytes(cost.flash_bytes)} KiB", "flash: agent and network"
    agreement = record.hardware.agreement
    if agreement is not None:
        counts = (quantity.count(n) for n in (agreement.num_unequal, agreement.num_values))
        yield " of ".join(counts), "outputs differ from the twin's"


def _provenance(record: DeploymentRecord) -> Iterator[tuple[str, str]]:
    hardware, inputs = record.hardware, record.inputs
    yield "image", hardware.image_hash
    yield "firmware", hardware.firmware_hash or quantity.ABSENT
    yield "stands for", hardware.stands_for or quantity.ABSENT
    shape = "×".join(str(side) for side in inputs.shape)
    yield "inputs", f"{inputs.num_slots} of int8 {shape}, uniformly random, seed {inputs.seed}"
