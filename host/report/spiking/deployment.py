# SPDX-License-Identifier: Apache-2.0
"""The tables of a spiking deployment: layers, recordings, what one costs, and other boards."""

from collections.abc import Iterator

from host.record import Band
from host.report import quantity
from host.report.deployment import memory_use_table
from host.report.tables import Row, Table
from host.spiking.deployment_record import (
    LayerCost,
    RecordingCost,
    ShownRecording,
    SpikingDeploymentRecord,
    SpikingElsewhere,
)
from sim.estimate import ErrorRate

MAX_ROWS = 40
_WHOLE = "whole network"
_HEADINGS = "Real time: latency over the duration. Differ: recordings that are not as by the twin"


def tables(record: SpikingDeploymentRecord) -> tuple[Table, ...]:
    """Return all tables but that of the boards, in the order in which they are read."""
    return (
        *recording_tables(record),
        layer_table(record),
        memory_table(record),
        cost_table(record),
    )


def layer_table(record: SpikingDeploymentRecord) -> Table:
    """Tabulate what each layer does for a recording, and what all of them do."""
    layers, cost = record.layers, record.cost
    total = (
        _WHOLE,
        "",
        "",
        "",
        quantity.number(sum(one.spikes for one in layers)),
        _whole(cost.synops),
        quantity.count(sum(one.saturations for one in layers)),
        _whole(cost.instructions),
        quantity.number(cost.instructions_per_synop),
    )
    return Table(
        caption="Layers, one recording",
        head=(
            "layer",
            "from, to",
            "weights [bit]",
            "events",
            "spikes",
            "SynOps",
            "saturations",
            "instructions",
            "per SynOp",
        ),
        rows=(*map(_layer_row, layers), total),
        note=f"Means of {len(record.recordings)} recordings; saturations are those of all. A SynOp "
        "is a weight added. Instructions of a layer are counted in runs of their own, and leave "
        "out what is spent between layers.",
    )


def recording_tables(record: SpikingDeploymentRecord) -> tuple[Table, ...]:
    """Tabulate what the board made of each recording, and how many it told right."""
    shown = record.recordings[:MAX_ROWS]
    more = len(record.recordings) - len(shown)
    each = Table(
        caption="Recordings",
        head=("class", "told", "by float", "events", "SynOps", "instructions", "unlike the twin"),
        rows=tuple(map(_recording_row, shown)),
        note=f"And {more} more." if more else "",
    )
    return (each, *_accuracy_tables(record))


def memory_table(record: SpikingDeploymentRecord) -> Table:
    """Tabulate who takes which memory, and how much there is."""
    return memory_use_table(record.cost, record.arena, held="states and events")


def cost_table(record: SpikingDeploymentRecord) -> Table:
    """Tabulate time and energy of one recording, each with its method, and the use of the link."""
    cost = record.cost
    duration = f"{quantity.number(1e-3 * record.duration_us)} ms"
    factor = cost.real_time_factor(record.duration_us)
    bands = [
        ("latency [ms]", cost.latency, 1e3),
        (f"real-time factor: latency over {duration}", factor, 1.0),
        *(("energy [µJ]", one, 1e6) for one in cost.energy.values()),
    ]
    how = "counted" if cost.instructions is not None else "not counted"
    rows: list[Row] = [
        ("instructions, mean", _whole(cost.instructions), how),
        ("instructions, most", quantity.count(cost.most_instructions), how),
        ("instructions a SynOp", quantity.number(cost.instructions_per_synop), how),
    ]
    rows += [_band_row(what, band, factor=scale) for what, band, scale in bands if band]
    rows.append(("link, framed [byte]", _whole(cost.framed_bytes), "counted, mean"))
    return Table(caption="One recording", head=("what", "value", "method"), rows=tuple(rows))


def boards_table(record: SpikingDeploymentRecord) -> Table:
    """Tabulate what the recordings cost on this board and the others.

    Boards that could not run them stand there with a dash, and the note says why.
    """
    here = SpikingElsewhere(
        board=record.board, core=record.core, cost=record.cost, num_unequal=record.num_unequal
    )
    shown = (here, *record.elsewhere)
    said = [f"{one.board}: {one.problem}" for one in shown if one.problem]
    said += [
        f"{one.board}: {one.cost.latency.method}" for one in shown if one.cost and one.cost.latency
    ]
    return Table(
        caption="Boards, one recording",
        head=(
            "board",
            "core",
            "instructions",
            "per SynOp",
            "RAM [KiB]",
            "flash [KiB]",
            "latency [ms]",
            "real time",
            "energy [µJ]",
            "differ",
        ),
        rows=tuple(_board_row(one, record) for one in shown),
        note=". ".join((_HEADINGS, *said)),
    )


