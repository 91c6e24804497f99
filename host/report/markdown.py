# SPDX-License-Identifier: Apache-2.0
"""Results as Markdown, for documents that quote them: generated from records, never typed."""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence

from channels.scenario import Scenario
from host.experiment import HOST, TWIN
from host.record import Band, Cost, Record
from host.report import quantity
from host.report.curves import Curve, scenarios
from host.report.learning.section import markdown_blocks
from host.report.required import TARGET_BLER, Standing, standings
from host.report.tables import (
    agreement,
    costly,
    snr_name,
    standing_cells,
    standing_note,
    unbracketed,
)

_RECEIVERS: Mapping[str, str] = {
    "perfect-csi": "perfect CSI",
    "lmmse": "LMMSE, told the statistics",
    "ls-linear": "LS, linear interpolation",
    "ls-nearest": "LS, nearest neighbour",
}
_NEURAL = "neural-"
_FEWER_SLOTS = "A board sees fewer slots than its twin; on those its LLRs are the twin's."


def markdown(records: Sequence[Record], contents: Mapping[str, Scenario]) -> str:
    """Return the standings of every scenario, its learners, and what a slot costs on each board.

    Parameters
    ----------
    records : sequence of Record
    contents : mapping of str to Scenario
        The scenarios by name, as far as they are there: what learners recover from is in them.
    """
    blocks: list[str] = []
    shown: list[tuple[str, ...]] = []
    for scenario in scenarios(records):
        found = sorted(standings(records, scenario=scenario), key=_need)
        if found:
            blocks += [f"Scenario `{scenario}`:", _standing_table(found, records)]
            blocks += [_FEWER_SLOTS] if _boards_see_fewer(records, scenario) else []
            shown += map(standing_cells, found)
    blocks += filter(None, [standing_note(shown), *markdown_blocks(records, contents)])
    blocks += _costs(records)
    return "\n\n".join(blocks) + "\n"


def _standing_table(found: Sequence[Standing], records: Sequence[Record]) -> str:
    name = snr_name(records, found[0].curve.scenario)
    head = (
        "receiver",
        "where",
        "slots a point",
        f"{name} at a block error rate of {TARGET_BLER:g} [dB]",
        "to perfect CSI [dB]",
        "over LS [dB]",
    )
    rows = [(*_place(s.curve, records), *standing_cells(s)) for s in found]
    lines = [f"| {' | '.join(cells)} |" for cells in (head, *rows)]
    return "\n".join((lines[0], "|---" * len(head) + "|", *lines[1:]))


def _need(standing: Standing) -> float:
    """Order by what is needed, those of which it cannot be told last."""
    value = standing.required.value
    value = unbracketed(standing.curve) if value is None else value
    return float("inf") if value is None else value


def _boards_see_fewer(records: Sequence[Record], scenario: str) -> bool:
    """Return whether boards saw fewer slots than their twins, and no LLR of theirs differed."""
    slots: Counter[tuple[str, str]] = Counter()
    unequal: list[int | None] = []
    for record in records:
        cell, hardware = record.cell, record.hardware
        if cell.scenario == scenario:
            slots[cell.receiver, cell.device] += record.num_slots
        if cell.scenario == scenario and hardware and cell.device not in {HOST, TWIN}:
            unequal.append(hardware.agreement.num_unequal if hardware.agreement else None)
    fewer = any(
        number < slots[receiver, TWIN]
        for (receiver, device), number in slots.items()
        if device not in {HOST, TWIN}
    )
    return fewer and bool(unequal) and not any(number != 0 for number in unequal)


def _place(curve: Curve, records: Sequence[Record]) -> tuple[str, str, str]:
    """Return the receiver, where it ran, and how many slots each of its points saw."""
    name, device = curve.receiver, curve.device
    place = (curve.scenario, name, device)
    there = [r for r in records if (r.cell.scenario, r.cell.receiver, r.cell.device) == place]
    is_network = any(record.provenance.weights_hash is not None for record in there)
    where = device if device in {HOST, TWIN} else f"`{device}`"
    arithmetic = "" if not is_network else ", float" if device == HOST else ", int8"
    slots: Counter[float] = Counter()
    for record in there:
        slots[record.cell.snr_db] += record.num_slots
    fewest, most = (quantity.count(pick(slots.values())) for pick in (min, max))
    shown = fewest if fewest == most else f"{fewest} to {most}"
    return _label(name), where + arithmetic, shown


def _label(receiver: str) -> str:
    """Return what readers know a receiver by; one's own keep their names."""
    if receiver.startswith(_NEURAL):
        return f"neural {receiver.removeprefix(_NEURAL).upper()}"
    return _RECEIVERS.get(receiver, f"`{receiver}`")


def _costs(records: Sequence[Record]) -> Iterator[str]:
    """Say in a sentence or two what one slot costs on each board."""
    for record in costly(records).values():
        cell, cost = record.cell, record.cost
        if cost is None or cell.device in {HOST, TWIN}:
            continue
        parts = "; ".join(part for part in (_measured(cost), _bands(record)) if part)
        yield (
            f"One slot of {_label(cell.receiver)} on `{cell.device}` takes {parts}. Of its LLRs "
            f"{agreement(record, records)} differ from the twin's."
        )


def _measured(cost: Cost) -> str:
    parts: list[str] = []
    if cost.macs_per_slot is not None:
        parts.append(f"{_millions(cost.macs_per_slot)} million multiply-accumulates")
    if cost.instructions_per_slot is not None:
        each = quantity.number(cost.instructions_per_slot / (cost.macs_per_slot or 1))
        more = f" ({each} each)" if cost.macs_per_slot else ""
        parts.append(f"{_millions(cost.instructions_per_slot)} million instructions{more}")
    if cost.ram_bytes is not None:
        parts.append(f"{cost.ram_bytes / 1024:.0f} KiB of RAM")
    if cost.flash_bytes is not None:
        parts.append(f"{cost.flash_bytes / 1024:.0f} KiB of flash")
    return ", ".join(parts)


def _bands(record: Record) -> str:
    modelled = record.cost.latency if record.cost else None
    latency = [_band(modelled, unit="ms")] if modelled is not None else []
    return ", ".join((*latency, *(_band(band, unit="mJ") for band in record.energy.values())))


def _band(band: Band, *, unit: str) -> str:
    value, low, high = (quantity.number(1e3 * x) for x in (band.value, band.low, band.high))
    return f"{value} {unit} ({low} to {high}, {band.method})"


def _millions(value: int) -> str:
    return f"{value / 1e6:.2f}"
