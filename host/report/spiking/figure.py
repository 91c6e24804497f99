# SPDX-License-Identifier: Apache-2.0
"""Accuracy over the time step that networks run at, as Plotly draws it on the page."""

from pydantic import JsonValue

from host.report.canvas import Figure, bare_axis, bare_layout
from host.report.spiking.matrix import Trained
from host.report.spiking.style import COLOURS, WORDS
from snn.adaptation.methods import Method


def accuracies(one: Trained) -> Figure:
    """Return the accuracy of one kind of network, a line a method."""
    layout = bare_layout("time step run at [ms]")
    ticks: list[JsonValue] = [dt_us / 1000 for dt_us in one.run_dt_us]
    layout["xaxis"] = bare_axis("time step run at [ms]", type="log", tickvals=ticks)
    layout["yaxis"] = bare_axis("recordings told right [%]", range=[0, 101])
    return {"data": [_line(one, method) for method in one.methods], "layout": layout}


def _line(one: Trained, method: Method) -> JsonValue:
    points = [(dt_us / 1000, one.at(dt_us, method)) for dt_us in one.run_dt_us]
    found = [(x, shares) for x, shares in points if shares is not None]
    ends = [(100 * s.mean, 100 * s.ends[0], 100 * s.ends[1]) for _, s in found]
    return {
        "type": "scatter",
        "mode": "lines+markers",
        "name": WORDS[method],
        "line": {"color": COLOURS[method]},
        "x": [x for x, _ in found],
        "y": [mean for mean, _, _ in ends],
        "error_y": {
            "type": "data",
            "symmetric": False,
            "array": [high - mean for mean, _, high in ends],
            "arrayminus": [mean - low for mean, low, _ in ends],
            "thickness": 1,
        },
    }
