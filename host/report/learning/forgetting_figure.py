# SPDX-License-Identifier: Apache-2.0
"""The interactive heat map of what a learner still knows: channels over time."""

from collections.abc import Sequence

import numpy as np
from pydantic import JsonValue

from host.report import quantity
from host.report.canvas import Figure, bare_axis, bare_layout
from host.report.learning.forgetting import Memory

COLOURS = "viridis"
"""Dark is few errors, light is many."""

MOST_ANNOTATED = 12
"""Tries up to which each cell has its figure."""

_ROW_PX = 44


def forgetting_map(memory: Memory, *, span: tuple[float, float]) -> Figure:
    """Draw log10 of the bit error rate, a row a channel, a column a try.

    Parameters
    ----------
    memory : Memory
    span : tuple of float
        log10 of the rates at the ends of the colours, the same for all learners.
    """
    channels = memory.channels
    names: list[JsonValue] = [channel.name for channel in channels]
    slots: list[JsonValue] = [quantity.count(slot) for slot in channels[0].slots]
    heat: Figure = {
        "type": "heatmap",
        "x": slots,
        "y": names,
        "z": [[round(float(x), 3) for x in np.log10(channel.rates)] for channel in channels],
        "customdata": [[float(f"{x:.3g}") for x in channel.rates] for channel in channels],
        "zmin": round(span[0], 3),
        "zmax": round(span[1], 3),
        "colorscale": COLOURS.capitalize(),
        "colorbar": {"title": {"text": "log10 BER"}, "thickness": 14},
        "xgap": 1,
        "ygap": 1,
        "hovertemplate": "%{y} after %{x} slots: BER %{customdata:.3g}<extra></extra>",
    }
    if len(slots) <= MOST_ANNOTATED:
        heat |= {"texttemplate": "%{z:.1f}"}
    layout = bare_layout("slots before the try")
    layout["xaxis"] = bare_axis("slots before the try", type="category", showgrid=False)
    layout["yaxis"] = bare_axis(
        "", type="category", autorange="reversed", showgrid=False, automargin=True
    )
    layout["height"] = 130 + _ROW_PX * len(channels)
    return {"data": [heat], "layout": layout}


def colour_span(found: Sequence[Memory]) -> tuple[float, float]:
    """Return log10 of the smallest and the largest rate of all learners."""
    logs = np.concatenate([np.log10(c.rates) for memory in found for c in memory.channels])
    return float(logs.min()), float(logs.max())
