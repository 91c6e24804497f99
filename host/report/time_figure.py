# SPDX-License-Identifier: Apache-2.0
"""The interactive figure of errors over time, and of what drifts, on the same axis of slots."""

from collections.abc import Sequence

from pydantic import JsonValue

from host.report.canvas import INK, Figure, bare_axis, bare_layout
from host.report.drift_lines import DriftLine
from host.report.look import Look, looks, translucent
from host.report.timeline import Rates, Timeline, Trace, lonely


def over_time(timeline: Timeline) -> Figure:
    """Draw error rates over slots, the SNR to be chosen, and the drifting values beneath."""
    appearance = looks(trace.curve for trace in timeline.traces)
    lines: list[JsonValue] = []
    owners: list[float] = []
    for trace in timeline.traces:
        look = appearance[trace.curve.receiver, trace.curve.device]
        drawn = _time_lines(trace, look, smoothed=timeline.num_averaged > 1)
        lines += [one | {"visible": trace.snr_db == timeline.middle_db} for one in drawn]
        owners += [trace.snr_db] * len(drawn)
    layout = bare_layout("slot")
    layout["yaxis"] = bare_axis("", type="log", exponentformat="power", domain=_domain(timeline, 0))
    layout["legend"] = {"orientation": "h", "y": -0.12, "font": {"size": 12}}
    layout["hovermode"] = "closest"
    layout["height"] = 440 + 130 * len(timeline.drifts)
    for i, drift in enumerate(timeline.drifts):
        axis = f"y{i + 2}"
        lines.append(_drift_line(drift, axis))
        domain = _domain(timeline, i + 1)
        layout[f"yaxis{i + 2}"] = bare_axis(drift.name, domain=domain, **_named(drift))
        layout["xaxis"] = bare_axis("slot", anchor=axis)
    layout["updatemenus"] = [_snr_menu(timeline, owners)]
    layout["margin"] = {"l": 64, "r": 16, "t": 44, "b": 48}
    return {"data": lines, "layout": layout}


def _domain(timeline: Timeline, panel: int) -> list[JsonValue]:
    """Return where a panel stands: the rates above, three times as high as each drift below."""
    part = 1.0 / (3 + len(timeline.drifts))
    top = 1.0 if panel == 0 else (len(timeline.drifts) - panel + 1) * part - 0.04
    bottom = len(timeline.drifts) * part if panel == 0 else top + 0.04 - part
    return [round(bottom, 4), round(top, 4)]


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
    thin: Figure = {"color": pale, "width": 1.0}
    if not smoothed:
        plain: Figure = {"line": thick, **_rates(trace.rates, look.colour)}
        return [common | plain]
    rough: Figure = {"line": thin, "showlegend": False, **_rates(trace.rates, pale)}
    smooth: Figure = {"line": thick, **_rates(trace.smooth, look.colour)}
    return [common | rough, common | smooth]


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


def _drift_line(drift: DriftLine, axis: str) -> JsonValue:
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


def _snr_menu(timeline: Timeline, owners: Sequence[float]) -> JsonValue:
    """Return the menu that shows the lines of one SNR and hides the others."""
    always: list[JsonValue] = [True] * len(timeline.drifts)
    return {
        "active": timeline.snrs_db.index(timeline.middle_db),
        "x": 0.0,
        "y": 1.02,
        "xanchor": "left",
        "yanchor": "bottom",
        "buttons": [
            {
                "label": f"{timeline.snr_name} {snr_db:g} dB",
                "method": "restyle",
                "args": [{"visible": [*(owner == snr_db for owner in owners), *always]}],
            }
            for snr_db in timeline.snrs_db
        ],
    }
