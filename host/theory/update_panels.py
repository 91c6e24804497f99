# SPDX-License-Identifier: Apache-2.0
"""The panels of the update-magnitude study."""

from collections.abc import Callable, Sequence

import numpy as np

from host.report.panel import COLOURS, Line, Mark, Panel
from host.theory.study import exact_line, simulated_points, split_points
from host.theory.update_run import FROZEN, INITIALISED, UpdateRun
from receivers.theory.update_magnitude import Measure, crossing, expected

_BLUE, _ORANGE, _GREEN, _PINK = COLOURS[:4]
_D_TITLE = "distance d of the tasks"
_E_TITLE = "excess risk [label power]"
_LOOKS = ((FROZEN, "frozen", _BLUE), (INITIALISED, "initialised", _ORANGE))
_NUM_LINE = 81


def panels(own: UpdateRun, both: UpdateRun, counts: Sequence[UpdateRun]) -> tuple[Panel, ...]:
    """Return the four panels: forgetting, mean error, moved parameters, cosine."""
    return (
        _error(own, Measure.FORGETTING, "Forgetting, u shared"),
        _adaptive(both),
        _counts(counts),
        _cosine(both),
    )


def _error(run: UpdateRun, measure: Measure, title: str) -> Panel:
    found = crossing(run.case, measure)
    shown = found is not None and found <= run.x[-1]
    return Panel(
        title=title,
        x_title=_D_TITLE,
        y_title=_E_TITLE,
        lines=tuple(_line(run, measure, *look) for look in _LOOKS),
        points=tuple(
            simulated_points(run.x, run.over_distance(measure, training), colour=colour)
            for training, _, colour in _LOOKS
        ),
        marks=(Mark(x=found, label=f"crossing, d = {found:.3g}"),) if found and shown else (),
        note="Frozen training moves the task's own parameters, initialised training all.",
    )


def _adaptive(run: UpdateRun) -> Panel:
    plain = _error(run, Measure.MEAN, "Mean error of both tasks, u moves too")
    rule = simulated_points(run.x, run.adaptive(Measure.MEAN), colour=_GREEN)
    line = Line(label="by the cosine (simulated)", x=rule.x, y=rule.y, colour=_GREEN, dash="dash")
    return Panel(
        title=plain.title,
        x_title=plain.x_title,
        y_title=plain.y_title,
        lines=(*plain.lines, line),
        points=(*plain.points, rule),
        marks=plain.marks,
        note="By the cosine: initialised where the gradients' cosine is below the threshold.",
    )


def _counts(runs: Sequence[UpdateRun]) -> Panel:
    case = runs[0].case
    grid = list(range(case.num_frozen_training, case.num_initialised_training + 1))
    looks = tuple(zip(runs, (_BLUE, _ORANGE), strict=True))
    inside = grid[0] < case.num_second < grid[-1]
    return Panel(
        title="Forgetting over moved parameters, u shared",
        x_title="parameters k that the second task moves",
        y_title=_E_TITLE,
        lines=tuple(
            exact_line(f"d = {run.case.tasks.distance:g}", grid, _forgetting_at(run), colour=colour)
            for run, colour in looks
        ),
        points=tuple(
            points
            for run, colour in looks
            for points in split_points(
                run.x, run.over_counts(Measure.FORGETTING), at=case.num_second, colour=colour
            )
        ),
        marks=(Mark(x=float(case.num_second), label="k = n"),) if inside else (),
        is_y_log=True,
        note="Left end: frozen training. Right end: initialised training.",
    )


def _cosine(run: UpdateRun) -> Panel:
    found = crossing(run.case, Measure.MEAN)
    at_solution = simulated_points(
        run.x, [drawn.cosine_at_solution for drawn in run.drawn], colour=_PINK
    )
    shown = found is not None and found <= run.x[-1]
    return Panel(
        title="Cosine of successive gradients, u moves too",
        x_title=_D_TITLE,
        y_title="cosine",
        lines=(
            exact_line("where learning starts", _grid(run), run.cosine_at, colour=_BLUE),
            Line(
                label="at the old solution (simulated)",
                x=at_solution.x,
                y=at_solution.y,
                colour=_PINK,
                dash="dot",
            ),
            *_level(run),
        ),
        points=(
            simulated_points(run.x, [drawn.cosine for drawn in run.drawn], colour=_BLUE),
            at_solution,
        ),
        marks=(Mark(x=found, label=f"crossing, d = {found:.3g}"),) if found and shown else (),
        note="Below the threshold the mean error is less with every parameter trained.",
    )


def _level(run: UpdateRun) -> tuple[Line, ...]:
    threshold = run.threshold
    if threshold is None:
        return ()
    line = Line(
        label=f"threshold {threshold:.2f}",
        x=(run.x[0], run.x[-1]),
        y=(threshold, threshold),
        colour=_GREEN,
        dash="dash",
    )
    return (line,)


def _line(run: UpdateRun, measure: Measure, training: int, label: str, colour: str) -> Line:
    ends = (run.case.num_frozen_training, run.case.num_initialised_training)
    return exact_line(
        label,
        _grid(run),
        lambda d: expected(run.case.at(d), ends[training]).of(measure),
        colour=colour,
    )


def _forgetting_at(run: UpdateRun) -> Callable[[float], float]:
    return lambda k: expected(run.case, round(k)).of(Measure.FORGETTING)


def _grid(run: UpdateRun) -> list[float]:
    return [float(x) for x in np.linspace(run.x[0], run.x[-1], _NUM_LINE)]
