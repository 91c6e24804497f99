# SPDX-License-Identifier: Apache-2.0
"""The interactive curves of recovery: the share of the gap that is closed, over slots."""

from collections.abc import Sequence

from pydantic import JsonValue

from host.report.canvas import Figure, bare_axis, bare_layout
from host.report.learning.recovery import TARGETS, Recovery
from host.report.look import Looks

LEAST_SHARE = -0.25
"""What is below is not drawn: it would press the rest together."""


def recovery_curves(found: Sequence[Recovery], appearance: Looks) -> Figure:
    """Draw R over slots since the step, on a logarithmic axis; the targets are dotted."""
    traces: list[JsonValue] = []
    for one in found:
        look = appearance[one.learner.name, one.learner.device]
        slots, shares = points_of(one)
        trace: Figure = {
            "type": "scatter",
            "mode": "lines",
            "name": one.learner.label,
            "x": list[JsonValue](slots),
            "y": [round(100.0 * share, 2) for share in shares],
            "line": {"color": look.colour, "dash": look.dash, "width": look.width},
            "hovertemplate": "%{y:.0f} % after %{x:,} slots<extra>%{fullData.name}</extra>",
        }
        traces.append(trace)
    layout = bare_layout("slots since the step")
    layout["xaxis"] = bare_axis("slots since the step", type="log", exponentformat="none")
    layout["yaxis"] = bare_axis(
        "gap closed [%]", rangemode="normal", range=[100.0 * LEAST_SHARE, 110.0]
    )
    layout["shapes"] = [
        {
            "type": "line",
            "xref": "paper",
            "x0": 0,
            "x1": 1,
            "y0": 100.0 * target,
            "y1": 100.0 * target,
            "line": {"dash": "dot", "width": 1, "color": "#9aa5b1"},
        }
        for target in TARGETS
    ]
    layout["legend"] = {"orientation": "h", "y": -0.2, "font": {"size": 12}}
    return {"data": traces, "layout": layout}


def points_of(one: Recovery) -> tuple[list[int], list[float]]:
    """Return slots since the step, and R behind them, where it is known."""
    known = [(i, r.value) for i, r in enumerate(one.course) if r.value is not None]
    return [(i + 1) * one.slots_per_block for i, _ in known], [share for _, share in known]
