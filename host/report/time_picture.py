# SPDX-License-Identifier: Apache-2.0
"""Errors over time as a PNG file: rates, what happened to the learners, and what drifts."""

import math
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from host.report.drift_lines import DriftLine
from host.report.event_lanes import MARKS, WORDS, kinds_in
from host.report.look import Look, Looks
from host.report.picture_canvas import (
    AXIS_TITLES,
    DASHES,
    INK,
    footer,
    logarithmic,
    save,
    stack,
)
from host.report.timeline import Rates, Timeline, Trace, lonely

if TYPE_CHECKING:
    from matplotlib.axes import Axes

_WIDTH_IN = 7.4
_MOST_IN_A_ROW = 4
_LINE_IN = 0.55  # a line in the legend, with the room around it
_CHARACTER_IN = 0.065


def save_over_time(path: Path, timeline: Timeline, appearance: Looks) -> Path:
    """Draw error rates over slots at the middle SNR, and events and drifting values beneath."""
    drawn = timeline.at(timeline.middle_db)
    lanes = [0.15 + 0.15 * len(drawn.lanes)] if drawn.lanes else []
    figure, (axes, *below) = stack((3.2, *lanes, *(1.0 for _ in drawn.drifts)), width_in=_WIDTH_IN)
    for trace in drawn.traces:
        look = appearance[trace.curve.receiver, trace.curve.device]
        _draw_trace(axes, trace, look, smoothed=drawn.num_averaged > 1)
    logarithmic(axes)
    axes.set_ylim(*_limits(drawn))
    axes.set_ylabel(f"{AXIS_TITLES[drawn.metric]}\n{drawn.window}", fontsize=9)
    title = f"{drawn.scenario}, {drawn.snr_name} {drawn.middle_db:g} dB"
    figure.suptitle(title, x=0.01, ha="left", fontsize=10)
    axes.legend(
        fontsize=8,
        frameon=False,
        ncols=num_columns([trace.curve.label for trace in drawn.traces]),
        loc="lower right",
        bbox_to_anchor=(1.01, 1.0),
        borderaxespad=0.1,
        handlelength=2.8,
    )
    if drawn.lanes:
        _draw_lanes(below.pop(0), drawn, appearance)
    for panel, drift in zip(below, drawn.drifts, strict=True):
        _draw_drift(panel, drift)
    for panel in figure.axes:
        panel.grid(visible=True, which="both", color="#e6e8eb", linewidth=0.6)
        panel.set_axisbelow(True)
        panel.set_xlim(0, drawn.end_slot)
    figure.axes[-1].set_xlabel("slot")
    figure.axes[-1].xaxis.set_major_formatter("{x:,.0f}")
    footer(figure, drawn.note)
    return save(figure, path)


def _limits(timeline: Timeline) -> tuple[float, float]:
    """Return the ends of the axis: around every point, but not around the widest bands."""
    rates = [rate for t in timeline.traces for rate in (*t.rates, *t.smooth, *t.unseen) if rate]
    return 0.7 * min(rates, default=1e-3), min(1.15, 1.4 * max(rates, default=1.0))


def _draw_trace(axes: "Axes", trace: Trace, look: Look, *, smoothed: bool) -> None:
    if trace.has_band:
        axes.fill_between(
            trace.slots,
            _with_gaps(trace.low),
            _with_gaps(trace.high),
            color=look.colour,
            alpha=0.13,
            linewidth=0,
        )
    elif smoothed:
        axes.plot(
            trace.slots,
            _with_gaps(trace.rates),
            color=look.colour,
            linewidth=0.7,
            alpha=0.35,
            marker=".",
            markersize=3,
            markevery=[*lonely(trace.rates)],
        )
    axes.plot(
        trace.slots,
        _with_gaps(trace.smooth),
        color=look.colour,
        linestyle=DASHES[look.dash],
        linewidth=look.width,
        label=trace.curve.label,
    )
    alone = lonely(trace.smooth)
    dots = [(trace.slots[i], trace.smooth[i]) for i in alone]
    triangles = zip(trace.slots, trace.unseen, strict=True)
    _draw_points(axes, dots, marker=".", colour=look.colour)
    _draw_points(axes, [*triangles], marker="v", colour=look.colour)


def _draw_points(
    axes: "Axes", points: Sequence[tuple[float, float | None]], *, marker: str, colour: str
) -> None:
    known = [(x, y) for x, y in points if y is not None]
    if known:
        axes.plot(
            [x for x, _ in known],
            [y for _, y in known],
            color=colour,
            linestyle="",
            marker=marker,
            markerfacecolor=colour if marker == "." else "white",
            markersize=4.5,
        )


def _with_gaps(rates: Rates) -> list[float]:
    return [math.nan if rate is None else rate for rate in rates]


def num_columns(labels: Sequence[str]) -> int:
    """Return how many columns of a legend the picture has room for."""
    column_in = _LINE_IN + _CHARACTER_IN * max(map(len, labels), default=0)
    return max(1, min(_MOST_IN_A_ROW, int(_WIDTH_IN / column_in)))


def _draw_lanes(axes: "Axes", timeline: Timeline, appearance: Looks) -> None:
    """Draw a row of marks a learner, and a legend of the kinds in plain ink."""
    for i, lane in enumerate(timeline.lanes):
        colour = appearance[lane.curve.receiver, lane.curve.device].colour
        for kind, slots in lane.slots.items():
            mark = MARKS[kind]
            axes.plot(
                slots,
                [i] * len(slots),
                linestyle="",
                marker=mark.marker,
                color=colour,
                markerfacecolor=colour if mark.is_filled else "none",
                markersize=5.5,
            )
    for kind in kinds_in(timeline.lanes):
        mark = MARKS[kind]
        axes.plot(
            [],
            [],
            linestyle="",
            marker=mark.marker,
            color=INK,
            markerfacecolor=INK if mark.is_filled else "none",
            markersize=5.5,
            label=WORDS[kind],
        )
    axes.set_yticks(
        range(len(timeline.lanes)), [lane.curve.label for lane in timeline.lanes], fontsize=8
    )
    axes.set_ylim(len(timeline.lanes) - 0.4, -0.6)
    if kinds_in(timeline.lanes):
        axes.legend(
            fontsize=7.5,
            frameon=False,
            ncols=len(MARKS),
            loc="lower right",
            bbox_to_anchor=(1.01, 1.0),
            borderaxespad=0.1,
            handletextpad=0.1,
            columnspacing=1.0,
        )


def _draw_drift(axes: "Axes", drift: DriftLine) -> None:
    axes.plot(drift.slots, drift.values, color=INK, linewidth=1.3)
    axes.set_ylabel(drift.name, fontsize=8.5)
    if drift.ticks:
        axes.set_yticks([*drift.ticks], [*drift.ticks.values()])
        axes.set_ylim(min(drift.ticks) - 0.5, max(drift.ticks) + 0.5)
