# SPDX-License-Identifier: Apache-2.0
"""Work by operator, by kind and by board, as PNG files."""

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from host.report import quantity
from host.report.deployed.work import Bar, BoardWork, colours, scale
from host.report.picture_canvas import INK, SOFT, canvas, footer, save

if TYPE_CHECKING:
    from matplotlib.axes import Axes

_INCHES_A_BAR = 0.25
_ROOM_FOR_WORDS = 1.22


def save_operators(path: Path, shown: Sequence[Bar], *, kinds: Sequence[str], title: str) -> Path:
    """Draw a bar for each operator, in order of execution, and one for each kind below them."""
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    sums = {kind: sum(bar.instructions for bar in shown if bar.kind == kind) for kind in kinds}
    rows = (len(shown), len(sums))
    height_in = 1.5 + _INCHES_A_BAR * (sum(rows) + 2)
    figure = Figure(figsize=(8.6, height_in), layout="constrained")
    FigureCanvasAgg(figure)
    above, below = figure.subplots(2, 1, height_ratios=[n + 0.8 for n in rows])
    painted = colours(kinds)
    total = sum(sums.values())
    _bars(
        above,
        [(bar.label, bar.instructions, bar.share, painted[bar.kind]) for bar in shown],
    )
    _bars(below, [(kind, n, n / total, painted[kind]) for kind, n in sums.items()])
    above.set_title(title, loc="left", fontsize=11, color=INK)
    below.set_title("by kind", loc="left", fontsize=9.5, color=INK)
    footer(figure, "the number behind an operator is its place in order of execution")
    return save(figure, path)


def save_boards(path: Path, works: Sequence[BoardWork], *, title: str) -> Path:
    """Draw a bar for each board, cut into the kinds of operators."""
    kinds = list(dict.fromkeys(kind for work in works for kind in work.by_kind))
    painted = colours(kinds)
    factor, unit = scale(max(work.instructions for work in works), unit="instructions a slot")
    legend_rows = -(-len(kinds) // 3)
    figure, axes = canvas(width_in=8.6, height_in=1.3 + 0.34 * len(works) + 0.22 * legend_rows)
    places = range(len(works))
    left = [0.0] * len(works)
    for kind in kinds:
        widths = [work.by_kind.get(kind, 0) / factor for work in works]
        axes.barh(places, widths, left=left, height=0.66, color=painted[kind], label=kind)
        left = [start + width for start, width in zip(left, widths, strict=True)]
    for place, end in zip(places, left, strict=True):
        words = f" {quantity.number(end)}"
        axes.text(end, place, words, va="center", fontsize=8.5, color=INK)
    axes.set_yticks(list(places), [work.label for work in works], fontsize=9)
    _finish(axes, most=max(left), unit=unit)
    axes.set_title(title, loc="left", fontsize=11, color=INK)
    figure.legend(loc="outside lower left", ncols=3, fontsize=8, frameon=False, handlelength=1.2)
    return save(figure, path)


def _bars(axes: "Axes", rows: Sequence[tuple[str, int, float, str]]) -> None:
    most = max(instructions for _, instructions, _, _ in rows)
    factor, unit = scale(most, unit="instructions")
    for place, (_, instructions, share, colour) in enumerate(rows):
        axes.barh(place, instructions / factor, height=0.72, color=colour)
        words = f" {quantity.number(instructions / factor)}  ({_percent(share)})"
        axes.text(instructions / factor, place, words, va="center", fontsize=8, color=INK)
    axes.set_yticks(range(len(rows)), [row[0] for row in rows], fontsize=8)
    _finish(axes, most=most / factor, unit=unit)


def _finish(axes: "Axes", *, most: float, unit: str) -> None:
    axes.set_ylim(-0.6, len(axes.get_yticks()) - 0.4)
    axes.invert_yaxis()
    axes.set_xlim(0.0, most * _ROOM_FOR_WORDS)
    axes.set_xlabel(unit, fontsize=8.5, color=INK)
    axes.tick_params(axis="x", labelsize=8, colors=SOFT)
    axes.tick_params(axis="y", length=0)
    for side in ("top", "right", "left"):
        axes.spines[side].set_visible(False)
    axes.grid(visible=True, axis="x", color="#e6e8eb", linewidth=0.6)
    axes.set_axisbelow(True)


def _percent(share: float) -> str:
    percent = 100 * share
    return "< 0.1 %" if 0 < percent < 0.1 else f"{percent:.1f} %"
