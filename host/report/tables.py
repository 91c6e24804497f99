# SPDX-License-Identifier: Apache-2.0
"""The tables of a report: the same rows on the terminal and on the page."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from statistics import median

import numpy as np

from host.experiment import Metric
from host.record import Cost, OperatorCost, Record
from host.report import quantity
from host.report.crossing import crossings
from host.report.curves import LEAST_SQUARES, PERFECT_CSI, SNR_NAMES, Curve, Point, curves
from host.report.paired import METHOD
from host.report.required import TARGET_BLER, Standing, standings

Row = tuple[str, ...]

_ONE_SIDE = (
    "Where > or < stands, every point is above or below "
    f"{TARGET_BLER:g}: the crossing lies beyond them."
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Table:
    """A caption, headings with their units, and cells that are text already."""

    caption: str
    head: Row
    rows: tuple[Row, ...]
    note: str = ""


def error_table(records: Sequence[Record], *, scenario: str) -> Table:
    """Tabulate the error rate of every receiver, a row an SNR: BLER, without a code BER."""
    metric = Metric.BLER if curves(records, metric=Metric.BLER, scenario=scenario) else Metric.BER
    drawn = curves(records, metric=metric, scenario=scenario)
    grid = sorted({point.snr_db for curve in drawn for point in curve.points})
    rows = tuple((f"{snr_db:g}", *_values(drawn, snr_db)) for snr_db in grid)
    bounded = any(cell.startswith("<") for row in rows for cell in row)
    return Table(
        caption=f"{metric.upper()} over {snr_name(records, scenario)} [dB]",
        head=("dB", *(curve.label for curve in drawn)),
        rows=rows,
        note="<: no error seen; the upper end of the 95 % interval." if bounded else "",
    )


def standing_table(records: Sequence[Record], *, scenario: str) -> Table:
    """Tabulate the SNR that each receiver needs, and how far that is from the anchors."""
    found = standings(records, scenario=scenario)
    name = snr_name(records, scenario)
    cells = [standing_cells(standing) for standing in found]
    drawn = [standing.curve for standing in found]
    return Table(
        caption=f"{name} [dB] at a block error rate of {TARGET_BLER:g}",
        head=("receiver", "needs", "to perfect CSI", "over LS"),
        rows=tuple((curve.label, *row) for curve, row in zip(drawn, cells, strict=True)),
        note=f"{standing_note(cells)} {missing_anchors(drawn)}".strip(),
    )


def standing_cells(standing: Standing) -> Row:
    """Write what a receiver needs [dB], its gap to perfect CSI and its gain over least squares."""
    return (
        _beyond(standing.curve) or quantity.decibels(standing.required),
        quantity.decibels(standing.gap_to_perfect_csi),
        quantity.decibels(standing.gain_over_least_squares),
    )


def standing_note(cells: Iterable[Row]) -> str:
    """Explain the marks that stand in cells of standings; empty where there are none."""
    text = " ".join(cell for row in cells for cell in row)
    said = [METHOD] if "(" in text else []
    said += [_ONE_SIDE] if "<" in text or ">" in text else []
    return " ".join(said)


def unbracketed(curve: Curve) -> float | None:
    """Return infinity where all points are above the target, minus infinity where all are below.

    None for a curve that crosses it, or of which nothing can be said.
    """
    rates = np.array([point.value or 0.5 / point.n for point in curve.points])
    found = float(crossings([p.snr_db for p in curve.points], rates, target=TARGET_BLER))
    return found if np.isinf(found) else None


def cost_table(records: Sequence[Record]) -> Table:
    """Tabulate what one slot costs: a column for each network and device that can tell."""
    known = costly(records)
    costs = [record.cost or Cost() for record in known.values()]
    names = dict.fromkeys(name for record in known.values() for name in record.energy)
    energies = tuple(
        (f"energy, {name} [µJ]", *(_energy(record, name=name) for record in known.values()))
        for name in names
    )
    rows = (
        _row("multiply-accumulates", costs, lambda cost: quantity.count(cost.macs_per_slot)),
        _row("instructions", costs, lambda cost: quantity.count(cost.instructions_per_slot)),
        _row("instructions per MAC", costs, lambda cost: quantity.number(_per_mac(cost))),
        _row("latency [ms]", costs, lambda cost: quantity.band(cost.latency, factor=1e3)),
        *(energies or (("energy [µJ]", *(quantity.ABSENT for _ in costs)),)),
        _row("RAM [KiB]", costs, lambda c: _of(c.ram_bytes, c.ram_capacity_bytes)),
        _row("flash [KiB]", costs, lambda c: _of(c.flash_bytes, c.flash_capacity_bytes)),
        _row("data over the link [byte]", costs, lambda c: quantity.count(c.link_bytes_per_slot)),
        ("share of the bare port", *(_link_share(record, records) for record in known.values())),
        (
            "LLRs that differ from the twin's",
            *(agreement(record, records) for record in known.values()),
        ),
    )
    return Table(
        caption="What one slot costs",
        head=("", *known),
        rows=rows if known else (),
        note=_methods(known.values()),
    )


def costly(records: Sequence[Record]) -> Mapping[str, Record]:
    """Return one record for each compiled network, device and scenario, by its name."""
    several = len({record.cell.scenario for record in records}) > 1
    found: dict[str, Record] = {}
    for record in records:
        if record.hardware is not None:
            name = f"{record.cell.receiver} · {record.cell.device}"
            found.setdefault(f"{name} · {record.cell.scenario}" if several else name, record)
    return found


def operator_costs(records: Sequence[Record]) -> Mapping[str, Sequence[OperatorCost]]:
    """Return the operators of each network and device that counted instructions."""
    return {
        name: record.cost.operators
        for name, record in costly(records).items()
        if record.cost
        and any(operator.instructions is not None for operator in record.cost.operators)
    }


def agreement(record: Record, records: Sequence[Record]) -> str:
    """Write how many outputs of a network on a device differ from its twin's, in all records."""
    found = [
        other.hardware.agreement
        for other in _alike(record, records)
        if other.hardware and other.hardware.agreement
    ]
    if not found:
        return quantity.ABSENT
    unequal = sum(agreement.num_unequal for agreement in found)
    compared = sum(agreement.num_values for agreement in found)
    return f"{quantity.count(unequal)} of {quantity.count(compared)}"


