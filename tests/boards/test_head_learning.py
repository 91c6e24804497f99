# SPDX-License-Identifier: Apache-2.0
"""The integers of learning are the gradient of the cross-entropy, and one step of descent on it.

Truth is the closed form in real numbers: autograd is not needed, the gradient is (p - b) x.
"""

from dataclasses import replace

import numpy as np
import pytest
from numpy.typing import NDArray

from boards import reference
from boards.compress.fixed_point import FixedPoint
from boards.graph import Graph, Quantization
from boards.head import Head, head_of
from boards.head_learning import HeadLearner
from boards.head_settings import (
    HeadLabels,
    HeadSettings,
    probabilities,
    settings_for,
    step_factor,
)
from boards.requantization import quantization_of
from tests.firmware.operators import Case, compiled, convolution_graph

CASE = Case(name="", height=14, width=64, num_in=12, num_out=4, zero_points=(-128, -2), gain=0.2)


def _quieter(graph: Graph) -> Graph:
    """Halve the weights, so that a step has room in every direction."""
    weights = graph.tensors["w"]
    assert weights.data is not None
    return replace(graph, tensors={**graph.tensors, "w": replace(weights, data=weights.data // 2)})


GRAPH = _quieter(convolution_graph(CASE))
HEAD = head_of(compiled(GRAPH))
Floats = NDArray[np.float64]


def slots(*, num_slots: int = 4, seed: int = 1) -> NDArray[np.int8]:
    """Draw inputs as behind a rectifier: channels of uneven loudness, many zeros."""
    rng = np.random.default_rng(seed)
    loudness = np.linspace(4.0, 60.0, CASE.num_in)
    drawn = loudness * np.maximum(rng.standard_normal((num_slots, 14, 64, CASE.num_in)), 0.0)
    return (np.rint(drawn).clip(0, 255) - 128).astype(np.int8)


def all_labels(rng: np.random.Generator) -> HeadLabels:
    """Draw the bits of every element of a slot."""
    bits = rng.integers(0, 2, (14 * 64, CASE.num_out)).astype(np.uint8)
    return HeadLabels(elements=np.arange(14 * 64), bits=bits)


def real(graph: Graph, name: str, values: NDArray[np.int8]) -> Floats:
    """Return what integers of a tensor stand for."""
    quantization = quantization_of(graph.tensors[name])
    centred = values.astype(np.float64) - quantization.zero_point
    return np.asarray(centred * quantization.scale[0])


def descended(rate: float, *, num_slots: int = 4) -> tuple[HeadLearner, Floats, Floats, Floats]:
    """Return a learner after one step, and the step in real numbers: weights, biases, errors."""
    x, rng = slots(num_slots=num_slots), np.random.default_rng(2)
    settings = settings_for(GRAPH, x)
    learner = HeadLearner.begin(HEAD, settings, zero_point=-128)
    seen, errors = [], []
    for one in x:
        y, labels = reference.run(GRAPH, one), all_labels(rng)
        learner = learner.teach(one, y, labels)
        llr = real(GRAPH, "z", y).reshape(-1, CASE.num_out)
        errors.append(1.0 / (1.0 + np.exp(-llr)) - labels.bits)
        seen.append(real(GRAPH, "x", one).reshape(-1, CASE.num_in))
    e, features = np.concatenate(errors), np.concatenate(seen)
    weights = -rate * (e.T @ features / len(e)) / np.square(features).mean(axis=0)
    biases = -rate * e.mean(axis=0)
    factor = step_factor(rate, num_labels=learner.num_labels)
    return learner.step(factor), weights, biases, e


def test_a_step_is_the_preconditioned_gradient_in_real_numbers() -> None:
    """To the rounding of the errors, 2^-16 each, and of the factors."""
    before = HeadLearner.begin(HEAD, settings_for(GRAPH, slots()), zero_point=-128).masters

    learner, weights, biases, _ = descended(0.1)

    scales = quantization_of(GRAPH.tensors["w"]).scale
    moved = (learner.masters - before).astype(np.float64)
    sum_scales = scales * quantization_of(GRAPH.tensors["x"]).scale[0]
    np.testing.assert_allclose(moved[:, :-1] / 2**20 * scales[:, None], weights, rtol=2e-3)
    np.testing.assert_allclose(moved[:, -1] / 2**8 * sum_scales, biases, rtol=2e-3, atol=1e-3)


def test_steps_lower_the_cross_entropy_to_that_of_the_teacher() -> None:
    """Labels come from a head of the same size, so its cross-entropy is the least there is."""
    x, rng = slots(num_slots=64, seed=3), np.random.default_rng(4)
    teacher = rng.standard_normal((CASE.num_out, CASE.num_in)) / 3.0
    features = real(GRAPH, "x", x).reshape(64, -1, CASE.num_in)
    truth = 1.0 / (1.0 + np.exp(-(features @ teacher.T)))
    bits = (rng.uniform(size=truth.shape) < truth).astype(np.uint8)
    learner = HeadLearner.begin(HEAD, settings_for(GRAPH, x[:4]), zero_point=-128)

    for i in range(64):
        y = output_of(learner.head, x[i])
        labels = HeadLabels(elements=np.arange(14 * 64), bits=bits[i])
        learner = learner.teach(x[i], y, labels)
        learner = learner.step(step_factor(0.5, num_labels=labels.num_labels))

    least = entropy(truth, truth)
    first, last = (entropy(truth, p_of(head, features)) for head in (HEAD, learner.head))
    assert first > least + 0.5
    assert last < least + 0.03


def test_momentum_sums_the_steps_before_with_falling_weight() -> None:
    """A step without labels repeats the last one, times 1 - 2^-k."""
    learner, _, _, _ = descended(0.1)
    factor = step_factor(0.1, num_labels=4 * 14 * 64)
    first = learner.masters - HeadLearner.begin(HEAD, learner.settings, zero_point=-128).masters

    second = learner.step(factor).masters - learner.masters

    np.testing.assert_allclose(second, first * 0.875, rtol=1e-3, atol=2.0)


def test_without_momentum_a_step_without_labels_changes_nothing() -> None:
    x = slots()[0]
    settings = replace(settings_for(GRAPH, slots()), momentum_shift=0)
    learner = HeadLearner.begin(HEAD, settings, zero_point=-128)
    labels = all_labels(np.random.default_rng(1))
    factor = step_factor(1.0, num_labels=1)

    stepped = learner.teach(x, reference.run(GRAPH, x), labels).step(factor)

    assert not np.array_equal(stepped.masters, learner.masters)
    np.testing.assert_array_equal(stepped.step(factor).masters, stepped.masters)


def test_masters_stop_at_the_range_of_weights_and_biases() -> None:
    rate = FixedPoint(multiplier=2**31 - 1, shift=4)
    learner = HeadLearner.begin(HEAD, settings_for(GRAPH, slots()), zero_point=-128)
    x = slots()[0]
    labels = all_labels(np.random.default_rng(1))

    head = learner.teach(x, reference.run(GRAPH, x), labels).step(rate).head

    assert set(np.abs(head.weights.astype(int)).ravel().tolist()) == {127}
    assert np.abs(head.biases).max() == 2**22


def test_changes_below_an_int8_step_add_up() -> None:
    learner = HeadLearner.begin(HEAD, settings_for(GRAPH, slots()), zero_point=-128)
    x, labels = slots()[0], all_labels(np.random.default_rng(1))
    y, factor = reference.run(GRAPH, x), step_factor(1e-4, num_labels=14 * 64)

    once = learner.teach(x, y, labels).step(factor)
    often = once
    for _ in range(60):
        often = often.teach(x, y, labels).step(factor)

    np.testing.assert_array_equal(once.head.weights, HEAD.weights)
    assert np.any(often.head.weights != HEAD.weights)


@pytest.mark.parametrize(("scale", "zero_point"), [(0.3, -2), (0.01, 127), (20.0, 0)])
def test_the_table_holds_the_probability_of_every_llr(scale: float, zero_point: int) -> None:
    quantization = Quantization(scale=np.array([scale]), zero_point=zero_point)

    table = probabilities(quantization)

    llr = scale * (np.arange(-128, 128) - zero_point)
    np.testing.assert_allclose(table / 2**15, 0.5 + 0.5 * np.tanh(llr / 2), atol=2**-16)
    assert table.dtype == np.uint16
    assert table[128 + zero_point] == 2**14


def test_labels_and_settings_have_the_bytes_of_the_header() -> None:
    labels = HeadLabels(
        elements=np.array([0x0102, 0]), bits=np.array([[1, 0, 0, 1], [0, 1, 0, 0]], np.uint8)
    )
    settings = HeadSettings(
        probability_q15=np.arange(256, dtype=np.uint16),
        inputs=(FixedPoint(multiplier=0x40000001, shift=-2), FixedPoint(multiplier=5, shift=31)),
        outputs=(FixedPoint(multiplier=1, shift=0),),
        momentum_shift=3,
    )

    assert labels.pack().hex() == "020109" + "000002"
    assert settings.pack()[:6].hex() == "000001000200"
    assert settings.pack()[512:].hex() == "0100004021" + "0500000000" + "010000001f"


def test_labels_of_a_slot_come_in_the_order_of_the_grid() -> None:
    labelled = np.zeros((2, 3), np.bool_)
    labelled[0, 2] = labelled[1, 0] = True
    bits = np.array([[1, 0], [0, 1]], np.uint8)

    labels = HeadLabels.of_slot(labelled, bits)

    assert labels.elements.tolist() == [2, 3]
    assert labels.num_labels == 2


@pytest.mark.parametrize(
    ("head", "change", "message"),
    [
        pytest.param(HEAD, {"momentum_shift": 8}, "momentum shift 8", id="momentum"),
        pytest.param(HEAD, {"outputs": ()}, "settings for 12 to 0 do not fit", id="shape"),
        pytest.param(
            replace(HEAD, biases=np.array([0, 0, 0, 2**22 + 1], np.int32)),
            {},
            "a bias of the head is beyond 4194304",
            id="bias",
        ),
    ],
)
def test_what_does_not_fit_the_head_is_refused(
    head: Head, change: dict[str, object], message: str
) -> None:
    settings = replace(settings_for(GRAPH, slots()), **change)  # type: ignore[arg-type]  # one field each

    with pytest.raises(ValueError, match=message):
        HeadLearner.begin(head, settings, zero_point=-128)


def test_more_labels_than_a_step_holds_are_refused() -> None:
    learner = replace(
        HeadLearner.begin(HEAD, settings_for(GRAPH, slots()), zero_point=-128), num_labels=65_000
    )
    x = slots()[0]

    with pytest.raises(ValueError, match="65896 labels are more than the 65535 of a step"):
        learner.teach(x, reference.run(GRAPH, x), all_labels(np.random.default_rng(1)))


def output_of(head: Head, x: NDArray[np.int8]) -> NDArray[np.int8]:
    """Run the network with another head."""
    _, weights, biases = (GRAPH.tensors[name] for name in GRAPH.operators[-1].inputs)
    tensors = {
        **GRAPH.tensors,
        weights.name: replace(weights, data=head.weights.reshape(weights.shape)),
        biases.name: replace(biases, data=head.biases),
    }
    return np.asarray(reference.run(replace(GRAPH, tensors=tensors), x))


def p_of(head: Head, features: Floats) -> Floats:
    """Return the probabilities of a head in real numbers."""
    scales = quantization_of(GRAPH.tensors["w"]).scale
    sum_scales = scales * quantization_of(GRAPH.tensors["x"]).scale[0]
    llr = features @ (head.weights * scales[:, None]).T + head.biases * sum_scales
    return np.asarray(1.0 / (1.0 + np.exp(-llr)))


def entropy(truth: Floats, p: Floats) -> float:
    """Return the cross-entropy of probabilities [nat]."""
    safe = p.clip(1e-12, 1.0 - 1e-12)
    return float(-(truth * np.log(safe) + (1.0 - truth) * np.log(1.0 - safe)).mean())
