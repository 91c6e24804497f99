# SPDX-License-Identifier: Apache-2.0
"""The nearest least squares solution, against the pseudo-inverse, and the draws it is fed with."""

import numpy as np
import pytest

from receivers.theory.interval import mean_interval
from receivers.theory.least_squares import excess, nearest_solution, predicted
from receivers.theory.tasks import TaskPair, draw_labels, draw_tasks


@pytest.mark.parametrize(("num_labels", "num_parameters"), [(5, 9), (9, 5), (6, 6)])
def test_it_is_the_pseudo_inverse_from_any_start(num_labels: int, num_parameters: int) -> None:
    generator = np.random.default_rng(1)
    design = generator.standard_normal((4, num_labels, num_parameters))
    labels = generator.standard_normal((4, num_labels))
    start = generator.standard_normal((4, num_parameters))

    found = nearest_solution(design, labels, start=start)

    for i in range(4):
        step = np.linalg.pinv(design[i]) @ (labels[i] - design[i] @ start[i])
        assert found[i] == pytest.approx(start[i] + step, abs=1e-9)


def test_more_parameters_than_labels_fit_every_label() -> None:
    generator = np.random.default_rng(2)
    design = generator.standard_normal((3, 4, 10))
    labels = generator.standard_normal((3, 4))

    found = nearest_solution(design, labels, start=np.ones((3, 10)))

    assert predicted(design, found) == pytest.approx(labels)


def test_tasks_lie_at_their_distance_in_the_parts_that_were_asked_for() -> None:
    tasks = TaskPair(
        num_shared=6, num_specific=4, noise_std=0.0, distance=2.0, norm=3.0, shared_share=0.25
    )

    first, second = draw_tasks(tasks, 20, np.random.default_rng(3))

    assert np.linalg.norm(first, axis=1) == pytest.approx(3.0)
    assert excess(first, second) == pytest.approx(4.0)
    assert excess(first[:, :6], second[:, :6]) == pytest.approx(1.0)
    assert tasks.isotropic_share == pytest.approx(0.6)


def test_labels_have_the_noise_that_was_asked_for() -> None:
    task = np.ones((1, 3))

    design, labels = draw_labels(task, 40_000, noise_std=0.3, generator=np.random.default_rng(4))

    assert np.std(labels - predicted(design, task)) == pytest.approx(0.3, rel=0.02)
    assert np.var(design) == pytest.approx(1.0, rel=0.02)


def test_an_interval_is_that_of_a_normal_mean() -> None:
    found = mean_interval(np.array([1.0, 3.0]))

    assert (found.mean, found.num_draws) == (2.0, 2)
    assert found.high - found.mean == pytest.approx(1.959964)
    assert found.holds(0.5)
    assert not found.holds(4.0)
    assert found.is_positive
    assert not found.is_negative


def test_one_draw_has_no_interval() -> None:
    with pytest.raises(ValueError, match="two draws"):
        mean_interval(np.ones(1))
