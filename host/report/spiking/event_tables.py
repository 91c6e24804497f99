# SPDX-License-Identifier: Apache-2.0
"""A set of events in words and tables: what it is, what it holds, and what was mended."""

from dataclasses import asdict

from pydantic import JsonValue
from pydantic_core import to_jsonable_python

from host.report import quantity
from host.report.tables import Row, Table
from host.spiking.opening import Opened
from snn.events.description import Description, Share
from snn.events.event_set import EventSet
from snn.events.repair import Repaired

MAX_ROWS = 40


def set_table(opened: Opened, events: EventSet, told: Description) -> Table:
    """Tabulate what a set is, a row a figure."""
    dt_us = opened.origin.dt_us
    rows = (
        ("kind", opened.kind),
        ("name", events.name or quantity.ABSENT),
        ("sensor", " x ".join(map(str, events.sensor_shape))),
        ("recordings", quantity.count(told.num_recordings)),
        ("events", quantity.count(told.num_events)),
        ("events of a recording: median, most", _pair(told.median_events, told.max_events)),
        ("last event [ms]: median, latest", _milliseconds(told)),
        ("window [ms]", quantity.number(events.duration_us * 1e-3)),
        ("events beyond the window", quantity.percent(told.share_beyond)),
        ("events a second and channel", quantity.number(told.events_per_channel_s)),
        ("channels without an event", quantity.count(told.num_silent_channels)),
        ("time step", "none, as they happened" if dt_us is None else f"{dt_us} us"),
        ("source", opened.origin.source or quantity.ABSENT),
        ("SHA-256 of the source", opened.origin.sha256 or quantity.ABSENT),
    )
    return Table(caption="Events", head=("what", "value"), rows=rows)


def share_table(shares: tuple[Share, ...], *, kind: str) -> Table:
    """Tabulate classes or groups; a long list is cut, and says so."""
    rows = tuple(
        (
            share.name or quantity.ABSENT,
            quantity.count(share.num_recordings),
            quantity.number(share.median_events),
        )
        for share in shares[:MAX_ROWS]
    )
    more = len(shares) - len(rows)
    return Table(
        caption=kind,
        head=("name", "recordings", "median events"),
        rows=rows,
        note=f"And {more} more." if more else "",
    )


def repair_table(repaired: Repaired) -> Table:
    """Tabulate what was mended and dropped, a row a kind."""
    kinds = dict.fromkeys((*repaired.mended, *repaired.dropped))
    rows: tuple[Row, ...] = tuple(
        (
            fault.value,
            quantity.count(repaired.mended.get(fault, 0)),
            quantity.count(repaired.dropped.get(fault, 0)),
        )
        for fault in kinds
    )
    return Table(caption="Mended", head=("fault", "mended", "dropped"), rows=rows)


def listed(
    opened: Opened, events: EventSet, told: Description, repaired: Repaired | None
) -> dict[str, JsonValue]:
    """Return all of it as JSON; `repair` is null where none was asked for."""
    repair = None
    if repaired is not None:
        repair = {"mended": dict(repaired.mended), "dropped": dict(repaired.dropped)}
    content: dict[str, JsonValue] = to_jsonable_python(
        {
            "kind": opened.kind,
            "name": events.name,
            "sensor_shape": events.sensor_shape,
            "class_names": events.class_names,
            "duration_us": events.duration_us,
            "origin": asdict(opened.origin),
            **asdict(told),
            "repair": repair,
        }
    )
    return content


def _pair(one: float | None, other: float | None) -> str:
    return f"{quantity.number(one)}, {quantity.number(other)}"


def _milliseconds(told: Description) -> str:
    lengths = (told.median_length_us, told.max_length_us)
    one, other = (None if length is None else length * 1e-3 for length in lengths)
    return _pair(one, other)
