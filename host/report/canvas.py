# SPDX-License-Identifier: Apache-2.0
"""What every interactive figure begins with: its type, its ink, a bare layout and a bare axis."""

from pydantic import JsonValue

Figure = dict[str, JsonValue]

INK = "#1f2933"
_GRID = "#e6e8eb"


def bare_layout(x_title: str) -> Figure:
    """Return the layout of a figure with one plain pair of axes."""
    return {
        "xaxis": bare_axis(x_title),
        "yaxis": bare_axis(""),
        "margin": {"l": 64, "r": 16, "t": 16, "b": 48},
        "font": {"family": "system-ui, sans-serif", "size": 13, "color": INK},
        "paper_bgcolor": "rgba(0,0,0,0)",
        "plot_bgcolor": "rgba(0,0,0,0)",
        "height": 440,
        "modebar": {"bgcolor": "rgba(0,0,0,0)", "color": "#9aa5b1", "activecolor": INK},
    }


def bare_axis(title: str, **more: JsonValue) -> Figure:
    """Return an axis with a title; `more` are further settings of Plotly's."""
    plain: Figure = {
        "title": {"text": title},
        "gridcolor": _GRID,
        "zeroline": False,
        "linecolor": "#9aa5b1",
    }
    return plain | more
