# SPDX-License-Identifier: Apache-2.0
"""The study of update magnitude: what is learned once, simulated, and put together."""

from dataclasses import dataclass

import numpy as np

from host.theory import update_panels, update_tables
from host.theory.study import OnProgress, Study, generator_of
from host.theory.update_run import UpdateRun
from receivers.theory.errors import TheoryError
from receivers.theory.rehearsal import NO_VARIANCE
from receivers.theory.tasks import TaskPair
from receivers.theory.update_draws import simulate
from receivers.theory.update_magnitude import UpdateCase

_NUM_DISTANCES = 9
_NUM_COUNTS = 9


@dataclass(frozen=True, slots=True, kw_only=True)
class UpdateSettings:
    """What is computed: p, p_k, n_1, n, sigma of the model, over distances from 0 on."""

    num_shared: int = 60
    num_specific: int = 20
    num_first: int = 400
    num_second: int = 50
    noise_std: float = 0.5
    max_distance: float = 2.0
    num_draws: int = 400
    seed: int = 1

    def case(self, *, shared_share: float, distance: float = 0.0) -> UpdateCase:
        """Return the model with this share of the squared distance in the shared part."""
        tasks = TaskPair(
            num_shared=self.num_shared,
            num_specific=self.num_specific,
            noise_std=self.noise_std,
            distance=distance,
            shared_share=shared_share,
        )
        return UpdateCase(tasks=tasks, num_first=self.num_first, num_second=self.num_second)


def study(
    settings: UpdateSettings, *, on_progress: OnProgress = lambda _done, _total: None
) -> Study:
    """Compute the study: closed forms everywhere, simulation at some distances and counts.

    Raises
    ------
    TheoryError
        If a setting is out of its range.
    """
    if settings.max_distance <= 0.0:
        raise TheoryError(setting="max_distance", problem="it must be above 0")
    _require_intervals(settings)
    steps = 2 * _NUM_DISTANCES + 2
    own = _over_distance(settings, 0.0, step=0, steps=steps, on_progress=on_progress)
    both = _over_distance(
        settings,
        settings.case(shared_share=0.0).tasks.isotropic_share,
        step=_NUM_DISTANCES,
        steps=steps,
        on_progress=on_progress,
    )
    counts = tuple(
        _over_counts(settings, distance, step=steps - 2 + i, steps=steps, on_progress=on_progress)
        for i, distance in enumerate((0.0, settings.max_distance))
    )
    return Study(
        name="update-magnitude",
        title=f"Frozen or initialised training, p = {settings.num_shared}, "
        f"p_k = {settings.num_specific}, n = {settings.num_second} labels, "
        f"sigma = {settings.noise_std:g}",
        settings={
            "num_shared": settings.num_shared,
            "num_specific": settings.num_specific,
            "num_first": settings.num_first,
            "num_second": settings.num_second,
            "noise_std": settings.noise_std,
            "max_distance": settings.max_distance,
            "num_draws": settings.num_draws,
            "seed": settings.seed,
        },
        tables=update_tables.tables(own, both),
        panels=update_panels.panels(own, both, counts),
    )


def _require_intervals(settings: UpdateSettings) -> None:
    case = settings.case(shared_share=0.0)
    for name in ("num_first", "num_second"):
        num_labels: int = getattr(settings, name)
        for k in (case.num_frozen_training, case.num_initialised_training):
            if abs(num_labels - k) <= NO_VARIANCE:
                problem = (
                    f"{num_labels} labels for {k} trained parameters: the squared error has no "
                    f"variance within {NO_VARIANCE} of them, so no interval; take more or fewer"
                )
                raise TheoryError(setting=name, problem=problem)


def _over_distance(
    settings: UpdateSettings,
    shared_share: float,
    *,
    step: int,
    steps: int,
    on_progress: OnProgress,
) -> UpdateRun:
    """Simulate frozen and initialised training over distance, every distance on the same draws."""
    case = settings.case(shared_share=shared_share)
    ends = (case.num_frozen_training, case.num_initialised_training)
    distances = np.linspace(0.0, settings.max_distance, _NUM_DISTANCES).tolist()
    drawn = []
    for i, distance in enumerate(distances):
        on_progress(step + i, steps)
        generator = generator_of(settings.seed)
        one = simulate(case.at(distance), ends, num_draws=settings.num_draws, generator=generator)
        drawn.append(one)
    on_progress(step + len(distances), steps)
    return UpdateRun(case=case, x=tuple(distances), drawn=tuple(drawn), seed=settings.seed)


def _over_counts(
    settings: UpdateSettings, distance: float, *, step: int, steps: int, on_progress: OnProgress
) -> UpdateRun:
    """Simulate one distance over how many parameters the second task moves."""
    case = settings.case(shared_share=0.0, distance=distance)
    even = np.linspace(case.num_frozen_training, case.num_initialised_training, _NUM_COUNTS)
    near = case.num_second
    counts = tuple(k for k in even.round().astype(int).tolist() if abs(k - near) > NO_VARIANCE)
    drawn = simulate(
        case,
        counts,
        num_draws=settings.num_draws,
        generator=generator_of(settings.seed),
    )
    on_progress(step + 1, steps)
    return UpdateRun(case=case, x=counts, drawn=(drawn,), seed=settings.seed)
