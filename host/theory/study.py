# SPDX-License-Identifier: Apache-2.0
"""What a study of a linear model gives: tables, panels, and the settings that made them."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from pydantic import JsonValue
from pydantic_core import to_jsonable_python

from host.journal import replace_file
from host.report import quantity
from host.report.page import Chart, Page
from host.report.panel import Line, Panel, Points, finite, listed, rounded
from host.report.panel_figure import panel_figure
from host.report.panel_picture import save_panels
from host.report.tables import Table
from receivers.theory.interval import Interval, mean_interval
from receivers.theory.least_squares import Floats

PAGE = "theory.html"

OnProgress = Callable[[int, int], None]
Settings = Mapping[str, int | float | str | Sequence[int | float | str]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Study:
    """One study.

    Parameters
    ----------
    name : str
        Of its command and files.
    title : str
    settings : mapping
        What it was told, the seed included.
    tables : tuple of Table
    panels : tuple of Panel
    """

    name: str
    title: str
    settings: Settings
    tables: tuple[Table, ...]
    panels: tuple[Panel, ...]

    def listed(self) -> JsonValue:
        """Return the study as JSON: settings, tables, and every figure that is drawn."""
        return {
            "study": self.name,
            "settings": _json(self.settings),
            "tables": _json(self.tables),
            "panels": listed(self.panels),
        }

    def write(self, folder: Path) -> tuple[Path, ...]:
        """Write the page and the picture; return their paths, the page first."""
        path = folder / PAGE
        replace_file(path, self.page().encode())
        return (path, save_panels(folder / f"{self.name}.png", self.panels, title=self.title))

    def page(self) -> str:
        """Return the study as one self-contained HTML page."""
        told = ", ".join(f"{name} {value}" for name, value in self.settings.items())
        sheet = Page(title=self.title, subtitle=told)
        sheet.section(
            "Curves", note="Lines: expectation in closed form. Dots and shades: simulated, 95 %."
        )
        sheet.panels(
            [
                Chart(caption=panel.title, figure=panel_figure(panel), note=panel.note)
                for panel in self.panels
            ]
        )
        sheet.section("Tables")
        for table in self.tables:
            sheet.panels([table])
        return sheet.html()


def simulated_points(x: Sequence[float], draws: Sequence[Floats], *, colour: str) -> Points:
    """Return the means of draws with their intervals, a point an x."""
    found = [mean_interval(some) for some in draws]
    return Points(
        x=tuple(x),
        y=tuple(rounded(one.mean) for one in found),
        low=tuple(rounded(one.low) for one in found),
        high=tuple(rounded(one.high) for one in found),
        colour=colour,
    )


def split_points(
    x: Sequence[float], draws: Sequence[Floats], *, at: float, colour: str
) -> tuple[Points, ...]:
    """Return the points on either side of a place that no band may bridge."""
    sides = ([i for i, one in enumerate(x) if (one < at) is below] for below in (True, False))
    return tuple(
        simulated_points([x[i] for i in side], [draws[i] for i in side], colour=colour)
        for side in sides
        if side
    )


def exact_line(
    label: str, x: Sequence[float], of: Callable[[float], float], *, colour: str
) -> Line:
    """Return a closed form over x, broken where it is not finite."""
    return Line(label=label, x=tuple(x), y=finite(of(one) for one in x), colour=colour)


def written(found: Interval | None) -> str:
    """Write an interval as value (low to high), a dash where there is none."""
    if found is None:
        return quantity.ABSENT
    low, high = quantity.number(found.low), quantity.number(found.high)
    return f"{quantity.number(found.mean)} ({low} to {high})"


def generator_of(seed: int) -> np.random.Generator:
    """Return the only source of randomness of a simulation."""
    return np.random.default_rng(seed)


def _json(value: object) -> JsonValue:
    found: JsonValue = to_jsonable_python(value)
    return found
