# SPDX-License-Identifier: Apache-2.0
"""The least squares solution that is nearest to where learning starts, for many draws at once."""

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]


def nearest_solution(design: Floats, labels: Floats, *, start: Floats) -> Floats:
    r"""Return the minimiser of the squared loss that is nearest to the start.

    .. math:: \hat w = w_0 + A^+ (y - A w_0)

    This is where gradient descent from :math:`w_0` ends. With fewer labels than parameters it fits
    every label; with more it does not depend on the start.

    Parameters
    ----------
    design : float64 [num_draws, num_labels, num_parameters]
        A, of full rank.
    labels : float64 [num_draws, num_labels]
        y.
    start : float64 [num_draws, num_parameters]
        w_0.

    Returns
    -------
    float64 [num_draws, num_parameters]

    Source
    ------
    Lin, Ju, Liang, Shroff, Theory on Forgetting and Generalization of Continual Learning,
    arXiv 2302.05836: convergence of gradient descent to the nearest solution.
    """
    residual = (labels - predicted(design, start))[..., None]
    across = design.swapaxes(1, 2)
    num_labels, num_parameters = design.shape[1:]
    if num_labels < num_parameters:
        step = across @ np.linalg.solve(design @ across, residual)
    else:
        step = np.linalg.solve(across @ design, across @ residual)
    return np.asarray(start + step[..., 0], dtype=np.float64)


def predicted(design: Floats, parameters: Floats) -> Floats:
    """Return what parameters predict: A w.

    Parameters
    ----------
    design : float64 [num_draws, num_labels, num_parameters]
    parameters : float64 [num_draws, num_parameters]

    Returns
    -------
    float64 [num_draws, num_labels]
    """
    return np.asarray((design @ parameters[..., None])[..., 0], dtype=np.float64)


def excess(found: Floats, truth: Floats) -> Floats:
    """Return the squared distance to the truth: the excess risk, as features have unit power.

    Parameters
    ----------
    found, truth : float64 [num_draws, num_parameters]

    Returns
    -------
    float64 [num_draws]
    """
    return np.asarray(np.square(found - truth).sum(axis=-1), dtype=np.float64)
