# SPDX-License-Identifier: Apache-2.0
"""The time step as a knob: accuracy over what a recording costs on a board."""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING

from pydantic import JsonValue

from host.report.canvas import Figure, bare_axis, bare_layout
from host.report.picture_canvas import INK, footer, save
from host.report.spiking.deployed import OnOneBoard, boards, in_integers
from host.report.spiking.matrix import Trained, milliseconds
from host.report.spiking.picture import MOST_IN_A_ROW, kind_panels
from snn.integer.network import WeightBits

if TYPE_CHECKING:
    from matplotlib.axes import Axes

_COLOURS = ("#0072b2", "#d55e00", "#009e73", "#cc79a7", "#e69f00", "#56b4e9")
NOTE = (
    "Every point is a time step that the same network runs at. Accuracy: all recordings, in the "
    "twin; price: those that the board was given."
)


class Price(StrEnum):
    """What a recording is paid for with; the words stand at the axis."""

    INSTRUCTIONS = "instructions a recording [million]"
    ENERGY = "modelled energy a recording [µJ]"


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """One board and number of bits: a point a time step, the finest first.

    Parameters
    ----------
    board : str
    weight_bits : 8 or 4
    prices : tuple of float
        In the unit of the price.
    shares : tuple of float
        Of recordings told right.
    dt_us : tuple of int [us]
    """

    board: str
    weight_bits: WeightBits
    prices: tuple[float, ...]
    shares: tuple[float, ...]
    dt_us: tuple[int, ...]

    @property
    def name(self) -> str:
        """Return what the line is called in a legend."""
        return f"{self.board}, int{self.weight_bits}"


def lines(one: Trained, price: Price) -> tuple[Line, ...]:
    """Return the lines of one kind of network; none where the price is not known."""
    bits: dict[WeightBits, None] = {place.weight_bits: None for place in in_integers(one)}
    drawn = (_line(one, board, b, price) for board in boards(one) for b in bits)
    return tuple(line for line in drawn if line.prices)


def figure(one: Trained, price: Price) -> Figure:
    """Return accuracy over price, as Plotly draws it on the page."""
    layout = bare_layout(price)
    layout["xaxis"] = bare_axis(price, type="log")
    layout["yaxis"] = bare_axis("recordings told right [%]")
    drawn: list[JsonValue] = [
        {
            "type": "scatter",
            "mode": "lines+markers+text",
            "name": line.name,
            "line": {"color": colour, "dash": _dash(line)},
            "x": list(line.prices),
            "y": [100 * share for share in line.shares],
            "text": [milliseconds(dt_us) for dt_us in line.dt_us],
            "textposition": "top center",
        }
        for line, colour in _coloured(lines(one, price))
    ]
    return {"data": drawn, "layout": layout}


def save_knob(path: Path, kinds: Sequence[Trained], price: Price) -> Path | None:
    """Write the PNG file, a panel a kind of network; None if no price is known."""
    drawn = [one for one in kinds if lines(one, price)]
    if not drawn:
        return None
    sheet, places = kind_panels(len(drawn))
    for axes, one in zip(places, drawn, strict=True):
        _draw(axes, one, price)
    for axes in places[::MOST_IN_A_ROW]:
        axes.set_ylabel("recordings told right [%]")
    places[-1].legend(loc="lower right", fontsize=8, frameon=False)
    footer(sheet, NOTE)
    return save(sheet, path)


def _draw(axes: "Axes", one: Trained, price: Price) -> None:
    from matplotlib.ticker import FuncFormatter, LogLocator, NullFormatter

    for line, colour in _coloured(lines(one, price)):
        y = [100 * share for share in line.shares]
        style, above_points = ("-", 5) if line.weight_bits == 8 else ("--", -11)
        axes.plot(line.prices, y, style, marker="o", ms=4, color=colour, label=line.name)
        for x, height, dt_us in zip(line.prices, y, line.dt_us, strict=True):
            axes.annotate(
                milliseconds(dt_us),
                (x, height),
                xytext=(0, above_points),
                textcoords="offset points",
                ha="center",
                fontsize=7,
                color=colour,
            )
    axes.set_xscale("log")
    axes.xaxis.set_major_locator(LogLocator(subs=(1.0, 2.0, 5.0)))
    axes.xaxis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:g}"))
    axes.xaxis.set_minor_formatter(NullFormatter())
    axes.margins(x=0.08, y=0.15)
    axes.set_xlabel(price)
    axes.set_title(one.title, loc="left", fontsize=10, color=INK)
    axes.grid(color="#e6e8eb")


def _line(one: Trained, board: str, bits: WeightBits, price: Price) -> Line:
    paid = [
        (place.dt_us, place.mean, cost)
        for place in sorted(in_integers(one), key=lambda place: place.dt_us)
        if place.weight_bits == bits
        and (told := place.on(board)) is not None
        and (cost := _cost(told, price)) is not None
    ]
    return Line(
        board=board,
        weight_bits=bits,
        prices=tuple(cost for _, _, cost in paid),
        shares=tuple(share for _, share, _ in paid),
        dt_us=tuple(dt_us for dt_us, _, _ in paid),
    )


def _cost(told: OnOneBoard, price: Price) -> float | None:
    if price is Price.INSTRUCTIONS:
        return None if told.instructions is None else told.instructions / 1e6
    return None if told.energy is None else told.energy.value * 1e6


def _coloured(drawn: Sequence[Line]) -> list[tuple[Line, str]]:
    """Return lines with their colours, one a board."""
    names = list(dict.fromkeys(line.board for line in drawn))
    return [(line, _COLOURS[names.index(line.board) % len(_COLOURS)]) for line in drawn]


def _dash(line: Line) -> str:
    return "solid" if line.weight_bits == 8 else "dash"
