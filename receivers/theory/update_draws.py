# SPDX-License-Identifier: Apache-2.0
"""Frozen and initialised training by simulation, and the gradients that tell tasks apart."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from receivers.theory.gradient_cosine import cosine, gradient
from receivers.theory.interval import Interval
from receivers.theory.least_squares import Floats, excess, nearest_solution, predicted
from receivers.theory.tasks import draw_labels, draw_tasks
from receivers.theory.update_magnitude import Measure, UpdateCase

# Memory is bounded by features at once: 32 MB of them.
_FEATURES_AT_ONCE = 4_000_000
_BOOTSTRAP_DRAWS = 1000


@dataclass(frozen=True, slots=True, kw_only=True)
class UpdateDraws:
    """Errors of every draw, and the cosines of the two tasks' gradients.

    Parameters
    ----------
    before : float64 [num_draws]
    old, new : float64 [num_draws, num_sizes]
        After the second task, a column a number of moved parameters.
    cosine : float64 [num_draws]
        Of the tasks' gradients where learning starts, from the labels that are learned from.
    cosine_at_solution : float64 [num_draws]
        The same where the first task is learned, its gradient from n labels not seen before.
    """

    before: Floats
    old: Floats
    new: Floats
    cosine: Floats
    cosine_at_solution: Floats

    def of(self, measure: Measure) -> Floats:
        """Return one error of every draw, float64 [num_draws, num_sizes]."""
        figures = {
            Measure.OLD: self.old,
            Measure.NEW: self.new,
            Measure.MEAN: 0.5 * (self.old + self.new),
            Measure.FORGETTING: self.old - self.before[:, None],
        }
        return figures[measure]


def simulate(
    case: UpdateCase,
    trained: Sequence[int],
    *,
    num_draws: int,
    generator: np.random.Generator,
    on_progress: Callable[[int, int], None] = lambda _done, _total: None,
) -> UpdateDraws:
    """Learn both tasks in every draw, moving each of `trained` numbers of parameters.

    The same draws serve every number. `on_progress` is told draws done and all of them.
    """
    parts: list[UpdateDraws] = []
    at_once = max(
        1,
        min(
            50,
            _FEATURES_AT_ONCE // (case.tasks.num_parameters * max(case.num_first, case.num_second)),
        ),
    )
    for done in range(0, num_draws, at_once):
        on_progress(done, num_draws)
        parts.append(_learn(case, trained, min(at_once, num_draws - done), generator))
    on_progress(num_draws, num_draws)
    return UpdateDraws(
        before=np.concatenate([part.before for part in parts]),
        old=np.concatenate([part.old for part in parts]),
        new=np.concatenate([part.new for part in parts]),
        cosine=np.concatenate([part.cosine for part in parts]),
        cosine_at_solution=np.concatenate([part.cosine_at_solution for part in parts]),
    )


def _learn(
    case: UpdateCase, trained: Sequence[int], num_draws: int, generator: np.random.Generator
) -> UpdateDraws:
    noise_std = case.tasks.noise_std
    old, new = draw_tasks(case.tasks, num_draws, generator)
    first = draw_labels(old, case.num_first, noise_std=noise_std, generator=generator)
    second = draw_labels(new, case.num_second, noise_std=noise_std, generator=generator)
    unseen = draw_labels(old, case.num_second, noise_std=noise_std, generator=generator)
    origin = np.zeros_like(old)
    begun = nearest_solution(*first, start=origin)
    found = [_moved(begun, *second, num_trained=k) for k in trained]
    return UpdateDraws(
        before=excess(begun, old),
        old=np.stack([excess(w, old) for w in found], axis=1),
        new=np.stack([excess(w, new) for w in found], axis=1),
        cosine=cosine(gradient(*first, at=origin), gradient(*second, at=origin)),
        cosine_at_solution=cosine(gradient(*unseen, at=begun), gradient(*second, at=begun)),
    )


def _moved(begun: Floats, design: Floats, labels: Floats, *, num_trained: int) -> Floats:
    """Fit the last parameters and the first few; u comes first, so frozen is a block of u."""
    num_parameters = begun.shape[1]
    frozen = slice(0, num_parameters - num_trained)
    kept = begun[:, frozen]
    rest = labels - predicted(design[:, :, frozen], kept)
    moved = nearest_solution(design[:, :, frozen.stop :], rest, start=begun[:, frozen.stop :])
    return np.concatenate((kept, moved), axis=1)


def crossing_interval(
    near: Floats, far: Floats, *, distance: float, generator: np.random.Generator
) -> Interval | None:
    """Return where two trainings are equal, from the same draws at distance 0 and at another.

    The mean difference is affine in the squared distance; the interval is that of 1000 bootstrap
    draws, by percentiles.

    Parameters
    ----------
    near, far : float64 [num_draws]
        Frozen minus initialised, at distance 0 and at `distance`.

    Returns
    -------
    Interval or None
        None where the means do not cross, or fewer than 97.5 % of the bootstrap draws do.
    """
    chosen = generator.integers(near.size, size=(_BOOTSTRAP_DRAWS, near.size))
    with np.errstate(invalid="ignore", divide="ignore"):
        roots = np.sqrt(_root(near[chosen].mean(axis=1), far[chosen].mean(axis=1))) * distance
        middle = float(np.sqrt(_root(near.mean(), far.mean()))) * distance
    known = roots[np.isfinite(roots)]
    if not np.isfinite(middle) or known.size < 0.975 * _BOOTSTRAP_DRAWS:
        return None
    low, high = np.quantile(known, (0.025, 0.975))
    return Interval(mean=middle, low=float(low), high=float(high), num_draws=near.size)


def _root(near: Floats | np.float64, far: Floats | np.float64) -> Floats:
    return np.asarray(near / (near - far), dtype=np.float64)
