# SPDX-License-Identifier: Apache-2.0
"""Memory over time, work by operator and work by board, as Plotly draws them on the page."""

from collections.abc import Sequence

from pydantic import JsonValue

from host.memory_map import MemoryMap
from host.report.canvas import INK, Figure, bare_axis, bare_layout
from host.report.deployed.memory_marks import (
    SCRATCH,
    SCRATCH_COLOUR,
    axis_scale,
    colour_of,
    levels,
    ticks,
)
from host.report.deployed.work import Bar, BoardWork, colours

_LEGEND: JsonValue = {"orientation": "h", "y": -0.2, "font": {"size": 12}}
_PIXELS_A_BAR = 24


def memory_over_time(arena: MemoryMap) -> Figure:
    """Draw each tensor where it lies while it is alive, and the scratch behind them."""
    factor, unit = axis_scale(arena)
    layout = bare_layout("")
    shown = ticks(arena)
    layout["xaxis"] = bare_axis(
        "operator",
        range=[0, len(arena.operators)],
        tickvals=[at for at, _ in shown],
        ticktext=[label for _, label in shown],
        automargin=True,
    )
    layout["yaxis"] = bare_axis(unit, rangemode="tozero")
    layout["barmode"] = "overlay"
    layout["legend"] = {"orientation": "h", "y": 1.08, "font": {"size": 12}}
    layout["hovermode"] = "closest"
    traces: list[JsonValue] = [_tensors(arena, factor), _scratch(arena, factor)]
    traces += [
        _level(arena, num_bytes / factor, what, dash=dash)
        for num_bytes, what, dash in levels(arena)
    ]
    return {"data": traces, "layout": layout}


def operator_work(shown: Sequence[Bar], *, kinds: Sequence[str]) -> Figure:
    """Draw a bar for each operator in order of execution, coloured by its kind."""
    painted = colours(kinds)
    traces: list[JsonValue] = []
    for kind in kinds:
        bars = [bar for bar in shown if bar.kind == kind]
        traces.append(
            {
                "type": "bar",
                "orientation": "h",
                "name": kind,
                "y": [bar.label for bar in bars],
                "x": [bar.instructions for bar in bars],
                "customdata": [[bar.macs, round(100 * bar.share, 2)] for bar in bars],
                "marker": {"color": painted[kind]},
                "hovertemplate": "%{y}<br>%{x:,} instructions, %{customdata[1]} %, "
                "%{customdata[0]:,} MAC<extra>%{fullData.name}</extra>",
            }
        )
    layout = bare_layout("instructions a slot")
    layout["yaxis"] = {
        "autorange": "reversed",
        "automargin": True,
        "categoryorder": "array",
        "categoryarray": [bar.label for bar in shown],
    }
    layout["barmode"] = "stack"
    layout["height"] = 160 + _PIXELS_A_BAR * len(shown)
    layout["legend"] = {"orientation": "h", "y": 1.0, "yanchor": "bottom", "font": {"size": 12}}
    return {"data": traces, "layout": layout}


def board_work(works: Sequence[BoardWork]) -> Figure:
    """Draw a bar for each board, cut into the kinds of operators."""
    kinds = list(dict.fromkeys(kind for work in works for kind in work.by_kind))
    painted = colours(kinds)
    traces: list[JsonValue] = [
        {
            "type": "bar",
            "orientation": "h",
            "name": kind,
            "y": [work.label for work in works],
            "x": [work.by_kind.get(kind, 0) for work in works],
            "marker": {"color": painted[kind]},
            "hovertemplate": "%{y}<br>%{x:,} instructions<extra>%{fullData.name}</extra>",
        }
        for kind in kinds
    ]
    layout = bare_layout("instructions a slot")
    layout["yaxis"] = {"autorange": "reversed", "automargin": True}
    layout["barmode"] = "stack"
    layout["height"] = 190 + 2 * _PIXELS_A_BAR * len(works)
    layout["legend"] = _LEGEND
    return {"data": traces, "layout": layout}


def _tensors(arena: MemoryMap, factor: float) -> JsonValue:
    return {
        "type": "bar",
        "name": "tensors",
        "x": [(one.begins + one.ends) / 2 for one in arena.buffers],
        "width": [one.ends - one.begins for one in arena.buffers],
        "base": [one.offset / factor for one in arena.buffers],
        "y": [one.num_bytes / factor for one in arena.buffers],
        "marker": {
            "color": [colour_of(i) for i in range(len(arena.buffers))],
            "line": {"color": "white", "width": 1},
        },
        "customdata": [[one.name, one.num_bytes, one.offset] for one in arena.buffers],
        "hovertemplate": "%{customdata[0]}<br>%{customdata[1]:,} bytes at %{customdata[2]:,}"
        "<extra></extra>",
        "showlegend": False,
    }


def _scratch(arena: MemoryMap, factor: float) -> JsonValue:
    used = [(i, n) for i, n in enumerate(arena.scratch_bytes) if n]
    return {
        "type": "bar",
        "name": SCRATCH,
        "x": [i + 0.5 for i, _ in used],
        "width": [1.0 for _ in used],
        "base": [arena.scratch_offset / factor for _ in used],
        "y": [n / factor for _, n in used],
        "marker": {
            "color": "white",
            "line": {"color": SCRATCH_COLOUR, "width": 1},
            "pattern": {"shape": "/", "fgcolor": SCRATCH_COLOUR, "size": 6},
        },
        "customdata": [[arena.operators[i], n] for i, n in used],
        "hovertemplate": "scratch of %{customdata[0]}<br>%{customdata[1]:,} bytes<extra></extra>",
    }


def _level(arena: MemoryMap, height: float, what: str, *, dash: str) -> JsonValue:
    return {
        "type": "scatter",
        "mode": "lines",
        "name": what,
        "x": [0, len(arena.operators)],
        "y": [height, height],
        "line": {"color": INK, "width": 1.4, "dash": dash},
        "hovertemplate": f"{what}: %{{y:.3f}}<extra></extra>",
    }
