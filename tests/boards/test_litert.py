# SPDX-License-Identifier: Apache-2.0
"""The integer reference against LiteRT's own kernels (independent reference), over random networks.

LiteRT's reference kernels (resolver BUILTIN_REF) round as the project does: twice, ties of the
second step away from zero. Its optimized kernels (BUILTIN_WITHOUT_DEFAULT_DELEGATES) round twice as
well, but their vector code on x86 takes ties of the second step up. Each comparison is exact.
"""

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from boards import reference
from boards.affine import to_int8
from boards.compress.fixed_point import doubling_high_multiply
from boards.compress.int8 import quantize
from boards.graph import ELEMENTWISE, Graph, OperatorKind
from boards.requantization import (
    addition_constants,
    multiplication_constants,
    quantization_of,
)
from tests.boards.networks import calibration_slots, residual_network
from tests.boards.random_graphs import convolution_graph, draw_input, elementwise_graph

litert = pytest.importorskip("ai_edge_litert.interpreter", reason="ai-edge-litert is not installed")

SEEDS = st.integers(min_value=0, max_value=2**32 - 1)
CONVOLUTIONS = [OperatorKind.CONV_2D, OperatorKind.DEPTHWISE_CONV_2D]
REFERENCE, OPTIMIZED = "BUILTIN_REF", "BUILTIN_WITHOUT_DEFAULT_DELEGATES"


def rescale_with_ties_up(
    x: NDArray[np.int64], *, multiplier: NDArray[np.int64], shift: NDArray[np.int64]
) -> NDArray[np.int64]:
    """Round twice, ties up both times; shifts here are at most 0."""
    right = -np.asarray(shift)
    half = np.left_shift(np.int64(1), right) >> 1
    return (doubling_high_multiply(x, multiplier) + half) >> right


def run_with(
    rescale: Callable[..., NDArray[np.int64]], graph: Graph, x: NDArray[np.int8]
) -> NDArray[Any]:
    """Run the integer reference with another rounding."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(reference, "rescale", rescale)
        return reference.run(graph, x)


def run_litert(graph: Graph, x: NDArray[np.int8], resolver: str) -> dict[str, NDArray[Any]]:
    """Run LiteRT with the resolver of this name."""
    from tests.boards import litert_model

    return litert_model.run_litert(graph, x, resolver=litert.OpResolverType[resolver])


@pytest.mark.parametrize("kind", CONVOLUTIONS)
@given(seed=SEEDS)
@settings(max_examples=150, deadline=None)
def test_convolutions_equal_the_reference_kernels(kind: OperatorKind, seed: int) -> None:
    rng = np.random.default_rng(seed)
    graph = convolution_graph(rng, kind)
    x = draw_input(rng, graph)

    z = reference.run(graph, x)

    np.testing.assert_array_equal(z, run_litert(graph, x, REFERENCE)["z"])


@pytest.mark.parametrize("kind", ELEMENTWISE)
@given(seed=SEEDS)
@settings(max_examples=150, deadline=None)
def test_sums_and_products_behind_a_convolution_equal_the_reference_kernels(
    kind: OperatorKind, seed: int
) -> None:
    rng = np.random.default_rng(seed)
    graph = elementwise_graph(rng, kind)
    x = draw_input(rng, graph)

    values = reference.run_all(graph, x)

    expected = run_litert(graph, x, REFERENCE)
    np.testing.assert_array_equal(values["y"], expected["y"])
    np.testing.assert_array_equal(values["z"], expected["z"])


@given(seed=SEEDS)
@settings(max_examples=100, deadline=None)
def test_convolution_equals_the_optimized_kernels_with_ties_up(seed: int) -> None:
    rng = np.random.default_rng(seed)
    graph = convolution_graph(rng, OperatorKind.CONV_2D)
    x = draw_input(rng, graph)

    z = run_with(rescale_with_ties_up, graph, x)

    np.testing.assert_array_equal(z, run_litert(graph, x, OPTIMIZED)["z"])


@given(seed=SEEDS)
@settings(max_examples=100, deadline=None)
def test_depthwise_convolution_equals_the_optimized_kernels_up_to_ties(seed: int) -> None:
    rng = np.random.default_rng(seed)
    graph = convolution_graph(rng, OperatorKind.DEPTHWISE_CONV_2D)
    x = draw_input(rng, graph)

    away, up = reference.run(graph, x), run_with(rescale_with_ties_up, graph, x)

    expected = run_litert(graph, x, OPTIMIZED)["z"]
    assert np.all((expected == away) | (expected == up))


@given(seed=SEEDS)
@settings(max_examples=100, deadline=None)
def test_addition_equals_the_optimized_kernels(seed: int) -> None:
    rng = np.random.default_rng(seed)
    graph = elementwise_graph(rng, OperatorKind.ADD)
    values = run_litert(graph, draw_input(rng, graph), OPTIMIZED)

    constants = addition_constants(graph, graph.operators[-1])
    z = reference.add_int8(values["x"], values["y"], constants)

    np.testing.assert_array_equal(z, values["z"])


@given(seed=SEEDS)
@settings(max_examples=100, deadline=None)
def test_products_equal_the_optimized_kernels_up_to_ties(seed: int) -> None:
    rng = np.random.default_rng(seed)
    graph = elementwise_graph(rng, OperatorKind.MUL)
    values = run_litert(graph, draw_input(rng, graph), OPTIMIZED)
    constants = multiplication_constants(graph, graph.operators[-1])

    away = reference.multiply_int8(values["x"], values["y"], constants)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(reference, "rescale", rescale_with_ties_up)
        up = reference.multiply_int8(values["x"], values["y"], constants)

    assert np.all((values["z"] == away) | (values["z"] == up))


def test_every_activation_of_a_quantized_network_equals_the_reference_kernels() -> None:
    graph = quantize(residual_network(num_channels=19), calibration_slots())
    x = to_int8(calibration_slots(seed=7)[0], quantization_of(graph.tensors["x"]))

    values = reference.run_all(graph, x)

    expected = run_litert(graph, x, REFERENCE)
    assert set(values) == set(expected)
    for name, value in values.items():
        np.testing.assert_array_equal(value, expected[name], err_msg=name)