def agreement_line(record: SpikingDeploymentRecord) -> str:
    """Say whether the board computed what its twin does."""
    agreement = record.hardware.agreement
    values = quantity.count(agreement.num_values if agreement else None)
    unequal = quantity.count(agreement.num_unequal if agreement else None)
    return (
        f"{record.board} against its twin: {quantity.count(record.num_unequal)} of "
        f"{quantity.count(len(record.recordings))} recordings differ, {unequal} of {values} scores "
        "and tallies"
    )


def origin_line(record: SpikingDeploymentRecord) -> str:
    """Say what runs: its time step, where that comes from, and what made integers of it."""
    origin, data = record.origin, record.data
    step = f"{quantity.number(1e-3 * record.dt_us)} ms"
    for one in origin.mappings:
        step += f", mapped from {quantity.number(1e-3 * one.from_dt_us)} ms by {one.method}"
    parts = (data.quantized_with, data.shown)
    with_, shown = (f"{quantity.count(one.num_recordings)}{_of(one.split)}" for one in parts)
    return (
        f"{record.network} in steps of {step}; weights of {record.weight_bits} bits, quantized "
        f"with {with_} recordings of {data.name}, {shown} shown"
    )


def _of(split: str | None) -> str:
    return "" if split is None else f" {split}"


def _layer_row(layer: LayerCost) -> Row:
    per_synop = layer.instructions / layer.synops if layer.instructions and layer.synops else None
    return (
        layer.name,
        f"{layer.num_inputs}, {layer.num_outputs}",
        str(layer.weight_bits),
        quantity.number(layer.events),
        quantity.number(layer.spikes),
        _whole(layer.synops),
        quantity.count(layer.saturations),
        _whole(layer.instructions),
        quantity.number(per_synop),
    )


def _recording_row(one: ShownRecording) -> Row:
    return (
        quantity.ABSENT if one.label is None else one.label,
        one.told,
        one.told_by_float,
        quantity.count(one.events),
        quantity.count(one.synops),
        quantity.count(one.instructions),
        quantity.count(one.num_unequal),
    )


def _accuracy_tables(record: SpikingDeploymentRecord) -> Iterator[Table]:
    """Yield how many recordings were told right, if the class of any is known."""
    known = record.labelled
    if not known:
        return
    right = {
        record.board: sum(one.told == one.label for one in known),
        "float network": sum(one.told_by_float == one.label for one in known),
    }
    otherwise = sum(one.told != one.told_by_float for one in record.recordings)
    yield Table(
        caption=f"Told right, of {len(known)} recordings",
        head=("by", "right", "accuracy [%]"),
        rows=tuple((by, str(number), _share(number, len(known))) for by, number in right.items()),
        note=f"In brackets: 95 % interval (Clopper-Pearson). {otherwise} of "
        f"{len(record.recordings)} recordings are told otherwise by the board than by the float "
        "network.",
    )


def _share(number: int, in_all: int) -> str:
    low, high = ErrorRate(errors=number, n=in_all).interval()
    return f"{100 * number / in_all:.1f} ({100 * low:.1f} to {100 * high:.1f})"


def _band_row(what: str, band: Band, *, factor: float) -> Row:
    return (what, quantity.band(band, factor=factor), band.method)


def _board_row(one: SpikingElsewhere, record: SpikingDeploymentRecord) -> Row:
    cost = one.cost or RecordingCost(synops=0)
    energy = next(iter(cost.energy.values()), None)
    factor = cost.real_time_factor(record.duration_us)
    return (
        one.board,
        one.core,
        _whole(cost.instructions),
        quantity.number(cost.instructions_per_synop),
        quantity.kibibytes(cost.ram_bytes),
        quantity.kibibytes(cost.flash_bytes),
        quantity.number(1e3 * cost.latency.value if cost.latency else None),
        quantity.number(factor.value if factor else None),
        quantity.number(1e6 * energy.value if energy else None),
        quantity.count(one.num_unequal),
    )


def _whole(value: float | None) -> str:
    return quantity.count(None if value is None else round(value))
