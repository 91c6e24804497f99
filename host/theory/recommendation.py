# SPDX-License-Identifier: Apache-2.0
"""The study behind a recommendation: mean error over frames, for each set of trained parameters."""

import math
from dataclasses import dataclass

from host.report import quantity
from host.report.panel import COLOURS, Line, Mark, Panel, finite
from host.report.tables import Row, Table
from host.theory.study import Study
from receivers.theory.recommendation import (
    Advice,
    Air,
    Recommendation,
    evenly,
    recommend,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class RecommendationSettings:
    """A receiver, its labels and its air; the sets are (name, number of parameters)."""

    air: Air
    trained: tuple[tuple[str, int], ...]
    frame_bytes: int
    max_frames: int


def study(settings: RecommendationSettings) -> Study:
    """Read the recommendation off the curves.

    Raises
    ------
    TheoryError
        If a setting is out of its range.
    """
    air = settings.air
    found = recommend(
        air,
        evenly(settings.trained),
        frame_bytes=settings.frame_bytes,
        max_frames=settings.max_frames,
    )
    return Study(
        name="recommendation",
        title=f"{air.labels_per_slot} labels a slot, {air.slots_per_batch} slots a mini-batch",
        settings={
            "labels_per_slot": air.labels_per_slot,
            "slots_per_batch": air.slots_per_batch,
            "noise_std": air.noise_std,
            "old_gap": air.old_gap,
            "new_gap": air.new_gap,
            "distance": air.distance,
            "trained": [f"{name}={count}" for name, count in settings.trained],
            "frame_bytes": settings.frame_bytes,
            "max_frames": settings.max_frames,
        },
        tables=(_table(settings, found),),
        panels=(_panel(settings, found),),
    )


def _table(settings: RecommendationSettings, found: Recommendation) -> Table:
    chosen = found.chosen
    return Table(
        caption="Buffers by the mean error of both channels, for each set of parameters",
        head=(
            "trained",
            "parameters",
            "p = n + s at",
            "small buffer",
            "its error",
            "no better up to",
            "best buffer",
            "KiB",
            "its error",
            "without any",
        ),
        rows=tuple(_row(one, settings) for one in found.advice),
        note=f"Buffers in frames. Recommended: train {chosen.trained.name}, keep "
        f"{chosen.best.num_frames} frames ({quantity.kibibytes(found.buffer_bytes)} KiB); with "
        "less memory than 'no better up to', keep the small buffer. Errors in label power: a "
        "linear model compares settings and foretells no error rate.",
    )


def _row(one: Advice, settings: RecommendationSettings) -> Row:
    best, small = one.best, one.small
    edge = _edge(one, settings)
    without = one.curve[0].errors.generalisation
    return (
        one.trained.name,
        quantity.count(one.trained.num_parameters),
        quantity.number(edge) if edge > 0 else quantity.ABSENT,
        quantity.count(None if small is None else small.num_frames),
        quantity.number(None if small is None else small.errors.generalisation),
        quantity.count(None if one.again_from is None else one.again_from - 1),
        quantity.count(best.num_frames),
        quantity.kibibytes(best.num_frames * settings.frame_bytes),
        quantity.number(best.errors.generalisation),
        quantity.number(without if math.isfinite(without) else None),
    )


def _edge(one: Advice, settings: RecommendationSettings) -> float:
    """Return the frames at which p = n + s."""
    air = settings.air
    return (one.trained.num_parameters - air.num_new) / air.labels_per_slot


def _panel(settings: RecommendationSettings, found: Recommendation) -> Panel:
    lines: list[Line] = []
    marks: list[Mark] = []
    for one, colour in zip(found.advice, COLOURS * len(found.advice), strict=False):
        curve = [point for point in one.curve if point.num_frames > 0]
        lines.append(
            Line(
                label=f"{one.trained.name}, p = {one.trained.num_parameters}",
                x=tuple(float(point.num_frames) for point in curve),
                y=finite(point.errors.generalisation for point in curve),
                colour=colour,
            )
        )
        edge = _edge(one, settings)
        if 1.0 <= edge <= settings.max_frames:
            marks.append(Mark(x=edge, label=f"p = n + s, {one.trained.name}"))
    return Panel(
        title="Mean error of both channels",
        x_title="frames kept",
        y_title="excess risk [label power]",
        lines=tuple(lines),
        marks=tuple(marks),
        is_x_log=True,
        is_y_log=True,
        note="Closed form.",
    )
