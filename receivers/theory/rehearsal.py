# SPDX-License-Identifier: Apache-2.0
r"""Rehearsal in closed form: n new labels, s old ones, p parameters, least squares on the union.

Start w_0; old task w_1, new task w_2; m = n + s; a = |w_1 - w_0|, b = |w_2 - w_0|, d = |w_2 - w_1|;
noise variance :math:`\bar\sigma^2 = (s \sigma_1^2 + n \sigma_2^2) / m`.

.. math::
    E|\hat w - w_2|^2 &= (1 - \tfrac{m}{p}) b^2 + \tfrac{s (p - s - 1)}{p (p - m - 1)} d^2
        + \tfrac{m}{p - m - 1} \bar\sigma^2 \qquad p > m + 1

    E|\hat w - w_2|^2 &= \tfrac{s}{m (m - 1)} \Bigl( \tfrac{n (p + 2)(m - 2)}{(m + 2)(m - p - 1)}
        + s - 1 \Bigr) d^2 + \tfrac{p}{m - p - 1} \bar\sigma^2 \qquad m > p + 1

The memory error is the same with (s, a) and (n, b) exchanged. At p - 1 <= m <= p + 1 there is no
finite expectation.

Derivation. w - w_2 = -(I - Pi)(w_2 - w_0) + A^+ (S A delta) + A^+ noise, with Pi the projection on
the rows of A (I once m > p), S the choice of the s old rows, delta = w_1 - w_2; the first part is
orthogonal to the others. Averaged over the direction of delta, with G = A A^T and H = G^+,
E|A^+ S A delta|^2 = d^2/p sum_{i,j in S} E[G_ij H_ij]. By symmetry the diagonal terms are all alpha
and the others beta, and alpha + (m - 1) beta = E[(G H)_ii] = min(1, p/m). For m < p,
alpha = E[1 / Beta((p-m+1)/2, (m-1)/2)] = (p-2)/(p-m-1), from the distance of a row to the span of
the others. For m > p, alpha = E[Beta(p/2, (m-p)/2)^2] (m-2)/(m-p-1), from Sherman-Morrison for one
row. The noise term is the trace of an inverse Wishart matrix.
"""

import math
from dataclasses import dataclass

from receivers.theory.errors import TheoryError

