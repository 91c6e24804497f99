# SPDX-License-Identifier: Apache-2.0
"""The interactive figure of errors over time, and of what drifts, on the same axis of slots.

error rates of every receiver
a lane of marks: what happened to each learner
what drifts
"""

import math
from collections.abc import Sequence
from itertools import pairwise

from pydantic import JsonValue

from host.report.canvas import INK, Figure, bare_axis, bare_layout
from host.report.drift_lines import DriftLine
from host.report.lane_figure import Owned, lane_axis, lane_marks
from host.report.look import Look, Looks, translucent
from host.report.timeline import Rates, Timeline, Trace, lonely

_GAP = 0.04


def over_time(timeline: Timeline, appearance: Looks) -> Figure:
    """Draw error rates over slots, the SNR to be chosen, events and drifting values beneath."""
    drawn: list[Owned] = []
    for trace in timeline.traces:
        look = appearance[trace.curve.receiver, trace.curve.device]
        lines = _time_lines(trace, look, smoothed=timeline.num_averaged > 1)
        drawn += [(line, trace.snr_db) for line in lines]
    num_lanes = len({lane.curve.label for lane in timeline.lanes})
    heights = [
        3.0,
        *([0.35 + 0.2 * num_lanes] if num_lanes else []),
        *(1.0 for _ in timeline.drifts),
    ]
    domains = _domains(heights)
    layout = bare_layout("slot")
    layout["yaxis"] = bare_axis(
        timeline.window,
        type="log",
        exponentformat="power",
        domain=domains[0],
        range=_range(timeline.at(timeline.middle_db)),
    )
    layout["legend"] = {"orientation": "h", "y": -0.12, "font": {"size": 12}}
    layout["hovermode"] = "closest"
    layout["height"] = round(440 + 130 * (sum(heights) - 3.0))
    panel = 1
    if num_lanes:
        drawn += lane_marks(timeline.lanes, appearance, axis="y2")
        layout["yaxis2"] = lane_axis(timeline.lanes, domain=domains[1])
        panel = 2
    for i, drift in enumerate(timeline.drifts, start=panel):
        drawn.append((_drift_line(drift, f"y{i + 1}"), None))
        layout[f"yaxis{i + 1}"] = bare_axis(drift.name, domain=domains[i], **_named(drift))
    if len(domains) > 1:
        layout["xaxis"] = bare_axis("slot", anchor=f"y{len(domains)}")
    layout["updatemenus"] = [_snr_menu(timeline, [owner for _, owner in drawn])]
    layout["margin"] = {"l": 64, "r": 16, "t": 44, "b": 48}
    shown: list[JsonValue] = [
        line if owner is None else line | {"visible": owner == timeline.middle_db}
        for line, owner in drawn
    ]
    return {"data": shown, "layout": layout}


def _domains(heights: Sequence[float]) -> list[list[JsonValue]]:
    """Return from where to where each panel stands, the first on top, as parts of the height."""
    whole, tops = sum(heights), [1.0]
    for height in heights:
        tops.append(tops[-1] - height / whole)
    return [
        [round(max(bottom, 0.0), 4), round(top if i == 0 else top - _GAP, 4)]
        for i, (top, bottom) in enumerate(pairwise(tops))
    ]


def _range(timeline: Timeline) -> list[JsonValue]:
    """Return the decades that hold every point, whatever the bands do."""
    rates = [rate for t in timeline.traces for rate in (*t.rates, *t.smooth, *t.unseen) if rate]
    low, high = min(rates, default=1e-3), max(rates, default=1.0)
    return [round(math.log10(low) - 0.15, 3), round(min(math.log10(high) + 0.15, 0.05), 3)]


