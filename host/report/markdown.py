# SPDX-License-Identifier: Apache-2.0
"""Results as Markdown, for documents that quote them: generated from records, never typed."""

import re
from collections.abc import Iterator, Mapping, Sequence

from host.experiment import HOST, TWIN
from host.record import Band, Cost, Record
from host.report import quantity
from host.report.curves import Curve, scenarios
from host.report.paired import METHOD
from host.report.required import TARGET_BLER, Standing, standings
from host.report.tables import agreement, costly, snr_name, standing_cells

_RECEIVERS: Mapping[str, str] = {
    "perfect-csi": "perfect CSI",
    "lmmse": "LMMSE, told the statistics",
    "ls-linear": "LS, linear interpolation",
    "ls-nearest": "LS, nearest neighbour",
}
_NEURAL = "neural-"
_INTERVAL = re.compile(r"\d \(")
_FEWER = "A board may see fewer slots than its twin, and fewer points: rows differ by that."


def markdown(records: Sequence[Record]) -> str:
    """Return the standings of every scenario and what a slot costs on each board."""
    blocks: list[str] = []
    for scenario in scenarios(records):
        table = _standing_table(records, scenario)
        blocks += [f"Scenario `{scenario}`:", table] if table else []
    told = "\n".join(blocks)
    blocks += [METHOD] if _INTERVAL.search(told) else []
    blocks += [_FEWER] if "| twin, int8" in told and "`, int8" in told else []
    blocks += [text for text in map(str.strip, _costs(records)) if text]
    return "\n\n".join(blocks) + "\n"


def _standing_table(records: Sequence[Record], scenario: str) -> str:
    found = sorted(standings(records, scenario=scenario), key=_need)
    name = snr_name(records, scenario)
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
    return "\n".join((lines[0], "|---" * len(head) + "|", *lines[1:])) if rows else ""


def _need(standing: Standing) -> float:
    """Order by what is needed, those without a crossing last."""
    value = standing.required.value
    return float("inf") if value is None else value


def _place(curve: Curve, records: Sequence[Record]) -> tuple[str, str, str]:
    """Return the receiver, where it ran, and how many slots each of its points saw."""
    name, device = curve.receiver, curve.device
    alike = [r for r in records if r.cell.receiver == name]
    is_network = any(record.provenance.weights_hash is not None for record in alike)
    where = device if device in {HOST, TWIN} else f"`{device}`"
    arithmetic = "" if not is_network else ", float" if device == HOST else ", int8"
    slots: dict[float, int] = {}
    for record in records:
        cell = record.cell
        if (cell.scenario, cell.receiver, cell.device) == (curve.scenario, name, device):
            slots[cell.snr_db] = slots.get(cell.snr_db, 0) + record.num_slots
    fewest, most = (quantity.count(pick(slots.values())) for pick in (min, max))
    shown = fewest if fewest == most else f"{fewest} to {most}"
    return _RECEIVERS.get(name, _network_name(name)), where + arithmetic, shown


def _network_name(receiver: str) -> str:
    """Return how a shipped size is called; one's own network has its own name."""
    if not receiver.startswith(_NEURAL):
        return receiver
    return f"neural {receiver.removeprefix(_NEURAL).upper()}"


def _costs(records: Sequence[Record]) -> Iterator[str]:
    """Say in a sentence or two what one slot costs on each board."""
    for record in costly(records).values():
        cell, cost = record.cell, record.cost
        if cost is None or cell.device in {HOST, TWIN}:
            continue
        parts = "; ".join(part for part in (_measured(cost), _modelled(cost)) if part)
        yield (
            f"One slot of {_network_name(cell.receiver)} on `{cell.device}` takes {parts}. "
            f"Of its LLRs {agreement(record, records)} differ from the twin's."
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


def _modelled(cost: Cost) -> str:
    latency = [_band(cost.latency, unit="ms")] if cost.latency is not None else []
    return ", ".join((*latency, *(_band(band, unit="mJ") for band in cost.energy.values())))


def _band(band: Band, *, unit: str) -> str:
    value, low, high = (quantity.number(1e3 * x) for x in (band.value, band.low, band.high))
    return f"{value} {unit} ({low} to {high}, {band.method})"


def _millions(value: int) -> str:
    return f"{value / 1e6:.2f}"
