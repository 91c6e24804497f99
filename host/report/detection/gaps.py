# SPDX-License-Identifier: Apache-2.0
"""The generalization gap in tables: pilots against data, and how it grows with iterations."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from host.detection.record import Mean
from host.report.detection.points import Axis, Place, Point, Study, lines_over, words
from host.report.detection.resampling import (
    FEWEST_CLUSTERS,
    FEWEST_VALUES,
    NUM_REPLICATES,
    Estimate,
    gap_slope,
)
from host.report.quantity import ABSENT, number
from host.report.tables import Row, Table

_NO_SLOPE = "a gap is not positive: no logarithm"


def gap_table(found: Study, leading: Callable[[Place], Row], heads: Row) -> Table:
    """Tabulate what detectors do on the pilots they learned from, and on data."""
    rows = [
        (*leading(place), name, *_figures(point))
        for place in found.places
        for name in found.learners
        if (point := found.at(name, place)) is not None and _is_its_own(found, name, place)
    ]
    return Table(
        caption="Generalization: pilots against data",
        head=(
            *heads,
            "detector",
            "SER pilots",
            "SER data",
            "cross-entropy pilots [nat]",
            "data [nat]",
            "gap [nat]",
        ),
        rows=tuple(rows),
        note="In brackets: 95 % interval, Student's t between blocks.",
    )


def slope_table(found: Study) -> Table:
    """Tabulate how the gap grows with iterations; no rows without several of these."""
    rows = [
        (
            words(one.places[0], _others(found)) or "all",
            one.detector,
            _slope(one.of_logarithm),
            statement(one.of_logarithm),
            _slope(one.of_gap),
            statement(one.of_gap),
        )
        for one in slopes(found)
    ]
    return Table(
        caption="The gap over iterations: slopes by least squares",
        head=("where", "detector", "of ln(gap)", "interval", "of the gap [nat]", "interval"),
        rows=tuple(rows),
        note=(
            f"An iteration. In brackets: 95 % interval, {NUM_REPLICATES} bootstrap draws of the "
            f"blocks, the same for all iterations (expanded percentiles); none below "
            f"{FEWEST_CLUSTERS} independent blocks, or where draws have a gap without a logarithm."
        ),
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Slopes:
    """How the gap of one learner grows with iterations, and the places that tell it."""

    places: tuple[Place, ...]
    detector: str
    of_logarithm: Estimate | None
    of_gap: Estimate | None


def slopes(found: Study) -> Iterator[Slopes]:
    """Yield the slopes of every learner that iterates, where there are enough iterations."""
    for group in lines_over(found, Axis.ITERATIONS):
        if len(group) < FEWEST_VALUES:
            continue
        x = [float(place.num_iterations or 0) for place in group]
        for name in found.learners:
            points = [point for place in group if (point := found.at(name, place)) is not None]
            if len({id(point) for point in points}) == len(group):
                yield Slopes(
                    places=group,
                    detector=name,
                    of_logarithm=gap_slope(points, x, is_of_logarithm=True),
                    of_gap=gap_slope(points, x, is_of_logarithm=False),
                )


def statement(slope: Estimate | None) -> str:
    """Return whether the interval includes 0, in words."""
    if slope is None:
        return _NO_SLOPE
    if slope.low is not None and slope.low > 0:
        return "above 0"
    if slope.high is not None and slope.high < 0:
        return "below 0"
    if slope.low is None or slope.high is None:
        return "not known"
    return "includes 0"


def _others(found: Study) -> tuple[Axis, ...]:
    return tuple(axis for axis in found.axes if axis is not Axis.ITERATIONS)


def _is_its_own(found: Study, name: str, place: Place) -> bool:
    """Return whether a row of a detector without iterations is not there already."""
    if (name, place) in found.points:
        return True
    return place.num_iterations == min(p.num_iterations or 0 for p in found.places)


def _figures(point: Point) -> Row:
    if point.pilots is None:
        return (ABSENT,) * 5
    return (
        number(point.pilots.ser.value),
        number(point.data.ser.value),
        number(point.pilots.cross_entropy.value),
        number(point.data.cross_entropy.value),
        _mean(point.gap),
    )


def _mean(mean: Mean | None) -> str:
    if mean is None:
        return ABSENT
    if mean.low is None:
        return f"{number(mean.value)} ({ABSENT})"
    return f"{number(mean.value)} ({number(mean.low)} to {number(mean.high)})"


def _slope(slope: Estimate | None) -> str:
    if slope is None:
        return ABSENT
    return f"{slope.value:.3f} ({_end(slope.low)} to {_end(slope.high)})"


def _end(value: float | None) -> str:
    return ABSENT if value is None else f"{value:.3f}"
