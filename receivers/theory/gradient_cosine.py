# SPDX-License-Identifier: Apache-2.0
r"""The adaptive rule: the cosine of two tasks' gradients, below which to unfreeze.

A batch of n labels gives the gradient g = A^T (A w - y) / n of half the mean squared loss at w.
With h = w - w_task its gap, E g = h and E|g|^2 = |h|^2 (1 + (P + 1) / n) + sigma^2 P / n. For two
tasks seen from one point, at gaps h_1 and h_2,

.. math::
    \cos(g_1, g_2) \approx \frac{h_1^T h_2}{\sqrt{E|g_1|^2 \, E|g_2|^2}}

the ratio of the expectations; the error is of order 1/P. Between TaskPairs seen from the start,
h_1^T h_2 = |w_1|^2 and |h_2|^2 = |w_1|^2 + d^2: the cosine falls with distance. At the solution of
the first task h_1 is about 0: there its gradient is noise, and the cosine says nothing.
"""

import math

import numpy as np

from receivers.theory.errors import TheoryError
from receivers.theory.least_squares import Floats, predicted
from receivers.theory.tasks import TaskPair


def gradient(design: Floats, labels: Floats, *, at: Floats) -> Floats:
    """Return the gradient of half the mean squared loss.

    Parameters
    ----------
    design : float64 [num_draws, num_labels, num_parameters]
    labels : float64 [num_draws, num_labels]
    at : float64 [num_draws, num_parameters]
        Where the learner stands.

    Returns
    -------
    float64 [num_draws, num_parameters]
    """
    residual = predicted(design, at) - labels
    return np.asarray(
        (design.swapaxes(1, 2) @ residual[..., None])[..., 0] / labels.shape[1], dtype=np.float64
    )


def cosine(one: Floats, other: Floats) -> Floats:
    """Return the cosine of the angle between gradients.

    Parameters
    ----------
    one, other : float64 [num_draws, num_parameters]

    Returns
    -------
    float64 [num_draws]
    """
    lengths = np.linalg.norm(one, axis=1) * np.linalg.norm(other, axis=1)
    return np.asarray(np.sum(one * other, axis=1) / lengths, dtype=np.float64)


def expected_cosine(tasks: TaskPair, *, num_first: int, num_second: int) -> float:
    """Return the cosine of both tasks' gradients at the start, from batches of n_1 and n labels.

    The equation stands at the head of this file.

    Raises
    ------
    TheoryError
        If the first task is where learning starts: it has no gradient there.
    """
    if tasks.norm == 0.0:
        raise TheoryError(setting="norm", problem="the first task has no gradient at its solution")
    lengths = (
        _power(tasks, gap_squared, num_labels)
        for gap_squared, num_labels in (
            (tasks.norm**2, num_first),
            (tasks.norm**2 + tasks.distance**2, num_second),
        )
    )
    return tasks.norm**2 / math.sqrt(math.prod(lengths))


def separation(related: Floats, unrelated: Floats) -> float:
    """Return how often a related pair has the larger cosine: the area under the ROC curve.

    0.5 tells nothing, 1 tells them apart always.

    Parameters
    ----------
    related, unrelated : float64 [num_draws]
    """
    below = np.searchsorted(np.sort(unrelated), related, side="left")
    upto = np.searchsorted(np.sort(unrelated), related, side="right")
    return float(0.5 * (below + upto).mean() / unrelated.size)


def _power(tasks: TaskPair, gap_squared: float, num_labels: int) -> float:
    total = tasks.num_parameters
    return gap_squared * (1.0 + (total + 1) / num_labels) + tasks.noise_std**2 * total / num_labels
