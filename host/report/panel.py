# SPDX-License-Identifier: Apache-2.0
"""A plain panel of lines and points, before anything draws it."""

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from pydantic import JsonValue
from pydantic_core import to_jsonable_python

from host.report.look import Dash

COLOURS = ("#0072b2", "#d55e00", "#009e73", "#cc79a7", "#e69f00")
_DIGITS = 6


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """A curve; y is None where it has no value."""

    label: str
    x: tuple[float, ...]
    y: tuple[float | None, ...]
    colour: str
    dash: Dash = "solid"


@dataclass(frozen=True, slots=True, kw_only=True)
class Points:
    """Simulated points with the ends of their intervals; a curve of the same colour names them."""

    x: tuple[float, ...]
    y: tuple[float, ...]
    low: tuple[float, ...]
    high: tuple[float, ...]
    colour: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Mark:
    """A vertical line at x with its name."""

    x: float
    label: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Panel:
    """One pair of axes.

    Parameters
    ----------
    title, x_title, y_title : str
        Axes with their units.
    lines, points, marks : tuple
    is_x_log, is_y_log : bool
    x_ticks : tuple of float
        Where the abscissa has its figures; empty: where they are round.
    note : str
        What to read off it.
    """

    title: str
    x_title: str
    y_title: str
    lines: tuple[Line, ...]
    points: tuple[Points, ...] = ()
    marks: tuple[Mark, ...] = ()
    is_x_log: bool = False
    is_y_log: bool = False
    x_ticks: tuple[float, ...] = ()
    note: str = ""


def finite(values: Iterable[float]) -> tuple[float | None, ...]:
    """Return values to six digits, None for those that are not finite."""
    return tuple(rounded(value) if math.isfinite(value) else None for value in values)


def rounded(value: float) -> float:
    """Return a value to six digits: what a record keeps."""
    return float(f"{value:.{_DIGITS}g}")


def listed(panels: Sequence[Panel]) -> JsonValue:
    """Return panels as JSON: every figure that is drawn, but not where axes have theirs."""
    found: list[dict[str, JsonValue]] = to_jsonable_python(panels)
    return [{k: v for k, v in panel.items() if k != "x_ticks"} for panel in found]
