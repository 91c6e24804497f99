# SPDX-License-Identifier: Apache-2.0
"""Error rates and the generalization gap over every axis that has more than one value."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from host.detection.record import Mean, Rate
from host.report.detection.points import Axis, Place, Point, Study, lines_over, words
from host.report.panel import Line, Panel, Points

DRAWN_OVER = (Axis.SNR, Axis.PILOTS, Axis.ITERATIONS, Axis.USERS)
GAP_OVER = (Axis.PILOTS, Axis.ITERATIONS)
TITLES = {
    Axis.SNR: "SNR [dB]",
    Axis.PILOTS: "pilots of a block",
    Axis.ITERATIONS: "iterations",
    Axis.USERS: "users",
}
FOOT = (
    "Shades: 95 % interval between blocks, of a single block as if symbols were independent.\n"
    "Dashed: does not depend on the abscissa. Left out: what is not above 0."
)
_ANCHOR = "#3b3b3b"
_COLOURS = (
    "#d55e00",
    "#0072b2",
    "#009e73",
    "#cc79a7",
    "#e69f00",
    "#56b4e9",
    "#7a5195",
    "#8c564b",
    "#44aa99",
    "#7f7f7f",
)

Ends = tuple[float, float | None, float | None]
"""A value and the ends of its interval."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Drawn:
    """What is drawn of a point: its name at the axis, and its value with an interval."""

    key: str
    title: str
    read: Callable[[Point], Ends | None]


def panels(study: Study, axis: Axis, drawn: Drawn) -> tuple[Panel, ...]:
    """Return a panel for each place of the other axes; those with nothing to draw are left out."""
    found = (_panel(study, group, axis, drawn) for group in lines_over(study, axis))
    return tuple(panel for panel in found if panel.lines)


def colours(study: Study) -> dict[str, str]:
    """Return the colour of every detector, the same in all figures."""
    others = [name for name in study.detectors if name != study.anchor]
    return {study.anchor: _ANCHOR} | {
        name: _COLOURS[i % len(_COLOURS)] for i, name in enumerate(others)
    }


def _panel(study: Study, group: Sequence[Place], axis: Axis, drawn: Drawn) -> Panel:
    lines: list[Line] = []
    dots: list[Points] = []
    for name, colour in colours(study).items():
        points = [(float(getattr(place, axis)), study.at(name, place)) for place in group]
        known = [(x, ends) for x, point in points if point and (ends := _ends(drawn, point))]
        if not known:
            continue
        is_flat = len({id(point) for _, point in points}) == 1
        lines.append(
            Line(
                label=name,
                x=tuple(x for x, _ in known),
                y=tuple(value for _, (value, _, _) in known),
                colour=colour,
                dash="dash" if is_flat else "solid",
            )
        )
        dots += [] if is_flat else [_dots(known, colour)]
    return Panel(
        title=words(group[0], (other for other in study.axes if other is not axis)) or drawn.title,
        x_title=TITLES[axis],
        y_title=drawn.title,
        lines=tuple(lines),
        points=tuple(dots),
        is_x_log=axis is Axis.PILOTS,
        is_y_log=True,
        x_ticks=tuple(float(getattr(place, axis)) for place in group),
        note=FOOT,
    )


def _ends(drawn: Drawn, point: Point) -> Ends | None:
    """Return what is drawn of a point; None for what a logarithmic axis has no place for."""
    ends = drawn.read(point)
    return ends if ends is not None and ends[0] > 0 else None


def _dots(known: Sequence[tuple[float, Ends]], colour: str) -> Points:
    """Return points with intervals; one that reaches 0 or below ends at a tenth of the value."""
    return Points(
        x=tuple(x for x, _ in known),
        y=tuple(value for _, (value, _, _) in known),
        low=tuple(
            max(value / 10.0, low if low is not None else value) for _, (value, low, _) in known
        ),
        high=tuple(high if high is not None else value for _, (value, _, high) in known),
        colour=colour,
    )


def rate_ends(rate: Rate) -> Ends:
    """Return a rate and its interval: between blocks, or binomial where there is only one."""
    if rate.clustered_low is None:
        return rate.value, rate.low, rate.high
    return rate.value, rate.clustered_low, rate.clustered_high


def _mean_ends(mean: Mean | None) -> Ends | None:
    return None if mean is None else (mean.value, mean.low, mean.high)


SER = Drawn(key="ser", title="symbol error rate", read=lambda point: rate_ends(point.data.ser))
BER = Drawn(key="ber", title="bit error rate", read=lambda point: rate_ends(point.data.ber))
GAP = Drawn(
    key="gap",
    title="cross-entropy of data less that of pilots [nat]",
    read=lambda point: _mean_ends(point.gap),
)
