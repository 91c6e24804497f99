# SPDX-License-Identifier: Apache-2.0
"""The study of rehearsal: errors over the size of the buffer, and where slopes change sign."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

import numpy as np

from host.report import quantity
from host.report.panel import COLOURS, Line, Mark, Panel, Points, finite
from host.report.tables import Row, Table
from host.theory.study import (
    OnProgress,
    Study,
    exact_line,
    generator_of,
    split_points,
    written,
)
from receivers.theory.interval import mean_interval
from receivers.theory.least_squares import Floats
from receivers.theory.rehearsal import (
    Errors,
    Rehearsal,
    expected,
    has_interval,
    memory_floor,
)
from receivers.theory.rehearsal_draws import Simulated, simulate

_NUM_POINTS = 14
# Fewer sizes than that lie below p = n + s: no floor is looked for among them.
_NO_FLOOR = 6
_NUM_LINE = 60
_ERROR_TITLES = (
    ("adaptation", "Adaptation: error on the new task"),
    ("memory", "Memory: error on the old task"),
    ("generalisation", "Generalisation: mean of both"),
)
_NUM_FLOORS = 21
_S_TITLE = "rehearsed labels s"
_E_TITLE = "excess risk [label power]"


@dataclass(frozen=True, slots=True, kw_only=True)
class RehearsalSettings:
    """What is computed: p, n, sigma and both gaps of the model, at several distances."""

    num_parameters: int = 100
    num_new: int = 40
    noise_std: float = 0.2
    gap: float = 1.0
    distances: tuple[float, ...] = (0.1, 0.5, 1.0)
    num_draws: int = 400
    seed: int = 1

    def case(self, distance: float) -> Rehearsal:
        """Return the model at one distance."""
        return Rehearsal(
            num_parameters=self.num_parameters,
            num_new=self.num_new,
            noise_old=self.noise_std,
            noise_new=self.noise_std,
            old_gap=self.gap,
            new_gap=self.gap,
            distance=distance,
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class _Run:
    """One distance: the model, the sizes that were simulated, and their errors."""

    case: Rehearsal
    sizes: tuple[int, ...]
    drawn: Simulated

    def draws(self, error: str, size: int) -> Floats:
        of: dict[str, Floats] = {
            "adaptation": self.drawn.adaptation,
            "memory": self.drawn.memory,
            "generalisation": self.drawn.generalisation,
        }
        return of[error][:, self.sizes.index(size)]


def study(
    settings: RehearsalSettings, *, on_progress: OnProgress = lambda _done, _total: None
) -> Study:
    """Compute the study: closed forms at every s, simulation at some.

    Raises
    ------
    TheoryError
        If a setting is out of its range.
    """
    runs = [_run(settings, i, on_progress) for i in range(len(settings.distances))]
    case = runs[0].case
    return Study(
        name="rehearsal",
        title=f"Rehearsal, p = {case.num_parameters}, n = {case.num_new}, "
        f"sigma = {settings.noise_std:g}, gaps {settings.gap:g}",
        settings={
            "num_parameters": settings.num_parameters,
            "num_new": settings.num_new,
            "noise_std": settings.noise_std,
            "gap": settings.gap,
            "distances": settings.distances,
            "num_draws": settings.num_draws,
            "seed": settings.seed,
        },
        tables=tuple(_slope_table(runs, error) for error in ("adaptation", "memory"))
        + ((_floors(runs),) if case.threshold > _NO_FLOOR else ()),
        panels=tuple(_error_panel(runs, *titled) for titled in _ERROR_TITLES)
        + ((_floor_panel(settings),) if case.threshold > _NO_FLOOR else ()),
    )


def _run(settings: RehearsalSettings, i_distance: int, on_progress: OnProgress) -> _Run:
    case = settings.case(settings.distances[i_distance])
    sizes = _sizes(case)
    before, total = (settings.num_draws * i for i in (i_distance, len(settings.distances)))

    def _watch(done: int, _total: int) -> None:
        on_progress(before + done, total)

    drawn = simulate(
        case,
        sizes,
        num_draws=settings.num_draws,
        generator=generator_of(settings.seed),
        on_progress=_watch,
    )
    return _Run(case=case, sizes=sizes, drawn=drawn)


def ranges(case: Rehearsal) -> tuple[tuple[str, int, int], ...]:
    """Return the ranges of s between which errors are compared: (name, first s, last s).

    Below p = n + s they exist where the new labels alone are fewer than the parameters.
    """
    edge, p = case.threshold, case.num_parameters
    below = (
        ("p far above n + s", 0, edge // 3),
        ("p just above n + s", edge - edge // 3, edge - 6),
    )
    above = (
        ("p just below n + s", max(0, edge) + 6, max(0, edge) + p // 2),
        ("p far below n + s", max(0, edge) + 2 * p, max(0, edge) + 6 * p),
    )
    chosen = (*below, *above) if edge > 20 else above
    return tuple((name, first, last) for name, first, last in chosen if first < last)


def _sizes(case: Rehearsal) -> tuple[int, ...]:
    shown = np.linspace(0, _last_shown(case), _NUM_POINTS).round().astype(int).tolist()
    ends = (s for _, *both in ranges(case) for s in both)
    beside = max(0, case.threshold) + 10  # where curves bend most
    return tuple(sorted({s for s in (*shown, *ends, beside) if has_interval(case, s)}))


def _last_shown(case: Rehearsal) -> int:
    return max(0, case.threshold) + case.num_parameters + case.num_parameters // 2


def _error_panel(runs: Sequence[_Run], error: str, title: str) -> Panel:
    case = runs[0].case
    grid = _grid(case)
    lines: list[Line] = []
    points: list[Points] = []
    for run, colour in zip(runs, COLOURS, strict=False):
        of = _closed_form(run.case, error)
        lines.append(exact_line(f"d = {run.case.distance:g}", grid, of, colour=colour))
        points += _points(run, error, colour)
    marks = (Mark(x=float(case.threshold), label="p = n + s"),) if case.threshold > 0 else ()
    return Panel(
        title=title,
        x_title=_S_TITLE,
        y_title=_E_TITLE,
        lines=tuple(lines),
        points=tuple(points),
        marks=marks,
        is_y_log=True,
        note="d: distance of the tasks. Within 3 of p = n + s the error has no variance.",
    )


def _grid(case: Rehearsal) -> list[float]:
    """Return the s that curves are drawn at, closer together beside p = n + s."""
    last, edge = _last_shown(case), case.threshold
    beside = (edge + sign * step for sign in (-1, 1) for step in (0, 2, 3, 4, 6, 9))
    even = np.linspace(0, last, _NUM_LINE).round().astype(int).tolist()
    return [float(s) for s in sorted({*even, *(s for s in beside if 0 <= s <= last)})]


def _closed_form(case: Rehearsal, error: str) -> Callable[[float], float]:
    return lambda s: _of(expected(case, round(s)), error)


def _of(errors: Errors, error: str) -> float:
    return float(getattr(errors, error))


def _points(run: _Run, error: str, colour: str) -> tuple[Points, ...]:
    shown = [s for s in run.sizes if s <= _last_shown(run.case)]
    draws = [run.draws(error, s) for s in shown]
    return split_points(shown, draws, at=run.case.threshold, colour=colour)


def _slope_table(runs: Sequence[_Run], error: str) -> Table:
    rows: list[Row] = []
    for run in runs:
        for name, first, last in ranges(run.case):
            exact = _of(expected(run.case, last), error) - _of(expected(run.case, first), error)
            found = mean_interval(run.draws(error, last) - run.draws(error, first))
            sign = "falls" if found.is_negative else "rises" if found.is_positive else "open"
            rows.append(
                (
                    f"{run.case.distance:g}",
                    name,
                    f"{first} to {last}",
                    quantity.number(exact),
                    written(found),
                    sign,
                )
            )
    return Table(
        caption=f"Change of the {error} error with more rehearsal",
        head=("d", "where", "s", "closed form", "simulated (95 %)", "the error"),
        rows=tuple(rows),
        note="Simulated: the same draws at both s. Open: the interval holds 0.",
    )


def _floors(runs: Sequence[_Run]) -> Table:
    rows: list[Row] = []
    for run in runs:
        size, least = memory_floor(run.case)
        without = expected(run.case, 0).memory
        last = expected(run.case, run.case.threshold - 6).memory
        cells = (size, without, least, last)
        rows.append((f"{run.case.distance:g}", *(quantity.number(one) for one in cells)))
    return Table(
        caption="Memory error while p > n + s, in closed form",
        head=("d", "least at s", "at s = 0", "least", "at s = p - n - 6"),
        rows=tuple(rows),
        note="More rehearsal than that raises the error again, up to p = n + s.",
    )


def _floor_panel(settings: RehearsalSettings) -> Panel:
    """Draw the least memory error over distance at half, once and twice the noise."""
    lines: list[Line] = []
    distances = np.linspace(0.0, 2.0 * settings.gap, _NUM_FLOORS).tolist()
    case = settings.case(0.0)
    for factor, colour in zip((0.5, 1.0, 2.0), COLOURS, strict=False):
        noise = factor * settings.noise_std
        quieter = replace(case, noise_old=noise, noise_new=noise)
        found = [memory_floor(replace(quieter, distance=d))[1] for d in distances]
        label = f"sigma = {noise:g}"
        lines.append(Line(label=label, x=tuple(distances), y=finite(found), colour=colour))
    return Panel(
        title="Least memory error while p > n + s",
        x_title="distance d of the tasks",
        y_title=_E_TITLE,
        lines=tuple(lines),
        note="Over all s below p - n.",
    )
