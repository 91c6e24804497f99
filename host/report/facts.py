# SPDX-License-Identifier: Apache-2.0
"""What the report says of itself: key figures for the first look, provenance for the last."""

from collections.abc import Iterable, Iterator, Sequence

from host.experiment import HOST, TWIN, Metric
from host.record import Record
from host.report import quantity
from host.report.curves import PERFECT_CSI, scenarios
from host.report.required import TARGET_BLER, Estimate, Standing, standings
from host.report.tables import Row, Table, costly, snr_name

Fact = tuple[str, str]

_RECORD_HEAD = (
    "trial",
    "scenario",
    "receiver",
    "device",
    "SNR [dB]",
    "seed",
    "slots",
    "ended by",
    "BER",
    "BLER",
    "Merkle root",
)


def key_figures(records: Sequence[Record]) -> tuple[Fact, ...]:
    """Return the figures a reader looks for first: (value with unit, what it is)."""
    return (*_accuracy(records), *_expense(records), _extent(records))


def provenance(records: Sequence[Record]) -> tuple[Fact, ...]:
    """Return what is needed to measure the records again: (name, value)."""
    sources = [record.provenance for record in records]
    versions = {name: version for source in sources for name, version in source.versions.items()}
    starts = sorted(record.run.started for record in records)
    return (
        ("experiment", _distinct(f"{s.experiment} {s.experiment_hash}" for s in sources)),
        ("scenario", _distinct(f"{r.cell.scenario} {r.provenance.scenario_hash}" for r in records)),
        ("code", _distinct(source.code_version for source in sources)),
        ("git commit", _distinct(record.run.git_commit or quantity.ABSENT for record in records)),
        ("weights", _distinct(_weights(records))),
        *_hardware(records),
        ("versions", ", ".join(f"{k} {v or quantity.ABSENT}" for k, v in versions.items())),
        ("seeds", _distinct(str(record.cell.seed) for record in records)),
        ("started", f"{starts[0]} to {starts[-1]}"),
        ("machine", _distinct(record.run.host for record in records)),
    )


def record_table(records: Sequence[Record]) -> Table:
    """Tabulate every record: its cell, its figures, and the hash of the data behind it."""
    return Table(
        caption=f"All {len(records)} records",
        head=_RECORD_HEAD,
        rows=tuple(_record_row(record) for record in records),
    )


def _accuracy(records: Sequence[Record]) -> Iterator[Fact]:
    scenario = scenarios(records)[0]
    found = standings(records, scenario=scenario)
    trained = {r.cell.receiver for r in records if r.provenance.weights_hash is not None}
    networks = [s for s in found if s.curve.device != HOST] or [
        s for s in found if s.curve.receiver in trained
    ]
    if not networks:
        return
    chosen = max(reversed(networks), key=_num_events)
    where = (
        f"{chosen.curve.label}, {scenario}, {snr_name(records, scenario)} at BLER {TARGET_BLER:g}"
    )
    yield from _gaps(chosen, where)


def _num_events(standing: Standing) -> int:
    return sum(point.n for point in standing.curve.points)


def _gaps(standing: Standing, where: str) -> Iterator[Fact]:
    gap, gain = standing.gap_to_perfect_csi, standing.gain_over_least_squares
    if gap.value is not None:
        yield f"{gap.value:.2f} dB", f"from {PERFECT_CSI}{_ends(gap)}: {where}"
    if gain.value is not None:
        yield f"{gain.value:.2f} dB", f"better than least squares{_ends(gain)}, likewise"


def _ends(estimate: Estimate) -> str:
    if estimate.low is None and estimate.high is None:
        return ""
    return f" (95 %: {quantity.decibel(estimate.low)} to {quantity.decibel(estimate.high)})"


def _expense(records: Sequence[Record]) -> Iterator[Fact]:
    boards = {k: r for k, r in costly(records).items() if r.cell.device not in {HOST, TWIN}}
    for name, record in list(boards.items())[:1]:
        cost, hardware = record.cost, record.hardware
        if cost is not None and cost.latency is not None:
            yield f"{quantity.number(1e3 * cost.latency.value)} ms", f"a slot on {name}, modelled"
        for profile, band in list(record.energy.items())[:1]:
            how = band.method.partition(":")[0]
            yield f"{quantity.number(1e6 * band.value)} µJ", f"a slot on {profile}, {how}"
        agreement = hardware.agreement if hardware else None
        if agreement is not None:
            unequal, compared = _agreement_over(records, record.cell.device)
            yield (
                f"{quantity.count(unequal)} of {quantity.count(compared)}",
                f"outputs of {record.cell.device} differ from its twin's",
            )


def _agreement_over(records: Sequence[Record], device: str) -> tuple[int, int]:
    hardware = (record.hardware for record in records if record.cell.device == device)
    found = [h.agreement for h in hardware if h is not None and h.agreement is not None]
    return sum(a.num_unequal for a in found), sum(a.num_values for a in found)


def _extent(records: Sequence[Record]) -> Fact:
    slots = quantity.count(sum(record.num_slots for record in records))
    return f"{slots} slots", f"in {len(records)} trials"


def _hardware(records: Sequence[Record]) -> Iterator[Fact]:
    used = {r.cell.device: r.hardware for r in records if r.hardware is not None}
    for device, hardware in used.items():
        if hardware.firmware_hash is not None:
            yield f"firmware of {device}", hardware.firmware_hash
        yield f"image on {device}", hardware.image_hash


def _weights(records: Iterable[Record]) -> Iterator[str]:
    for record in records:
        if record.provenance.weights_hash is not None:
            yield f"{record.cell.receiver} {record.provenance.weights_hash}"


def _distinct(values: Iterable[str]) -> str:
    return ", ".join(dict.fromkeys(values)) or quantity.ABSENT


def _record_row(record: Record) -> Row:
    cell = record.cell
    return (
        record.trial_id[:10],
        cell.scenario,
        cell.receiver,
        cell.device,
        f"{cell.snr_db:g}",
        str(cell.seed),
        str(record.num_slots),
        record.stopped_by,
        _figure(record, Metric.BER),
        _figure(record, Metric.BLER),
        record.provenance.merkle_root[:10],
    )


def _figure(record: Record, metric: Metric) -> str:
    measured = record.metrics.get(metric)
    return quantity.ABSENT if measured is None else quantity.measured(measured)
