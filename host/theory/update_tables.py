# SPDX-License-Identifier: Apache-2.0
"""The tables of the update-magnitude study."""

from dataclasses import replace

from host.report import quantity
from host.report.tables import Row, Table
from host.theory.study import generator_of, written
from host.theory.update_run import (
    FROZEN,
    INITIALISED,
    INITIALISED_NAME,
    UpdateRun,
    better_nearby,
)
from receivers.theory.gradient_cosine import separation
from receivers.theory.interval import mean_interval
from receivers.theory.update_draws import crossing_interval
from receivers.theory.update_magnitude import Measure, UpdateCase, crossing

_NAMES = ((Measure.FORGETTING, "forgetting"), (Measure.NEW, "new task"), (Measure.MEAN, "mean"))
_FACTORS = (0.6, 0.875, 1.125, 1.5, 2.4)


def tables(own: UpdateRun, both: UpdateRun) -> tuple[Table, ...]:
    """Return the tables: crossings, crossings at other n, errors at both ends, the cosine."""
    return (_crossings(own, both), _other_labels(own, both), _ends(own, both), _cosine(both))


def _crossings(own: UpdateRun, both: UpdateRun) -> Table:
    rows: list[Row] = []
    for run, where in ((own, "q alone"), (both, "u and q")):
        for measure, name in _NAMES:
            gap = run.difference(measure)
            drawn = crossing_interval(
                gap[0], gap[-1], distance=run.x[-1], generator=generator_of(run.seed)
            )
            rows.append((name, where, _place(run.case, measure), written(drawn)))
    return Table(
        caption="Distance beyond which initialised training has the smaller error",
        head=("error", "what moves", "closed form", "simulated (95 %)"),
        rows=tuple(rows),
        note="Never: the training that is named has the smaller error at every distance. Up to: "
        "initialised training has it at smaller distances.",
    )


def _other_labels(own: UpdateRun, both: UpdateRun) -> Table:
    rows: list[Row] = []
    for num_second in _label_counts(own.case):
        cells = (
            _place(replace(run.case, num_second=num_second), measure)
            for run, measure in (
                (own, Measure.FORGETTING),
                (both, Measure.FORGETTING),
                (both, Measure.NEW),
                (both, Measure.MEAN),
            )
        )
        rows.append((str(num_second), *cells))
    return Table(
        caption="The same crossings with other numbers of labels, in closed form",
        head=(
            "n",
            "forgetting, q moves",
            "forgetting, u and q",
            "new task, u and q",
            "mean, u and q",
        ),
        rows=tuple(rows),
        note=f"P = {own.case.tasks.num_parameters} parameters in all.",
    )


def _place(case: UpdateCase, measure: Measure) -> str:
    """Return the distance of the crossing, or which training is better at every distance."""
    found = crossing(case, measure)
    nearby = better_nearby(case, measure)
    if found is None:
        return f"never: {nearby}"
    if nearby == INITIALISED_NAME:
        return f"up to {quantity.number(found)}"
    return quantity.number(found)


def _label_counts(case: UpdateCase) -> tuple[int, ...]:
    """Return numbers of labels around those of P, where both trainings have an expectation."""
    total = case.tasks.num_parameters
    counts = sorted({case.num_second, *(round(total * factor) for factor in _FACTORS)})
    ends = (case.num_frozen_training, case.num_initialised_training)
    return tuple(n for n in counts if min(abs(n - k) for k in ends) > 1)


def _ends(own: UpdateRun, both: UpdateRun) -> Table:
    rows: list[Row] = []
    for run, where in ((own, "q alone"), (both, "u and q")):
        for i in (0, -1):
            for measure, name in _NAMES:
                frozen, initialised = (
                    mean_interval(run.over_distance(measure, training)[i])
                    for training in (FROZEN, INITIALISED)
                )
                gap = mean_interval(run.difference(measure)[i])
                better = (
                    "frozen" if gap.is_negative else "initialised" if gap.is_positive else "open"
                )
                rows.append(
                    (where, f"{run.x[i]:g}", name, written(frozen), written(initialised), better)
                )
    return Table(
        caption="Errors of the nearest and the farthest tasks, simulated",
        head=("what moves", "d", "error", "frozen (95 %)", "initialised (95 %)", "smaller"),
        rows=tuple(rows),
        note="Smaller: where the interval of the difference over the same draws leaves 0 out.",
    )


def _cosine(run: UpdateRun) -> Table:
    near = run.drawn[0].cosine
    rows = tuple(
        (
            f"{x:g}",
            quantity.number(run.cosine_at(x)),
            written(mean_interval(drawn.cosine)),
            quantity.number(separation(near, drawn.cosine)),
            written(mean_interval(drawn.cosine_at_solution)),
        )
        for x, drawn in list(zip(run.x, run.drawn, strict=True))[::2]
    )
    threshold = run.threshold
    told = (
        "No threshold: beyond no distance is the mean error less with every parameter trained."
        if threshold is None
        else f"Threshold: {quantity.number(threshold)}, the cosine expected where the mean errors "
        "cross."
    )
    return Table(
        caption="Cosine of successive gradients, u and q move",
        head=("d", "closed form", "simulated (95 %)", "tells from d = 0", "at the old solution"),
        rows=rows,
        note=f"{told} Tells from d = 0: area under the ROC curve.",
    )
