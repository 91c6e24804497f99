# SPDX-License-Identifier: Apache-2.0
"""What happened to each learner, and when: a lane of marks under the error rates."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import get_args

from host.record import Record
from host.report.curves import Curve
from receivers.learning.event_kind import EventKind

KINDS: tuple[EventKind, ...] = get_args(EventKind)
"""Everything that can happen, in the order of legends."""

WORDS: Mapping[EventKind, str] = {
    "drift": "drift found",
    "settled": "settled",
    "rolled back": "rolled back",
    "vetoed": "update vetoed",
    "recalled": "weights recalled",
    "deeper": "trains more layers",
}
"""What legends say."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Mark:
    """How a kind of event is drawn: the symbols of Plotly and of matplotlib, and whether filled."""

    symbol: str
    marker: str
    is_filled: bool


MARKS: Mapping[EventKind, Mark] = {
    "drift": Mark(symbol="triangle-up", marker="^", is_filled=True),
    "settled": Mark(symbol="circle", marker="o", is_filled=True),
    "rolled back": Mark(symbol="x-thin-open", marker="x", is_filled=True),
    "vetoed": Mark(symbol="square-open", marker="s", is_filled=False),
    "recalled": Mark(symbol="diamond", marker="D", is_filled=True),
    "deeper": Mark(symbol="line-ns-open", marker="|", is_filled=True),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class EventLane:
    """The events of one learner on one device at one SNR, of the first seed.

    Parameters
    ----------
    curve : Curve
        Whose they are; without points.
    snr_db : float [dB]
    slots : mapping of EventKind to tuple of int
        When each kind of event happened; kinds that did not are left out.
    """

    curve: Curve
    snr_db: float
    slots: Mapping[EventKind, tuple[int, ...]]


def event_lanes(records: Sequence[Record]) -> tuple[EventLane, ...]:
    """Return a lane for each learner, device and SNR of one scenario, in the records' order.

    None where nothing happened to anybody: the device's own learner has no events to tell.
    """
    first: dict[tuple[str, str, float], Record] = {}
    for record in sorted(records, key=lambda r: r.cell.seed):
        if record.learning is not None:
            cell = record.cell
            first.setdefault((cell.receiver, cell.device, cell.snr_db), record)
    kept = {id(record) for record in first.values()}
    lanes = tuple(_lane(record) for record in records if id(record) in kept)
    return lanes if any(lane.slots for lane in lanes) else ()


def kinds_in(lanes: Sequence[EventLane]) -> tuple[EventKind, ...]:
    """Return the kinds of events that happened in any lane, in the order of legends."""
    return tuple(kind for kind in KINDS if any(kind in lane.slots for lane in lanes))


def _lane(record: Record) -> EventLane:
    cell, events = record.cell, record.learning.events if record.learning else ()
    slots: dict[EventKind, tuple[int, ...]] = {
        kind: tuple(event.slot for event in events if event.kind == kind) for kind in KINDS
    }
    return EventLane(
        curve=Curve(scenario=cell.scenario, receiver=cell.receiver, device=cell.device, points=()),
        snr_db=cell.snr_db,
        slots={kind: when for kind, when in slots.items() if when},
    )
