# SPDX-License-Identifier: Apache-2.0
"""The cosine of gradients: its closed form, and how well it tells tasks apart."""

from dataclasses import replace

import numpy as np
import pytest

from receivers.theory.errors import TheoryError
from receivers.theory.gradient_cosine import cosine, expected_cosine, gradient, separation
from receivers.theory.interval import mean_interval
from receivers.theory.least_squares import nearest_solution
from receivers.theory.tasks import TaskPair, draw_labels, draw_tasks
from receivers.theory.update_draws import UpdateDraws, simulate
from receivers.theory.update_magnitude import Measure, UpdateCase, crossing

CASE = UpdateCase(
    tasks=TaskPair(num_shared=45, num_specific=15, noise_std=0.5, distance=1.0, shared_share=0.75),
    num_first=300,
    num_second=36,
)


def at(distance: float) -> UpdateDraws:
    return simulate(CASE.at(distance), (15, 60), num_draws=1000, generator=np.random.default_rng(2))


@pytest.mark.parametrize("distance", [0.0, 0.7, 2.0])
def test_the_closed_form_is_within_a_hundredth_of_a_simulation(distance: float) -> None:
    exact = expected_cosine(CASE.at(distance).tasks, num_first=300, num_second=36)

    assert mean_interval(at(distance).cosine).mean == pytest.approx(exact, abs=0.01)


def test_the_gradient_is_that_of_half_the_mean_squared_loss() -> None:
    generator = np.random.default_rng(4)
    tasks = replace(CASE.tasks, num_shared=2, num_specific=1)
    design, labels = draw_labels(
        draw_tasks(tasks, 1, generator)[0], 7, noise_std=0.5, generator=generator
    )
    place = generator.standard_normal((1, 3))

    found = gradient(design, labels, at=place)

    loss = [
        0.5 * np.mean((design[0] @ (place[0] + step) - labels[0]) ** 2)
        for step in (*(1e-6 * np.eye(3)), *(-1e-6 * np.eye(3)))
    ]
    assert found[0] == pytest.approx((np.array(loss[:3]) - np.array(loss[3:])) / 2e-6, abs=1e-6)


def test_the_cosine_falls_with_distance_and_tells_far_tasks_from_near_ones() -> None:
    near, middle, far = (at(distance).cosine for distance in (0.0, 0.7, 2.0))

    assert mean_interval(near).low > mean_interval(middle).high
    assert mean_interval(middle).low > mean_interval(far).high
    assert separation(near, far) > 0.95
    assert 0.6 < separation(near, middle) < 0.9


def test_at_the_old_solution_the_cosine_says_little() -> None:
    near, far = (at(distance).cosine_at_solution for distance in (0.0, 2.0))

    assert abs(near.mean()) < 0.15
    assert abs(far.mean()) < 0.15
    assert separation(near, far) < 0.75


def test_a_gradient_is_zero_where_its_own_labels_are_fitted() -> None:
    generator = np.random.default_rng(6)
    task = draw_tasks(CASE.tasks, 3, generator)[0]
    design, labels = draw_labels(task, 90, noise_std=0.5, generator=generator)

    found = gradient(design, labels, at=nearest_solution(design, labels, start=0.0 * task))

    assert np.abs(found).max() < 1e-12


@pytest.mark.parametrize("distance", [0.0, 0.35, 1.5, 2.0])
def test_the_rule_is_never_worse_than_the_worse_training_and_near_the_better_one(
    distance: float,
) -> None:
    place = crossing(CASE, Measure.MEAN)
    assert place is not None
    threshold = expected_cosine(CASE.at(place).tasks, num_first=300, num_second=36)

    drawn = at(distance)
    frozen, initialised = drawn.of(Measure.MEAN).T
    ruled = np.where(drawn.cosine < threshold, initialised, frozen).mean()

    worse, better = sorted((frozen.mean(), initialised.mean()), reverse=True)
    assert ruled < worse
    assert ruled - better < 0.5 * (worse - better)


def test_separation_counts_ties_as_half() -> None:
    assert separation(np.array([1.0, 2.0]), np.array([1.0, 0.0])) == pytest.approx(0.875)
    assert separation(np.zeros(3), np.zeros(5)) == 0.5
    assert cosine(np.array([[1.0, 0.0]]), np.array([[1.0, 1.0]])) == pytest.approx([0.5**0.5])


def test_a_first_task_without_a_gradient_is_refused() -> None:
    with pytest.raises(TheoryError, match="norm"):
        expected_cosine(replace(CASE.tasks, norm=0.0), num_first=10, num_second=10)
