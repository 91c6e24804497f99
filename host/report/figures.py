# SPDX-License-Identifier: Apache-2.0
"""The interactive figures, as Plotly takes them: plain data, drawn by the page that holds them."""

from collections.abc import Mapping, Sequence

import numpy as np
from numpy.typing import NDArray
from pydantic import JsonValue

from host.experiment import Metric
from host.record import OperatorCost
from host.report.canvas import Figure, bare_axis, bare_layout
from host.report.curves import Curve, Point
from host.report.look import Look, Looks, translucent
from host.report.quantity import decibels, number
from host.report.required import Estimate
from host.report.slot_view import SlotView
from host.report.trade import Offer

_MAX_POINTS = 2000


def error_curves(
    curves: Sequence[Curve], appearance: Looks, *, metric: Metric, snr_name: str
) -> Figure:
    """Draw curves with their intervals; the first without an error is an open triangle."""
    traces: list[JsonValue] = []
    for curve in curves:
        look = appearance[curve.receiver, curve.device]
        traces += [_band(curve, look), _line(curve, look, metric)]
        traces += _upper_limit(curve, look) if metric is not Metric.RATE else []
    layout = bare_layout(f"{snr_name} [dB]")
    if metric is not Metric.RATE:
        layout["yaxis"] = bare_axis("", type="log", dtick=_tick(curves), exponentformat="power")
    layout["legend"] = {"orientation": "h", "y": -0.2, "font": {"size": 12}}
    layout["hovermode"] = "closest"
    return {"data": traces, "layout": layout}


def operator_bars(rows: Mapping[str, Sequence[OperatorCost]]) -> Figure:
    """Draw the instructions of every operator, one set of bars a board."""
    traces: list[JsonValue] = [
        {
            "type": "bar",
            "orientation": "h",
            "name": board,
            "y": [operator.name for operator in operators],
            "x": [operator.instructions for operator in operators],
            "customdata": [[operator.kind, operator.macs] for operator in operators],
            "hovertemplate": "%{y} (%{customdata[0]})<br>%{x:,} instructions, "
            "%{customdata[1]:,} MAC<extra>%{fullData.name}</extra>",
        }
        for board, operators in rows.items()
    ]
    layout = bare_layout("Instructions per slot")
    layout["yaxis"] = {"autorange": "reversed", "automargin": True}
    most = max((len(operators) for operators in rows.values()), default=0)
    layout["height"] = max(440, 120 + 26 * most)
    return {"data": traces, "layout": layout}


def trade(offers: Sequence[Offer]) -> Figure:
    """Draw the gap to perfect CSI over the work of networks, the smallest first."""
    layout = bare_layout("million multiply-accumulates a slot")
    layout["xaxis"] = bare_axis("million multiply-accumulates a slot", type="log", dtick="D2")
    layout["yaxis"] = bare_axis("gap to perfect CSI [dB]", rangemode="tozero")
    line: JsonValue = {
        "type": "scatter",
        "mode": "lines+markers+text",
        "x": [offer.macs_per_slot / 1e6 for offer in offers],
        "y": [offer.gap_db for offer in offers],
        "text": [offer.receiver for offer in offers],
        "textposition": "top right",
        "cliponaxis": False,
        "line": {"color": "#0072b2", "width": 1.6},
        "marker": {"color": "#0072b2", "size": 8},
        "hovertext": [_told(offer) for offer in offers],
        "hoverinfo": "text",
        "showlegend": False,
    }
    layout["margin"] = {"l": 64, "r": 96, "t": 16, "b": 48}  # the last name stands on the right
    return {"data": [_bars(offers), line], "layout": layout}


def constellation(view: SlotView) -> Figure:
    """Draw the data elements as received and as equalized, side by side."""
    panels = (
        ("as received, antenna 1", view.received),
        ("equalized, least squares", view.least_squares),
        ("equalized, true channel", view.perfect_csi),
    )
    layout = bare_layout("")
    traces: list[JsonValue] = []
    for i, (title, points) in enumerate(panels):
        axis = str(i + 1) if i else ""
        traces.append(_cloud(points[:_MAX_POINTS], axis))
        span: list[JsonValue] = [-2.2, 2.2]
        left = 0.345 * i
        layout[f"xaxis{axis}"] = bare_axis(
            title, domain=[left, left + 0.31], range=span, anchor=f"y{axis}", dtick=1
        )
        layout[f"yaxis{axis}"] = bare_axis(
            "", range=span, scaleanchor=f"x{axis}", anchor=f"x{axis}", dtick=1
        )
    layout["height"] = 400
    return {"data": traces, "layout": layout}


