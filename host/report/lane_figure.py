# SPDX-License-Identifier: Apache-2.0
"""The interactive lanes of what happened to learners, between error rates and drift."""

from collections.abc import Sequence

from pydantic import JsonValue

from host.report.canvas import INK, Figure, bare_axis
from host.report.event_lanes import MARKS, WORDS, EventLane, kinds_in
from host.report.look import Looks
from receivers.learning.event_kind import EventKind

Owned = tuple[Figure, float | None]
"""A trace of Plotly's, and the SNR at which it is shown [dB]; None: always."""


def lane_marks(lanes: Sequence[EventLane], appearance: Looks, *, axis: str) -> list[Owned]:
    """Return the marks of every lane, and a legend of the kinds in plain ink."""
    marks: list[Owned] = [
        (
            _marks(kind, lane, colour=appearance[lane.curve.receiver, lane.curve.device].colour)
            | {"yaxis": axis},
            lane.snr_db,
        )
        for lane in lanes
        for kind in lane.slots
    ]
    return [*marks, *((_legend(kind) | {"yaxis": axis}, None) for kind in kinds_in(lanes))]


def lane_axis(lanes: Sequence[EventLane], *, domain: list[JsonValue]) -> Figure:
    """Return the axis that names the learners, the first on top."""
    names: list[JsonValue] = [*dict.fromkeys(lane.curve.label for lane in lanes)]
    return bare_axis(
        "",
        domain=domain,
        type="category",
        categoryorder="array",
        categoryarray=names,
        range=[len(names) - 0.4, -0.6],
        automargin=True,
    )


def _marks(kind: EventKind, lane: EventLane, *, colour: str) -> Figure:
    names: list[JsonValue] = [lane.curve.label for _ in lane.slots[kind]]
    return {
        "type": "scatter",
        "mode": "markers",
        "x": [*lane.slots[kind]],
        "y": names,
        "marker": _marker(kind, colour),
        "showlegend": False,
        "hovertemplate": f"slot %{{x}}: {WORDS[kind]}<extra>{lane.curve.label}</extra>",
    }


def _legend(kind: EventKind) -> Figure:
    return {
        "type": "scatter",
        "mode": "markers",
        "x": [None],
        "y": [None],
        "marker": _marker(kind, INK),
        "name": WORDS[kind],
        "legendgroup": "events",
    }


def _marker(kind: EventKind, colour: str) -> Figure:
    return {
        "color": colour,
        "symbol": MARKS[kind].symbol,
        "size": 9,
        "line": {"color": colour, "width": 1.6},
    }
