# SPDX-License-Identifier: Apache-2.0
"""A head learns integer for integer as the NumPy reference does: twin, native and emulated boards.

The reference itself is held against real numbers in tests/boards/test_head_learning.py.
"""

from collections.abc import Iterator

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from boards.compress import int8
from boards.compress.fixed_point import FixedPoint
from boards.head import with_head
from boards.head_settings import HeadLabels, HeadSettings, settings_for, step_factor
from boards.image import Image
from host.device import Device
from host.head_learning import Learning
from host.launcher import open_device
from sim.errors import TwinError
from sim.learning_twin import LearningTwin
from tests.boards.networks import calibration_slots, residual_network
from tests.firmware.learning_cases import (
    CASES,
    NAMED,
    assert_learns_as_the_reference,
    begun,
    drawn_settings,
    factors,
    head_output,
    lessons,
)
from tests.firmware.operators import Case, compiled, convolution_graph
from tests.host.built_firmware import built, emulated_boards

NETWORK = int8.quantize(residual_network(num_channels=13), calibration_slots(num_slots=4))


class OnDevice:
    """A device that learns; satisfies `Learner`."""

    def __init__(self, device: Device, image: Image, how: HeadSettings) -> None:
        self._device = device
        device.load(image)
        self._learning: Learning = device.begin_learning(image, how)

    def run(self, x: NDArray[np.int8]) -> NDArray[np.int8]:
        return self._device.run(x)

    def teach(self, labels: HeadLabels) -> None:
        self._learning.teach(labels)

    def step(self, rate: float) -> Image:
        return self._learning.step(rate).image


@pytest.fixture(scope="module", params=["native", *emulated_boards()])
def device(request: pytest.FixtureRequest) -> Iterator[Device]:
    with open_device(built(request.param), timeout_s=60.0) as opened:
        yield opened


@given(data=st.data(), case=CASES, seed=st.integers(0, 2**32 - 1))
@settings(max_examples=200)
def test_the_twin_steps_as_the_reference_whatever_the_settings(
    data: st.DataObject, case: Case, seed: int
) -> None:
    """Factors are drawn over all of their range: masters run into their limits, or never move."""
    graph = convolution_graph(case, seed=seed % 1000)
    image = compiled(graph)
    how = data.draw(drawn_settings(case, least_shift=data.draw(st.sampled_from([0, 21, 30]))))
    rates = factors(least_shift=21)
    twin, learner = LearningTwin(image, how), begun(image, how)

    for lesson in lessons(graph, seed=seed):
        for x, labels in lesson.slots:
            y = twin.run(x)
            np.testing.assert_array_equal(y, head_output(graph, twin.image, x))
            twin.teach(labels)
            learner = learner.teach(x, y, labels)
        rate = data.draw(rates)
        try:
            learner = learner.step(rate)
        except ValueError:
            with pytest.raises(TwinError, match="status 1"):
                twin.step_by(rate)
        else:
            twin.step_by(rate)
        assert twin.image.data == with_head(image, learner.head).data


@given(
    case=CASES,
    graph_seed=st.integers(0, 1000),
    seed=st.integers(0, 2**32 - 1),
    momentum_shift=st.integers(0, 7),
)
@settings(max_examples=100)
def test_the_twin_learns_as_the_reference(
    case: Case, graph_seed: int, seed: int, momentum_shift: int
) -> None:
    assert_learns_as_the_reference(
        LearningTwin,
        convolution_graph(case, seed=graph_seed),
        seed=seed,
        momentum_shift=momentum_shift,
    )


@pytest.mark.parametrize("momentum_shift", [0, 3, 7])
def test_the_twin_learns_the_head_of_a_whole_network(momentum_shift: int) -> None:
    assert_learns_as_the_reference(LearningTwin, NETWORK, seed=5, momentum_shift=momentum_shift)


@given(case=CASES, seed=st.integers(0, 2**32 - 1), end=st.integers(0, 3))
@settings(max_examples=100)
def test_a_twin_that_goes_on_where_another_was_learns_as_the_reference(
    case: Case, seed: int, end: int
) -> None:
    """Between any two slots, also behind some labels of a step."""
    graph = convolution_graph(case, seed=seed % 1000)
    image = compiled(graph)
    how = settings_for(graph, lessons(graph, seed=seed)[0].slots[0][0][None])
    twin, learner = LearningTwin(image, how), begun(image, how)
    num_slots = 0

    for lesson in lessons(graph, seed=seed):
        for x, labels in lesson.slots:
            if num_slots == end:
                left, twin = twin, LearningTwin(image, how)
                twin.restore(left.state())
            num_slots += 1
            y = twin.run(x)
            twin.teach(labels)
            learner = learner.teach(x, y, labels)
        rate = step_factor(lesson.rate, num_labels=learner.num_labels)
        learner = learner.step(rate)
        assert twin.step(lesson.rate).data == with_head(image, learner.head).data

    assert num_slots > end