NO_VARIANCE = 3
"""Within this of p = n + s the squared error has no variance, and its mean no interval."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Rehearsal:
    """One learner between two tasks; s is the argument of what is computed.

    Parameters
    ----------
    num_parameters : int
        p, at least 2.
    num_new : int
        n, labels of the new task, at least 1.
    noise_old, noise_new : float
        sigma of the labels of either task.
    old_gap, new_gap : float
        a and b, distance of either task from where learning starts.
    distance : float
        d, distance of the tasks from each other, |a - b| <= d <= a + b.

    Raises
    ------
    TheoryError
        If a figure is out of its range.

    Source
    ------
    He, Bai, Yang, arXiv 2602.20791, sec. III: the model. The expectations are derived here.
    """

    num_parameters: int
    num_new: int
    noise_old: float
    noise_new: float
    old_gap: float
    new_gap: float
    distance: float

    def __post_init__(self) -> None:
        if self.num_parameters < 2:
            raise TheoryError(setting="num_parameters", problem="it must be 2 or more")
        if self.num_new < 1:
            raise TheoryError(setting="num_new", problem="it must be 1 or more")
        for setting in ("noise_old", "noise_new", "old_gap", "new_gap", "distance"):
            if not 0.0 <= getattr(self, setting) < math.inf:
                raise TheoryError(setting=setting, problem="it must be 0 or more, and finite")
        low, high = abs(self.old_gap - self.new_gap), self.old_gap + self.new_gap
        if not low - 1e-9 <= self.distance <= high + 1e-9:
            problem = f"{self.distance:g} closes no triangle with the gaps, {low:g}..{high:g} does"
            raise TheoryError(setting="distance", problem=problem)

    @property
    def threshold(self) -> int:
        """Return the s at which p = n + s; negative where the new labels alone are more than p."""
        return self.num_parameters - self.num_new


@dataclass(frozen=True, slots=True, kw_only=True)
class Errors:
    """Excess risk after learning.

    Parameters
    ----------
    adaptation : float
        On the new task.
    memory : float
        On the old task.
    """

    adaptation: float
    memory: float

    @property
    def generalisation(self) -> float:
        """Return the mean over both tasks."""
        return 0.5 * (self.adaptation + self.memory)


def expected(case: Rehearsal, num_rehearsed: int) -> Errors:
    """Return the expected errors with s rehearsed labels; infinite where they have no expectation.

    The equations stand at the head of this file.
    """
    n, s, p = case.num_new, num_rehearsed, case.num_parameters
    if s < 0:
        raise TheoryError(setting="num_rehearsed", problem="it must be 0 or more")
    m = n + s
    variance = (s * case.noise_old**2 + n * case.noise_new**2) / m
    if abs(m - p) <= 1:
        return Errors(adaptation=math.inf, memory=math.inf)
    noise = variance * min(m, p) / (abs(p - m) - 1)
    left = max(0.0, 1.0 - m / p)
    to_old = mixture(num_other=s, num_own=n, num_parameters=p) * case.distance**2
    to_new = mixture(num_other=n, num_own=s, num_parameters=p) * case.distance**2
    return Errors(
        adaptation=left * case.new_gap**2 + to_old + noise,
        memory=left * case.old_gap**2 + to_new + noise,
    )


def mixture(*, num_other: int, num_own: int, num_parameters: int) -> float:
    """Return the factor of d^2 in a task's error: how far the other task's labels pull.

    0 without labels of the other task; min(1, m/p) without labels of its own.
    """
    s, m, p = num_other, num_other + num_own, num_parameters
    if s == 0:
        return 0.0
    if m < p:
        return s * (p - s - 1) / (p * (p - m - 1))
    alpha = num_own * (p + 2) * (m - 2) / ((m + 2) * (m - p - 1))
    return s * (alpha + s - 1) / (m * (m - 1))


def memory_floor(case: Rehearsal) -> tuple[float, float]:
    r"""Return the s below p - n at which the memory error is least, and that error.

    .. math::
        k = \sqrt{p Q} / a, \quad s = p - n - 1 - k, \quad
        E = a^2 / p + 2 a \sqrt{Q / p} - \sigma^2, \quad
        Q = \tfrac{n (p - n - 1)}{p} d^2 + (p - 1) \sigma^2

    Both tasks have the same noise here. The floor falls with d and with sigma. Where k is beyond
    p - n - 1, the error rises from s = 0 on, which is then the least.

    Returns
    -------
    tuple of float
        s, not rounded, and the error there.

    Raises
    ------
    TheoryError
        If p <= n + 1, where no s is below, or if the noise of the tasks differs.
    """
    n, p, a = case.num_new, case.num_parameters, case.old_gap
    if p <= n + 1:
        raise TheoryError(setting="num_parameters", problem="it must be above num_new + 1")
    if case.noise_old != case.noise_new:
        raise TheoryError(setting="noise_old", problem="it must be that of the new task here")
    q = n * (p - n - 1) / p * case.distance**2 + (p - 1) * case.noise_new**2
    k = math.sqrt(p * q) / a if a > 0.0 else math.inf
    if k >= p - n - 1:
        return 0.0, expected(case, 0).memory
    return p - n - 1 - k, a**2 / p + 2.0 * a * math.sqrt(q / p) - case.noise_new**2


def harmful_from(case: Rehearsal) -> float:
    r"""Return the s from which on more rehearsal raises the adaptation error, up to p - n.

    .. math:: s = p - n - 1 - \sqrt{p (p - 1) \sigma^2} / b \qquad (d = 0)

    For the same task twice; at a distance this is found on the curve. 0 where it harms from the
    first label on.
    """
    n, p = case.num_new, case.num_parameters
    if case.new_gap == 0.0:
        return 0.0
    return max(0.0, p - n - 1 - math.sqrt(p * (p - 1)) * case.noise_new / case.new_gap)


def has_interval(case: Rehearsal, num_rehearsed: int) -> bool:
    """Return whether the squared error has a variance, so that its mean has an interval."""
    return abs(num_rehearsed - case.threshold) > NO_VARIANCE