def channel_gain(view: SlotView) -> Figure:
    """Draw |H|^2 of the first antenna over symbols and subcarriers."""
    layout = bare_layout("subcarrier")
    layout["yaxis"] = bare_axis("OFDM symbol", showgrid=False)
    layout["height"] = 320
    heat: JsonValue = {
        "type": "heatmap",
        "z": [[round(float(x), 2) for x in row] for row in view.gain_db[0]],
        "colorscale": "Viridis",
        "colorbar": {"title": {"text": "|H|² [dB]"}, "thickness": 14},
        "hovertemplate": "symbol %{y}, subcarrier %{x}: %{z} dB<extra></extra>",
    }
    return {"data": [heat], "layout": layout}


def _bars(offers: Sequence[Offer]) -> JsonValue:
    """Draw a bar to each known end; Plotly's own have a cap of length 0 for an unknown one."""
    ends = [(offer, end_db) for offer in offers for end_db in offer.known_ends_db]
    size: list[JsonValue] = [0, 9, 0]
    return {
        "type": "scatter",
        "mode": "lines+markers",
        "x": [x for offer, _ in ends for x in (*[offer.macs_per_slot / 1e6] * 2, None)],
        "y": [y for offer, end_db in ends for y in (offer.gap_db, end_db, None)],
        "line": {"color": "#0072b2", "width": 1.6},
        "marker": {
            "symbol": "line-ew",
            "size": size * len(ends),
            "line": {"color": "#0072b2", "width": 1.6},
        },
        "hoverinfo": "skip",
        "showlegend": False,
    }


def _told(offer: Offer) -> str:
    gap = decibels(Estimate(value=offer.gap_db, low=offer.low_db, high=offer.high_db))
    return f"{offer.receiver}: {gap} dB, {number(offer.macs_per_slot / 1e6)} million MAC"


def _cloud(points: NDArray[np.complex64], axis: str) -> JsonValue:
    return {
        "type": "scattergl",
        "mode": "markers",
        "x": points.real.round(3).tolist(),
        "y": points.imag.round(3).tolist(),
        "xaxis": f"x{axis}",
        "yaxis": f"y{axis}",
        "marker": {"size": 4, "color": "#0072b2", "opacity": 0.5},
        "hoverinfo": "skip",
        "showlegend": False,
    }


def _line(curve: Curve, look: Look, metric: Metric) -> JsonValue:
    points = [p for p in curve.points if p.value > 0 or metric is Metric.RATE]
    return {
        "type": "scatter",
        "mode": "lines+markers",
        "name": curve.label,
        "legendgroup": curve.label,
        "x": [p.snr_db for p in points],
        "y": [p.value for p in points],
        "customdata": [[p.low, p.high, p.errors, p.n] for p in points],
        "line": {"color": look.colour, "dash": look.dash, "width": look.width},
        "marker": {"color": look.colour, "symbol": look.marker, "size": 7},
        "hovertemplate": "%{x} dB: %{y:.4g}<br>95 %: %{customdata[0]:.3g} to "
        "%{customdata[1]:.3g}<br>n = %{customdata[3]:,}<extra>%{fullData.name}</extra>",
    }


def _band(curve: Curve, look: Look) -> JsonValue:
    points = [p for p in curve.points if _positive(p)]
    there, back = [p.snr_db for p in points], [p.snr_db for p in reversed(points)]
    return {
        "type": "scatter",
        "mode": "lines",
        "x": [*there, *back],
        "y": [*(p.high for p in points), *(p.low for p in reversed(points))],
        "fill": "toself",
        "fillcolor": translucent(look.colour, opacity=0.13),
        "line": {"width": 0},
        "hoverinfo": "skip",
        "legendgroup": curve.label,
        "showlegend": False,
    }


def _positive(point: Point) -> bool:
    return point.high is not None and point.low is not None and point.low > 0


def _upper_limit(curve: Curve, look: Look) -> list[JsonValue]:
    point = curve.first_without_error
    if point is None or point.high is None:
        return []
    return [
        {
            "type": "scatter",
            "mode": "markers",
            "name": f"{curve.label}: no error seen, upper limit",
            "legendgroup": curve.label,
            "showlegend": False,
            "x": [point.snr_db],
            "y": [point.high],
            "marker": {"color": look.colour, "symbol": "triangle-down-open", "size": 9},
            "hovertemplate": "%{x} dB: no error, below %{y:.3g} at 95 %"
            "<extra>%{fullData.name}</extra>",
        }
    ]


def _tick(curves: Sequence[Curve]) -> JsonValue:
    """Return Plotly's name for ticks at decades, or at 1, 2 and 5 where there are few decades."""
    seen = [point.value for curve in curves for point in curve.points if point.value > 0]
    return 1 if seen and max(seen) > 50.0 * min(seen) else "D2"