def test_what_another_twin_learned_is_the_references_values() -> None:
    graph = convolution_graph(NAMED["odd"])
    image = compiled(graph)
    x = np.random.default_rng(1).integers(-128, 128, image.input_shape, dtype=np.int8)
    how = settings_for(graph, x[None])
    labels = HeadLabels(elements=np.array([0, 2]), bits=np.eye(2, 5, dtype=np.uint8))
    twin, learner = LearningTwin(image, how), begun(image, how)
    y = twin.run(x)
    for _ in range(2):
        twin.teach(labels)
        learner = learner.teach(x, y, labels)
        twin.step(0.3)
        learner = learner.step(step_factor(0.3, num_labels=2))
        y = twin.run(x)

    expected = learner.velocities.astype("<i8").tobytes() + learner.masters.astype("<i4").tobytes()

    assert np.any(learner.velocities)
    assert twin.learned == expected


def test_sums_beyond_31_bits_are_the_references() -> None:
    """65,535 labels of the largest error and input, kept for 128 steps, then spent at once."""
    graph = convolution_graph(Case(name="", num_in=2, num_out=1, height=1, width=1))
    image = compiled(graph)
    how = HeadSettings(
        probability_q15=np.full(256, 2**15, np.uint16),
        inputs=tuple(factors_of(2**30, 2**30, 2**30)),
        outputs=tuple(factors_of(2**31 - 1)),
        momentum_shift=7,
    )
    twin, learner = LearningTwin(image, how), begun(image, how)
    x = np.full((1, 1, 2), -128, np.int8)
    labels = HeadLabels(elements=np.zeros(65_535, np.int64), bits=np.zeros((65_535, 1), np.uint8))
    nothing = factors_of(0)[0]

    for _ in range(300):
        y = twin.run(x)
        twin.teach(labels)
        learner = learner.teach(x, y, labels)
        twin.step_by(nothing)
        learner = learner.step(nothing)
    rate = FixedPoint(multiplier=2**31 - 1, shift=-5)
    twin.step_by(rate)
    learner = learner.step(rate)

    assert np.abs(learner.velocities).max() > 2**44
    assert np.abs(learner.masters[0, :2]).min() > 2**24  # saturated sums, and masters are not
    assert twin.image.data == with_head(image, learner.head).data


def test_velocities_of_either_sign_decay_as_the_references() -> None:
    """40 steps without labels: a velocity that is rounded otherwise shows in some weight."""
    graph = convolution_graph(Case(name="", num_in=12, num_out=8))
    image = compiled(graph)
    how = HeadSettings(
        probability_q15=np.random.default_rng(1).integers(0, 400, 256).astype(np.uint16),
        inputs=tuple(factors_of(*(2**30,) * 13)),
        outputs=tuple(factors_of(*(2**30,) * 8)),
        momentum_shift=7,
    )
    twin, learner = LearningTwin(image, how), begun(image, how)
    x = np.random.default_rng(2).integers(-128, 128, image.input_shape, dtype=np.int8)
    y = twin.run(x)
    labels = HeadLabels(elements=np.array([3]), bits=np.zeros((1, 8), np.uint8))
    twin.teach(labels)
    learner = learner.teach(x, y, labels)
    rate = FixedPoint(multiplier=2**30, shift=17)

    for _ in range(40):
        twin.step_by(rate)
        learner = learner.step(rate)
        assert twin.image.data == with_head(image, learner.head).data

    assert learner.velocities.min() < 0 < learner.velocities.max()


@pytest.mark.qemu
@pytest.mark.parametrize("name", NAMED)
def test_boards_learn_as_the_reference(device: Device, name: str) -> None:
    assert_learns_as_the_reference(
        lambda image, how: OnDevice(device, image, how), convolution_graph(NAMED[name]), seed=3
    )


@pytest.mark.qemu
def test_boards_learn_the_head_of_a_whole_network(device: Device) -> None:
    assert_learns_as_the_reference(lambda image, how: OnDevice(device, image, how), NETWORK, seed=5)


def factors_of(*multipliers: int) -> list[FixedPoint]:
    """Return factors of these multipliers, shifted right by 31."""
    return [FixedPoint(multiplier=one, shift=0) for one in multipliers]