def _time_lines(trace: Trace, look: Look, *, smoothed: bool) -> list[Figure]:
    name = trace.curve.label
    hover = "slot %{x}: %{y:.3g}<extra>%{fullData.name}</extra>"
    common: Figure = {
        "type": "scatter",
        "mode": "lines+markers",
        "name": name,
        "legendgroup": name,
        "x": [*trace.slots],
        "hovertemplate": hover,
    }
    thick: Figure = {"color": look.colour, "dash": look.dash, "width": look.width + 0.4}
    pale = translucent(look.colour, opacity=0.35)
    lines = [_band(trace, look)] if trace.has_band else []
    if smoothed and not trace.has_band:
        thin: Figure = {"color": pale, "width": 1.0}
        rough: Figure = {"line": thin, "showlegend": False, **_rates(trace.rates, pale)}
        lines.append(common | rough)
    smooth: Figure = {"line": thick, **_rates(trace.smooth, look.colour)}
    lines.append(common | smooth)
    if any(rate is not None for rate in trace.unseen):
        lines.append(_unseen(trace, look))
    return lines


def _band(trace: Trace, look: Look) -> Figure:
    known = [
        (x, low, high)
        for x, low, high in zip(trace.slots, trace.low, trace.high, strict=True)
        if low is not None and high is not None
    ]
    return {
        "type": "scatter",
        "mode": "lines",
        "x": [*(x for x, _, _ in known), *(x for x, _, _ in reversed(known))],
        "y": [*(high for _, _, high in known), *(low for _, low, _ in reversed(known))],
        "fill": "toself",
        "fillcolor": translucent(look.colour, opacity=0.13),
        "line": {"width": 0},
        "hoverinfo": "skip",
        "legendgroup": trace.curve.label,
        "showlegend": False,
    }


def _unseen(trace: Trace, look: Look) -> Figure:
    return {
        "type": "scatter",
        "mode": "markers",
        "name": trace.curve.label,
        "legendgroup": trace.curve.label,
        "showlegend": False,
        "x": [*trace.slots],
        "y": [*trace.unseen],
        "marker": {"color": look.colour, "symbol": "triangle-down-open", "size": 7},
        "hovertemplate": "slot %{x}: no error, less than %{y:.2g}<extra>%{fullData.name}</extra>",
    }


def _rates(rates: Rates, colour: str) -> Figure:
    """Return the rates, those between two gaps as dots: no line would show them."""
    alone = set(lonely(rates))
    sizes: list[JsonValue] = [4 if i in alone else 0 for i in range(len(rates))]
    return {"y": [*rates], "marker": {"size": sizes, "color": colour, "line": {"width": 0}}}


def _named(drift: DriftLine) -> Figure:
    """Return how the axis of a drift says names in the place of numbers, where it has some."""
    if not drift.ticks:
        return {}
    return {
        "tickmode": "array",
        "tickvals": [*drift.ticks],
        "ticktext": [*drift.ticks.values()],
        "range": [min(drift.ticks) - 0.5, max(drift.ticks) + 0.5],
    }


def _drift_line(drift: DriftLine, axis: str) -> Figure:
    said = "%{customdata}" if drift.levels else "%{y:.4g}"
    names: list[JsonValue] = [drift.levels[int(y)] for y in drift.values] if drift.levels else []
    return {
        "type": "scatter",
        "mode": "lines",
        "x": [*drift.slots],
        "y": [*drift.values],
        "yaxis": axis,
        "line": {"color": INK, "width": 1.4},
        "showlegend": False,
        "customdata": names,
        "hovertemplate": f"slot %{{x}}: {said}<extra>{drift.name}</extra>",
    }


def _snr_menu(timeline: Timeline, owners: Sequence[float | None]) -> JsonValue:
    """Return the menu that shows what belongs to one SNR and hides what belongs to others."""
    return {
        "active": timeline.snrs_db.index(timeline.middle_db),
        "x": 0.0,
        "y": 1.02,
        "xanchor": "left",
        "yanchor": "bottom",
        "buttons": [
            {
                "label": f"{timeline.snr_name} {snr_db:g} dB",
                "method": "update",
                "args": [
                    {"visible": [owner is None or owner == snr_db for owner in owners]},
                    {"yaxis.range": _range(timeline.at(snr_db))},
                ],
            }
            for snr_db in timeline.snrs_db
        ],
    }
