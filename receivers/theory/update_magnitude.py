# SPDX-License-Identifier: Apache-2.0
r"""Frozen against initialised training in closed form: how many parameters the second task moves.

The first task is fitted in all P = p + p_k parameters from n_1 labels, starting at 0. From there
the second task moves k of them with n labels: all of q, and the first k - p_k of u. k = p_k is
frozen training, k = P is initialised training. With f = (P - k) / p the share of u that is frozen,

.. math::
    E_{first} &= \sigma^2 \tfrac{P}{n_1 - P - 1} \quad (n_1 > P + 1), \qquad
        (1 - \tfrac{n_1}{P}) |w_1|^2 + \sigma^2 \tfrac{n_1}{P - n_1 - 1} \quad (n_1 < P - 1)

    U &= \tfrac{p}{P} E_{first}, \quad T = E_{first} - f U, \quad
        V = d^2 - f d_u^2, \quad s^2 = \sigma^2 + f (U + d_u^2)

.. math::
    n > k + 1: \quad E_{new} &= f (U + d_u^2) + s^2 \tfrac{k}{n - k - 1}, &
        E_{old} &= f U + V + s^2 \tfrac{k}{n - k - 1}

    n < k - 1: \quad E_{new} &= f (U + d_u^2) + (1 - \tfrac{n}{k}) (T + V)
        + s^2 \tfrac{n}{k - n - 1}, &
        E_{old} &= f U + (1 - \tfrac{n}{k}) T + \tfrac{n}{k} V + s^2 \tfrac{n}{k - n - 1}

where d^2 is the squared distance of the tasks and d_u^2 its part in u (0 in the study). Forgetting
is E_old - E_first. At k - 1 <= n <= k + 1 there is no finite expectation.

Derivation. What stays frozen is wrong by its own error and acts on the rest as further noise,
independent of the features that are trained; the nearest solution keeps the part of its start
outside the rows of A, a uniform subspace, and replaces the part inside; noise enters by the trace
of an inverse Wishart matrix. Directions of w_1 and of the move are uniform, so cross terms vanish.

Consequences that hold exactly: E_old + E_new has slope 1 in the part of d^2 that lies in q,
whatever is trained. So over the distance of q alone the mean of both errors never crosses; what
crosses is forgetting, where initialised training cannot fit (n < P), and what it forgets less it
has learned less. Distance in u costs frozen training more in the mean: there the mean crosses.
"""

import math
from dataclasses import dataclass, replace
from enum import StrEnum

from receivers.theory.errors import TheoryError
from receivers.theory.tasks import TaskPair


class Measure(StrEnum):
    """Which error of a learner that met two tasks."""

    OLD = "old"
    NEW = "new"
    MEAN = "mean"
    FORGETTING = "forgetting"


@dataclass(frozen=True, slots=True, kw_only=True)
class UpdateCase:
    """Two tasks and the labels for each.

    Parameters
    ----------
    tasks : TaskPair
    num_first : int
        n_1, labels of the first task.
    num_second : int
        n, labels of the second.

    Raises
    ------
    TheoryError
        If there is no label, or if n_1 is within 1 of P: no finite expectation after one task.

    Source
    ------
    He, Bai, Yang, arXiv 2602.20796, sec. III and IV: model, frozen and initialised training. The
    expectations are derived here.
    """

    tasks: TaskPair
    num_first: int
    num_second: int

    def __post_init__(self) -> None:
        for setting in ("num_first", "num_second"):
            if getattr(self, setting) < 1:
                raise TheoryError(setting=setting, problem="it must be 1 or more")
        if abs(self.num_first - self.tasks.num_parameters) <= 1:
            problem = (
                f"{self.num_first} labels for {self.tasks.num_parameters} parameters have no "
                "finite expected error; take 2 more or 2 fewer"
            )
            raise TheoryError(setting="num_first", problem=problem)

    @property
    def num_frozen_training(self) -> int:
        """Return how many parameters frozen training moves: those of the task alone."""
        return self.tasks.num_specific

    @property
    def num_initialised_training(self) -> int:
        """Return how many parameters initialised training moves: all."""
        return self.tasks.num_parameters

    def at(self, distance: float) -> "UpdateCase":
        """Return the same case with the tasks at another distance."""
        return replace(self, tasks=replace(self.tasks, distance=distance))


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """Excess risk on the first task before, and on both tasks after the second was learned."""

    before: float
    old: float
    new: float

    def of(self, measure: Measure) -> float:
        """Return one error."""
        figures = {
            Measure.OLD: self.old,
            Measure.NEW: self.new,
            Measure.MEAN: 0.5 * (self.old + self.new),
            Measure.FORGETTING: self.old - self.before,
        }
        return figures[measure]


def expected(case: UpdateCase, num_trained: int) -> Outcome:
    """Return the expected errors when the second task moves k parameters.

    The equations stand at the head of this file.

    Raises
    ------
    TheoryError
        If k is not p_k..P.
    """
    tasks, n, k = case.tasks, case.num_second, num_trained
    if not tasks.num_specific <= k <= tasks.num_parameters:
        problem = f"it must be {tasks.num_specific}..{tasks.num_parameters}, got {k}"
        raise TheoryError(setting="num_trained", problem=problem)
    before = after_one_task(case)
    frozen = (tasks.num_parameters - k) / tasks.num_shared
    still = frozen * before * tasks.num_shared / tasks.num_parameters
    missed = frozen * tasks.shared_share * tasks.distance**2
    variance = tasks.noise_std**2 + still + missed
    start, move = before - still, tasks.distance**2 - missed
    if abs(n - k) <= 1:
        return Outcome(before=before, old=math.inf, new=math.inf)
    noise = variance * min(n, k) / (abs(n - k) - 1)
    left = max(0.0, 1.0 - n / k)
    return Outcome(
        before=before,
        old=still + left * start + (1.0 - left) * move + noise,
        new=still + missed + left * (start + move) + noise,
    )


def after_one_task(case: UpdateCase) -> float:
    """Return the expected error on the first task once it is learned: E_first."""
    tasks, n, total = case.tasks, case.num_first, case.tasks.num_parameters
    noise = tasks.noise_std**2 * min(n, total) / (abs(n - total) - 1)
    return max(0.0, 1.0 - n / total) * tasks.norm**2 + noise


def crossing(case: UpdateCase, measure: Measure) -> float | None:
    """Return the distance at which frozen and initialised training are equal, None if nowhere.

    Every expected error is affine in the squared distance, so the crossing is exact; the distance
    of `case` itself plays no part.
    """
    frozen, initialised = case.num_frozen_training, case.num_initialised_training
    near, far = (
        expected(case.at(x), frozen).of(measure) - expected(case.at(x), initialised).of(measure)
        for x in (0.0, 1.0)
    )
    slope = far - near
    if not math.isfinite(near) or abs(slope) < 1e-12 * max(1.0, abs(near)):
        return None
    squared = -near / slope
    return math.sqrt(squared) if squared >= 0.0 else None


def worst_number(case: UpdateCase, measure: Measure) -> int:
    """Return the k in p_k..P with the largest finite expected error."""
    found = {
        k: expected(case, k).of(measure)
        for k in range(case.tasks.num_specific, case.tasks.num_parameters + 1)
    }
    finite = {k: error for k, error in found.items() if math.isfinite(error)}
    return max(finite, key=lambda k: finite[k])
