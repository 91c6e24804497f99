# SPDX-License-Identifier: Apache-2.0
"""Heads, settings and labels at random, and one conversation of learning that all devices have."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

import numpy as np
from hypothesis import strategies as st
from numpy.typing import NDArray

from boards import reference
from boards.compress.fixed_point import FixedPoint
from boards.graph import Graph
from boards.head import head_of, head_record, with_head
from boards.head_learning import HeadLearner
from boards.head_settings import HeadLabels, HeadSettings, settings_for, step_factor
from boards.image import Image
from boards.requantization import convolution_constants
from tests.firmware.operators import Case, compiled

BYTES = st.integers(-128, 127)
CASES = st.builds(
    Case,
    name=st.just(""),
    height=st.integers(1, 3),
    width=st.integers(1, 5),
    num_in=st.integers(1, 13),
    num_out=st.integers(1, 8),
    zero_points=st.tuples(BYTES, BYTES),
    gain=st.sampled_from([1e-3, 0.3, 1.0, 500.0]),
)
NAMED = {
    "one channel to one bit": Case(name="", num_in=1, num_out=1),
    "odd": Case(name="", num_in=7, num_out=5, zero_points=(-128, 3)),
    "eight bits": Case(name="", num_in=12, num_out=8, zero_points=(127, -128)),
    "saturated outputs": Case(name="", num_in=40, num_out=4, gain=500.0),
}


class Learner(Protocol):
    """The twin, or a device, while it learns."""

    def run(self, x: NDArray[np.int8]) -> NDArray[np.int8]: ...
    def teach(self, labels: HeadLabels) -> None: ...
    def step(self, rate: float) -> Image: ...


Opener = Callable[[Image, HeadSettings], Learner]


@dataclass(frozen=True, slots=True, kw_only=True)
class Lesson:
    """Slots and labels between two steps, and the rate of the second."""

    slots: tuple[tuple[NDArray[np.int8], HeadLabels], ...]
    rate: float


def factors(*, least_shift: int = 0) -> st.SearchStrategy[FixedPoint]:
    """Draw factors of any multiplier whose right shift is at least so much."""
    return st.builds(
        FixedPoint,
        multiplier=st.one_of(st.integers(0, 2**31 - 1), st.sampled_from([0, 1, 2**30, 2**31 - 1])),
        shift=st.integers(-31, 31 - least_shift),
    )


def drawn_settings(case: Case, *, least_shift: int) -> st.SearchStrategy[HeadSettings]:
    """Draw settings that no calibration would make."""
    factor = factors(least_shift=least_shift)
    table = st.integers(0, 2**32 - 1).map(
        lambda seed: np.random.default_rng(seed).integers(0, 2**15 + 1, 256).astype(np.uint16)
    )
    return st.builds(
        HeadSettings,
        probability_q15=table,
        inputs=st.tuples(*[factor] * (case.num_in + 1)),
        outputs=st.tuples(*[factor] * case.num_out),
        momentum_shift=st.integers(0, 7),
    )


def lessons(graph: Graph, *, seed: int, num_steps: int = 4) -> list[Lesson]:
    """Draw up to three slots a step, each with up to as many labels as it has elements."""
    rng = np.random.default_rng(seed)
    shape = graph.tensors[graph.input].shape
    height, width, num_out = graph.tensors[graph.output].shape
    drawn: list[Lesson] = []
    for _ in range(num_steps):
        slots: list[tuple[NDArray[np.int8], HeadLabels]] = []
        for _ in range(int(rng.integers(1, 4))):
            x = rng.integers(-128, 128, shape).astype(np.int8)
            num_labels = int(rng.integers(0, height * width + 1))
            elements = rng.permutation(height * width)[:num_labels]
            bits = rng.integers(0, 2, (num_labels, num_out)).astype(np.uint8)
            slots.append((x, HeadLabels(elements=elements, bits=bits)))
        drawn.append(Lesson(slots=tuple(slots), rate=float(10.0 ** rng.uniform(-3, 2))))
    return drawn


def expected(graph: Graph, settings: HeadSettings, taught: list[Lesson]) -> list[Image]:
    """Return the image after every step, by the reference alone."""
    image = compiled(graph)
    learner = begun(image, settings)
    head_input = graph.operators[-1].inputs[0]
    images: list[Image] = []
    for lesson in taught:
        current = with_head(image, learner.head)
        for x, labels in lesson.slots:
            seen = reference.run_all(graph, x)[head_input]
            y = head_output(graph, current, seen)
            learner = learner.teach(seen, y, labels)
        learner = learner.step(step_factor(lesson.rate, num_labels=learner.num_labels))
        images.append(with_head(image, learner.head))
    return images


def begun(image: Image, settings: HeadSettings) -> HeadLearner:
    """Return a learner of the head of an image."""
    zero_point = head_record(image).input_zero_points[0]
    return HeadLearner.begin(head_of(image), settings, zero_point=zero_point)


def head_output(graph: Graph, image: Image, seen: NDArray[np.int8]) -> NDArray[np.int8]:
    """Return what the head of an image makes of its input, by the rescaling of the graph."""
    head, zero_point = head_of(image), head_record(image).input_zero_points[0]
    sums = (seen.astype(np.float64) - zero_point) @ head.weights.T.astype(np.float64)
    constants = convolution_constants(graph, graph.operators[-1])
    return reference.requantize(sums, head.biases, constants)


def assert_learns_as_the_reference(
    opener: Opener, graph: Graph, *, seed: int, momentum_shift: int = 3
) -> None:
    """Fail unless image and outputs are those of the reference after every step."""
    taught = lessons(graph, seed=seed)
    x = np.stack([x for lesson in taught for x, _ in lesson.slots])
    settings = settings_for(graph, x, momentum_shift=momentum_shift)
    images = expected(graph, settings, taught)
    learner = opener(compiled(graph), settings)
    head_input = graph.operators[-1].inputs[0]
    before = compiled(graph)

    for lesson, after in zip(taught, images, strict=True):
        for x_slot, labels in lesson.slots:
            y = learner.run(x_slot)
            seen = reference.run_all(graph, x_slot)[head_input]
            np.testing.assert_array_equal(y, head_output(graph, before, seen))
            learner.teach(labels)
        before = learner.step(lesson.rate)
        assert before.data == after.data
