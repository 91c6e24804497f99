# SPDX-License-Identifier: Apache-2.0
"""Panels as one PNG file, two in a row."""

import math
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from host.report.look import Dash
from host.report.panel import Panel, Points

if TYPE_CHECKING:
    from matplotlib.axes import Axes

_DASHES: Mapping[Dash, str] = {"solid": "-", "dash": "--", "dot": ":"}
_INK = "#1f2933"
_SOFT = "#616e7c"
_HEIGHT_IN = 3.7
_FOOT = "lines: expectation in closed form; dots and shades: simulated, with 95 % intervals"


def save_panels(path: Path, panels: Sequence[Panel], *, title: str, foot: str = _FOOT) -> Path:
    """Draw panels with their intervals as bands and return the file."""
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    columns = min(2, len(panels))
    rows = math.ceil(len(panels) / columns)
    figure = Figure(figsize=(1.0 + 5.0 * columns, 0.5 + _HEIGHT_IN * rows), layout="constrained")
    FigureCanvasAgg(figure)
    for i, panel in enumerate(panels):
        _draw(figure.add_subplot(rows, columns, i + 1), panel)
    figure.suptitle(title, fontsize=12, x=0.02, ha="left")
    if any(panel.points for panel in panels):
        figure.supxlabel(foot, fontsize=8, color=_SOFT, x=0.02, ha="left")
    path.parent.mkdir(parents=True, exist_ok=True)
    figure.savefig(path, dpi=130, metadata={"Software": "airloop"})
    return path


def _draw(axes: "Axes", panel: Panel) -> None:
    for points in panel.points:
        _draw_points(axes, points)
    for line in panel.lines:
        axes.plot(
            line.x,
            [math.nan if y is None else y for y in line.y],
            color=line.colour,
            linestyle=_DASHES[line.dash],
            linewidth=1.6,
            label=line.label,
        )
    if panel.is_x_log:
        axes.set_xscale("log", base=2)
        axes.xaxis.set_major_formatter("{x:g}")
    if panel.x_ticks:
        axes.set_xticks(panel.x_ticks, [f"{x:g}" for x in panel.x_ticks])
        axes.minorticks_off()
    if panel.is_y_log:
        axes.set_yscale("log")
    _draw_marks(axes, panel)
    axes.set_xlabel(panel.x_title, fontsize=9.5)
    axes.set_ylabel(panel.y_title, fontsize=9.5)
    axes.set_title(panel.title, loc="left", fontsize=10.5)
    axes.grid(visible=True, color="#e6e8eb", linewidth=0.6)
    axes.set_axisbelow(True)
    axes.legend(fontsize=8, framealpha=0.9)


def _draw_points(axes: "Axes", points: Points) -> None:
    axes.fill_between(
        points.x, points.low, points.high, color=points.colour, alpha=0.18, linewidth=0
    )
    axes.plot(points.x, points.y, linestyle="", marker="o", markersize=3.6, color=points.colour)


def _draw_marks(axes: "Axes", panel: Panel) -> None:
    """Draw the vertical lines, their names inside the frame and one below the other."""
    for i, mark in enumerate(panel.marks):
        axes.axvline(mark.x, color=_INK, linewidth=0.9, linestyle=":")
        axes.annotate(
            mark.label,
            (mark.x, 0.97 - 0.08 * i),
            xycoords=("data", "axes fraction"),
            xytext=(4, 0),
            textcoords="offset points",
            fontsize=8,
            color=_INK,
            va="top",
        )
