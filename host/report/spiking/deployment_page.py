# SPDX-License-Identifier: Apache-2.0
"""The report of a spiking deployment: one page, made from its record alone."""

from collections.abc import Iterator
from pathlib import Path

from host.deployment_record import DEPLOYMENT
from host.journal import replace_file
from host.report import quantity
from host.report.deployed.writing import PAGE
from host.report.page import Page
from host.report.spiking import deployment
from host.spiking.deployment_record import SpikingDeploymentRecord


def write_deployment(record: SpikingDeploymentRecord, *, folder: Path) -> tuple[Path, ...]:
    """Write report.html and the record; return their paths, the page first.

    Raises
    ------
    OSError
        The folder cannot be written.
    """
    path, kept = folder / PAGE, folder / DEPLOYMENT
    replace_file(path, page(record).encode())
    replace_file(kept, record.model_dump_json(indent=2).encode() + b"\n")
    return (path, kept)


def page(record: SpikingDeploymentRecord) -> str:
    """Return the report as one self-contained HTML page."""
    title = f"{record.network} on {record.board}"
    sheet = Page(title=title, subtitle=f"{record.core}; {deployment.origin_line(record)}")
    sheet.cards(_key_figures(record))
    for table in deployment.tables(record):
        sheet.panels([table])
    if record.elsewhere:
        sheet.section("Boards")
        sheet.panels([deployment.boards_table(record)])
    sheet.section("Provenance")
    sheet.facts(_provenance(record))
    return sheet.html()


def _key_figures(record: SpikingDeploymentRecord) -> Iterator[tuple[str, str]]:
    cost = record.cost
    if cost.instructions is not None:
        yield quantity.count(round(cost.instructions)), "instructions a recording"
        yield quantity.number(cost.instructions_per_synop), "instructions a synaptic operation"
    factor = cost.real_time_factor(record.duration_us)
    if cost.latency is not None and factor is not None:
        yield f"{quantity.number(1e3 * cost.latency.value)} ms", cost.latency.method
        yield f"{quantity.number(factor.value)}", "latency over the duration of a recording"
    yield f"{quantity.kibibytes(cost.ram_bytes)} KiB", "RAM: agent, states, events"
    yield f"{quantity.kibibytes(cost.flash_bytes)} KiB", "flash: agent and network"
    known = record.labelled
    if known:
        right = sum(one.told == one.label for one in known)
        yield f"{right} of {len(known)}", "recordings told right"
    yield f"{record.num_unequal} of {len(record.recordings)}", "recordings differ from the twin"


def _provenance(record: SpikingDeploymentRecord) -> Iterator[tuple[str, str]]:
    hardware, data = record.hardware, record.data
    yield "network", f"{record.origin.file}, SHA-256 {record.origin.sha256}"
    yield "image", hardware.image_hash
    yield "firmware", hardware.firmware_hash or quantity.ABSENT
    yield "stands for", hardware.stands_for or quantity.ABSENT
    seed = f", drawn with seed {data.seed}"
    for what, part, how in (
        ("quantized with", data.quantized_with, ""),
        ("shown", data.shown, seed),
    ):
        split = "" if part.split is None else f", split {part.split}"
        told = f"{part.num_recordings} recordings of {data.name}{split}{how}"
        yield what, f"{told}, SHA-256 {part.digest}"
