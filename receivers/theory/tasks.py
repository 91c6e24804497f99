# SPDX-License-Identifier: Apache-2.0
"""Two linear tasks at a given distance: y = X u + Z q + noise, with u shared and q each task's own.

    w_1 = (u_1, q_1)          norm w_1 = norm, direction uniform
    w_2 = w_1 + (d_u, d_q)    |d_u|^2 + |d_q|^2 = distance^2, directions uniform

A task is a channel family; its features X, Z are what the frozen layers below make of a slot, a
label is one masked reference symbol's worth of truth. In the study u_1 = u_2, `shared_share` = 0.
"""

from dataclasses import dataclass

import numpy as np

from receivers.theory.errors import TheoryError
from receivers.theory.least_squares import Floats, predicted


@dataclass(frozen=True, slots=True, kw_only=True)
class TaskPair:
    """Two tasks with a shared and a task-specific part.

    Parameters
    ----------
    num_shared : int
        p, parameters in u, at least 1.
    num_specific : int
        p_k, parameters in q, at least 1.
    noise_std : float
        sigma, standard deviation of the noise on a label.
    distance : float
        Norm of w_2 - w_1.
    norm : float
        Norm of w_1: how far the first task is from where learning starts.
    shared_share : float
        Share of distance^2 that lies in the shared part, 0..1; 0 is the study's model.

    Raises
    ------
    TheoryError
        If a figure is out of its range.

    Source
    ------
    He, Bai, Yang, arXiv 2602.20796, sec. III: the model.
    """

    num_shared: int
    num_specific: int
    noise_std: float
    distance: float
    norm: float = 1.0
    shared_share: float = 0.0

    def __post_init__(self) -> None:
        for setting in ("num_shared", "num_specific"):
            if getattr(self, setting) < 1:
                raise TheoryError(setting=setting, problem="it must be 1 or more")
        for setting in ("noise_std", "distance", "norm"):
            if not 0.0 <= getattr(self, setting) < float("inf"):
                raise TheoryError(setting=setting, problem="it must be 0 or more, and finite")
        if not 0.0 <= self.shared_share <= 1.0:
            raise TheoryError(setting="shared_share", problem="it must be in 0..1")

    @property
    def num_parameters(self) -> int:
        """Return p + p_k."""
        return self.num_shared + self.num_specific

    @property
    def isotropic_share(self) -> float:
        """Return the shared part's share of the parameters: tasks that have nothing in common."""
        return self.num_shared / self.num_parameters


def draw_tasks(tasks: TaskPair, num_draws: int, generator: np.random.Generator) -> Floats:
    """Draw the parameters of both tasks.

    Returns
    -------
    float64 [2, num_draws, num_parameters]
        w_1 and w_2, the shared part first.
    """
    first = tasks.norm * directions((num_draws, tasks.num_parameters), generator)
    in_shared = tasks.distance * np.sqrt(tasks.shared_share)
    in_specific = tasks.distance * np.sqrt(1.0 - tasks.shared_share)
    move = np.concatenate(
        (
            in_shared * directions((num_draws, tasks.num_shared), generator),
            in_specific * directions((num_draws, tasks.num_specific), generator),
        ),
        axis=1,
    )
    return np.stack((first, first + move))


def draw_labels(
    parameters: Floats, num_labels: int, *, noise_std: float, generator: np.random.Generator
) -> tuple[Floats, Floats]:
    """Draw features and labels of one task.

    Parameters
    ----------
    parameters : float64 [num_draws, num_parameters]
        The task, a draw a row.

    Returns
    -------
    float64 [num_draws, num_labels, num_parameters]
        Features, independent N(0, 1).
    float64 [num_draws, num_labels]
        Labels.
    """
    num_draws, num_parameters = parameters.shape
    design = generator.standard_normal((num_draws, num_labels, num_parameters))
    noise = noise_std * generator.standard_normal((num_draws, num_labels))
    return design, predicted(design, parameters) + noise


def directions(shape: tuple[int, int], generator: np.random.Generator) -> Floats:
    """Draw uniform unit vectors.

    Parameters
    ----------
    shape : tuple of int
        (num_draws, num_parameters)

    Returns
    -------
    float64 [num_draws, num_parameters]
    """
    drawn = generator.standard_normal(shape)
    return np.asarray(drawn / np.linalg.norm(drawn, axis=1, keepdims=True), dtype=np.float64)
