# SPDX-License-Identifier: Apache-2.0
"""What every PNG file begins and ends with: panels, their ink, logarithmic axes, and the file."""

from collections.abc import Mapping
from pathlib import Path
from textwrap import wrap
from typing import TYPE_CHECKING

from host.experiment import Metric
from host.report.look import Dash, Marker

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

AXIS_TITLES: Mapping[Metric, str] = {
    Metric.BER: "bit error rate before the decoder",
    Metric.BLER: "block error rate",
    Metric.RATE: "reachable rate [bit/symbol]",
}
DASHES: Mapping[Dash, str] = {"solid": "-", "dash": "--", "dot": ":"}
MARKERS: Mapping[Marker, str] = {"circle": "o", "diamond": "D", "square": "s", "x": "x"}
INK = "#1f2933"
SOFT = "#616e7c"
_CHARACTERS_PER_INCH = 17  # of a footer's font, with some room


def canvas(*, width_in: float, height_in: float) -> "tuple[Figure, Axes]":
    """Return a figure with one pair of axes."""
    figure, (axes,) = panels(1, width_in=width_in, height_in=height_in)
    return figure, axes


def panels(
    number: int, *, width_in: float, height_in: float, most_in_a_row: int = 100
) -> "tuple[Figure, list[Axes]]":
    """Return panels side by side, in as many rows as that takes; sizes are of the whole figure."""
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    figure = Figure(figsize=(width_in, height_in), layout="constrained")
    FigureCanvasAgg(figure)
    num_columns = min(number, most_in_a_row)
    num_rows = -(-number // num_columns)
    return figure, [figure.add_subplot(num_rows, num_columns, i + 1) for i in range(number)]


def stack(heights: tuple[float, ...], *, width_in: float) -> "tuple[Figure, list[Axes]]":
    """Return panels one below the other, on one axis of slots."""
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    figure = Figure(figsize=(width_in, 1.0 + 1.25 * sum(heights)), layout="constrained")
    FigureCanvasAgg(figure)
    stacked = figure.subplots(len(heights), 1, sharex=True, height_ratios=heights, squeeze=False)
    return figure, [row[0] for row in stacked]


def logarithmic(axes: "Axes") -> None:
    """Draw rates by their logarithm, with figures between the decades where there are few."""
    from matplotlib.ticker import LogFormatterSciNotation

    axes.set_yscale("log")
    axes.yaxis.set_minor_formatter(LogFormatterSciNotation(minor_thresholds=(2, 0.4)))


def footer(figure: "Figure", words: str) -> None:
    """Write softly below the figure, in as many lines as its width makes it."""
    per_line = int(figure.get_figwidth() * _CHARACTERS_PER_INCH)
    lines = "\n".join(wrap(words, per_line))
    figure.supxlabel(lines, fontsize=7.5, color=SOFT, x=0.02, ha="left")


def save(figure: "Figure", path: Path) -> Path:
    """Write the file and return its path."""
    path.parent.mkdir(parents=True, exist_ok=True)
    figure.savefig(path, dpi=160, metadata={"Software": "airloop"})
    return path
