# SPDX-License-Identifier: Apache-2.0
"""The interactive figure of a panel."""

from pydantic import JsonValue

from host.report.canvas import INK, Figure, bare_axis, bare_layout
from host.report.look import translucent
from host.report.panel import Line, Mark, Panel, Points


def panel_figure(panel: Panel) -> Figure:
    """Draw lines, points with their 95 % bands, and marks."""
    layout = bare_layout(panel.x_title)
    if panel.is_x_log:
        layout["xaxis"] = bare_axis(panel.x_title, type="log", dtick="D2")
    if panel.x_ticks:
        scaled: Figure = {"type": "log"} if panel.is_x_log else {}
        layout["xaxis"] = bare_axis(panel.x_title, tickvals=[*panel.x_ticks], **scaled)
    scale: Figure = {"type": "log", "exponentformat": "power"} if panel.is_y_log else {}
    layout["yaxis"] = bare_axis(panel.y_title, **scale)
    layout["legend"] = {"orientation": "h", "y": -0.2, "font": {"size": 12}}
    layout["hovermode"] = "closest"
    layout["shapes"] = [_upright(mark) for mark in panel.marks]
    layout["annotations"] = [_name(mark, is_log=panel.is_x_log) for mark in panel.marks]
    layout["margin"] = {"l": 64, "r": 16, "t": 32, "b": 48}
    traces: list[JsonValue] = [_line(line) for line in panel.lines]
    for points in panel.points:
        traces += [_band(points), _dots(points)]
    return {"data": traces, "layout": layout}


def _line(line: Line) -> JsonValue:
    return {
        "type": "scatter",
        "mode": "lines",
        "name": line.label,
        "x": [*line.x],
        "y": [*line.y],
        "line": {"color": line.colour, "dash": line.dash, "width": 1.8},
        "hovertemplate": "%{x:.4g}: %{y:.4g}<extra>%{fullData.name}</extra>",
    }


def _dots(points: Points) -> JsonValue:
    return {
        "type": "scatter",
        "mode": "markers",
        "x": [*points.x],
        "y": [*points.y],
        "customdata": [[low, high] for low, high in zip(points.low, points.high, strict=True)],
        "marker": {"color": points.colour, "size": 6},
        "hovertemplate": "%{x:.4g}: %{y:.4g}<br>95 %: %{customdata[0]:.4g} to "
        "%{customdata[1]:.4g}<extra>simulated</extra>",
        "showlegend": False,
    }


def _band(points: Points) -> JsonValue:
    return {
        "type": "scatter",
        "mode": "lines",
        "x": [*points.x, *reversed(points.x)],
        "y": [*points.high, *reversed(points.low)],
        "fill": "toself",
        "fillcolor": translucent(points.colour, opacity=0.18),
        "line": {"width": 0},
        "hoverinfo": "skip",
        "showlegend": False,
    }


def _upright(mark: Mark) -> JsonValue:
    return {
        "type": "line",
        "x0": mark.x,
        "x1": mark.x,
        "yref": "paper",
        "y0": 0,
        "y1": 1,
        "line": {"color": INK, "width": 1, "dash": "dot"},
    }


def _name(mark: Mark, *, is_log: bool) -> JsonValue:
    """Return the name above the line; Plotly takes the logarithm of x on a logarithmic axis."""
    from math import log10

    return {
        "x": log10(mark.x) if is_log else mark.x,
        "y": 1,
        "yref": "paper",
        "yanchor": "bottom",
        "text": mark.label,
        "showarrow": False,
        "font": {"size": 12},
    }