def snr_name(records: Sequence[Record], scenario: str) -> str:
    """Return what the SNR axis of a scenario is called."""
    kinds = (record.cell.snr_kind for record in records if record.cell.scenario == scenario)
    return SNR_NAMES[next(kinds, "snr_db")]


def missing_anchors(drawn: Sequence[Curve]) -> str:
    """Say which of the anchors were not measured; empty when both are there."""
    there = {curve.receiver for curve in drawn}
    missing = [] if there & set(LEAST_SQUARES) else ["least squares (ls-linear)"]
    missing += [] if PERFECT_CSI in there else [f"perfect CSI ({PERFECT_CSI})"]
    if not missing:
        return ""
    return f"Not measured here: {' and '.join(missing)}. Add to receivers to see the anchors."


def _beyond(curve: Curve) -> str:
    """Write on which side of all its points a curve needs its SNR; empty where it crosses."""
    side = unbracketed(curve)
    if side is None:
        return ""
    last, first = (quantity.decibel(curve.points[i].snr_db) for i in (-1, 0))
    return f">{last}" if side > 0 else f"<{first}"


def _values(drawn: Sequence[Curve], snr_db: float) -> Row:
    at = ({point.snr_db: point for point in curve.points} for curve in drawn)
    return tuple(_value(points.get(snr_db)) for points in at)


def _value(point: Point | None) -> str:
    if point is None:
        return quantity.ABSENT
    if point.value == 0 and point.high is not None:
        return f"<{quantity.number(point.high, digits=2)}"
    return quantity.number(point.value, digits=2)


def _row(what: str, costs: Sequence[Cost], tell: Callable[[Cost], str]) -> Row:
    return (what, *(tell(cost) for cost in costs))


def _energy(record: Record, *, name: str) -> str:
    return quantity.band(record.energy.get(name), factor=1e6)


def _per_mac(cost: Cost) -> float | None:
    if cost.instructions_per_slot is None or not cost.macs_per_slot:
        return None
    return cost.instructions_per_slot / cost.macs_per_slot


def _of(used: int | None, capacity: int | None) -> str:
    text = quantity.kibibytes(used)
    return text if capacity is None else f"{text} of {quantity.kibibytes(capacity)}"


def _alike(record: Record, records: Sequence[Record]) -> list[Record]:
    """Return the records of the same network on the same device in the same scenario."""
    place = (record.cell.scenario, record.cell.receiver, record.cell.device)
    return [r for r in records if (r.cell.scenario, r.cell.receiver, r.cell.device) == place]


def _link_share(record: Record, records: Sequence[Record]) -> str:
    """Return the median of the records: each is a timing on a machine that does other things."""
    links = [other.run.link for other in _alike(record, records)]
    shares = [link.utilisation for link in links if link and link.utilisation is not None]
    return quantity.percent(median(shares) if shares else None)


def _methods(records: Iterable[Record]) -> str:
    told = list(records)
    latencies = (record.cost.latency if record.cost else None for record in told)
    bands = (*latencies, *(band for record in told for band in record.energy.values()))
    methods = dict.fromkeys(band.method for band in bands if band is not None)
    return f"Methods: {', '.join(methods)}." if methods else ""
