# SPDX-License-Identifier: Apache-2.0
"""Accuracy over the time step that networks run at, as a PNG file."""

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from host.report.picture_canvas import INK, footer, panels, save
from host.report.spiking.matrix import Trained
from host.report.spiking.style import COLOURS, WORDS
from snn.adaptation.methods import Method

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

MOST_IN_A_ROW = 4
_PANEL_IN = (4.2, 4.4)


def save_accuracies(path: Path, kinds: Sequence[Trained]) -> Path:
    """Write the file: a panel for each kind of network and time step it was trained at."""
    figure, drawn = kind_panels(len(kinds))
    for axes, one in zip(drawn, kinds, strict=True):
        _draw(axes, one)
    for axes in drawn[::MOST_IN_A_ROW]:
        axes.set_ylabel("recordings told right [%]")
    drawn[-1].legend(loc="lower right", fontsize=8, frameon=False)
    footer(figure, "Dashed: the time step of the training. Shaded: lowest to highest network.")
    return save(figure, path)


def kind_panels(number: int) -> "tuple[Figure, list[Axes]]":
    """Return a panel for each kind of network, in rows."""
    width_in, height_in = _PANEL_IN
    num_rows = -(-number // MOST_IN_A_ROW)
    return panels(
        number,
        width_in=1.0 + width_in * min(number, MOST_IN_A_ROW),
        height_in=height_in * num_rows,
        most_in_a_row=MOST_IN_A_ROW,
    )


def _draw(axes: "Axes", one: Trained) -> None:
    for method in one.methods:
        _draw_method(axes, one, method)
    axes.axvline(one.train_dt_us / 1000, color=INK, lw=0.8, ls="--")
    axes.set_xscale("log", base=2)
    ticks = [dt_us / 1000 for dt_us in one.run_dt_us]
    axes.set_xticks(ticks, [f"{tick:g}" for tick in ticks])
    axes.set_ylim(0.0, 101.0)
    axes.set_xlabel("time step run at [ms]")
    axes.set_title(one.title, loc="left", fontsize=10, color=INK)
    axes.grid(color="#e6e8eb")


def _draw_method(axes: "Axes", one: Trained, method: Method) -> None:
    points = [(dt_us / 1000, one.at(dt_us, method)) for dt_us in one.run_dt_us]
    found = [(x, shares) for x, shares in points if shares is not None]
    colour = COLOURS[method]
    x = [place for place, _ in found]
    axes.plot(
        x, [100 * s.mean for _, s in found], marker="o", ms=4, color=colour, label=WORDS[method]
    )
    low, high = zip(*(shares.ends for _, shares in found), strict=True)
    axes.fill_between(
        x, [100 * end for end in low], [100 * end for end in high], color=colour, alpha=0.15, lw=0
    )
