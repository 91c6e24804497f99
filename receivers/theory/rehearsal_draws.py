# SPDX-License-Identifier: Apache-2.0
"""The rehearsal model by simulation: every draw is fitted at every size of the buffer."""

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from receivers.theory.least_squares import Floats, excess, nearest_solution
from receivers.theory.rehearsal import Rehearsal
from receivers.theory.tasks import directions, draw_labels

# Memory is bounded by features at once: 32 MB of them.
_FEATURES_AT_ONCE = 4_000_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Simulated:
    """Errors of every draw; a draw has the same labels at every s, the first s of one row.

    Parameters
    ----------
    adaptation, memory : float64 [num_draws, num_sizes]
    """

    adaptation: Floats
    memory: Floats

    @property
    def generalisation(self) -> Floats:
        """Return the mean over both tasks, float64 [num_draws, num_sizes]."""
        return 0.5 * (self.adaptation + self.memory)


def simulate(
    case: Rehearsal,
    sizes: Sequence[int],
    *,
    num_draws: int,
    generator: np.random.Generator,
    on_progress: Callable[[int, int], None] = lambda _done, _total: None,
) -> Simulated:
    """Fit every draw at every s of `sizes`; `on_progress` is told draws done and all of them."""
    parts: list[tuple[Floats, Floats]] = []
    at_once = max(
        1, min(50, _FEATURES_AT_ONCE // (case.num_parameters * (case.num_new + max(sizes))))
    )
    for done in range(0, num_draws, at_once):
        on_progress(done, num_draws)
        parts.append(_fit(case, sizes, min(at_once, num_draws - done), generator))
    on_progress(num_draws, num_draws)
    adaptation, memory = (np.concatenate(some) for some in zip(*parts, strict=True))
    return Simulated(adaptation=adaptation, memory=memory)


def _fit(
    case: Rehearsal, sizes: Sequence[int], num_draws: int, generator: np.random.Generator
) -> tuple[Floats, Floats]:
    old, new = _tasks(case, num_draws, generator)
    design, labels = draw_labels(new, case.num_new, noise_std=case.noise_new, generator=generator)
    old_design, old_labels = draw_labels(
        old, max(sizes), noise_std=case.noise_old, generator=generator
    )
    adaptation = np.empty((num_draws, len(sizes)))
    memory = np.empty_like(adaptation)
    for i, size in enumerate(sizes):
        found = nearest_solution(
            np.concatenate((old_design[:, :size], design), axis=1),
            np.concatenate((old_labels[:, :size], labels), axis=1),
            start=np.zeros_like(new),
        )
        adaptation[:, i], memory[:, i] = excess(found, new), excess(found, old)
    return adaptation, memory


def _tasks(
    case: Rehearsal, num_draws: int, generator: np.random.Generator
) -> tuple[Floats, Floats]:
    """Draw both tasks seen from the start: two sides of a triangle in a random plane."""
    shape = (num_draws, case.num_parameters)
    along = directions(shape, generator)
    across = directions(shape, generator)
    across -= np.sum(along * across, axis=1, keepdims=True) * along
    across /= np.linalg.norm(across, axis=1, keepdims=True)
    a, b, d = case.old_gap, case.new_gap, case.distance
    inner = 0.5 * (a**2 + b**2 - d**2)
    parallel = inner / a if a > 0.0 else b
    height = math.sqrt(max(0.0, b**2 - parallel**2))
    return a * along, parallel * along + height * across
