# SPDX-License-Identifier: Apache-2.0
"""Factors that bring integers to halves, or next to them: there every step of the rounding shows.

Truth is LiteRT (resolver BUILTIN_REF); random scales hardly ever come near.
"""

import numpy as np
import pytest
from numpy.typing import NDArray

from boards import reference, tflite
from sim.twin import Twin
from tests.firmware.operators import compiled

pytest.importorskip("ai_edge_litert.interpreter", reason="ai-edge-litert is not installed")

from tests.boards.tflite_builder import Model, run_litert

ROWS = (1, 16, 16, 1)
EVERY = np.arange(-128, 128).astype(np.int8).reshape(ROWS[1:])
_WINDOW = {"padding": 1, "strideH": 1, "strideW": 1, "dilationHFactor": 1, "dilationWFactor": 1}


def near_a_half(rng: np.random.Generator) -> float:
    """Draw a factor that brings some integer to a half, exactly or but for float32."""
    exact = np.float32((float(rng.integers(3, 100)) + 0.5) / int(rng.integers(3, 120)))
    return float(np.nextafter(exact, np.float32(1)) if rng.integers(2) else exact)


def mapped(rng: np.random.Generator, name: str) -> bytes:
    """Draw an operator that multiplies each of 256 integers by such a factor."""
    model, scale_out = Model(), float(np.float32(2.0 ** rng.uniform(-6, -2)))
    scale = float(np.float32(scale_out * near_a_half(rng)))
    x = model.tensor(ROWS, scale=scale, zero_point=-20)
    y = model.tensor(ROWS, scale=scale_out, zero_point=int(rng.integers(-60, 60)))
    model.operator(name, [x], y, version=2)
    return model.content(source=x, target=y)


def weighted(rng: np.random.Generator, name: str) -> bytes:
    """Draw an operator with weights of 1, whose factor is an odd number by a power of two."""
    model = Model()
    scale_out, weight, factor = (float(2.0 ** -int(rng.integers(2, 7))) for _ in range(3))
    scale = scale_out / weight * factor * float(rng.integers(1, 30))
    x = model.tensor(ROWS, scale=scale, zero_point=int(rng.integers(-60, 60)))
    y = model.tensor(ROWS, scale=scale_out, zero_point=int(rng.integers(-60, 60)))
    rank = 2 if name == "FULLY_CONNECTED" else 4
    filters = model.tensor((1,) * rank, scale=weight, data=np.ones((1,) * rank, np.int8))
    data = rng.integers(-40, 41, 1).astype(np.int32)
    bias = model.tensor((1,), dtype="int32", scale=scale * weight, data=data)
    options = {"keepNumDims": True} if rank == 2 else _WINDOW
    model.operator(name, [x, filters, bias], y, version=5, **options)
    return model.content(source=x, target=y)


@pytest.mark.parametrize("name", ["QUANTIZE", "RELU", "RELU6", "LEAKY_RELU"])
def test_what_maps_values_rounds_next_to_halves_as_litert_does(name: str) -> None:
    rng = np.random.default_rng(1)
    for _ in range(1_000):
        assert_equal(mapped(rng, name))


@pytest.mark.parametrize("name", ["FULLY_CONNECTED", "CONV_2D", "DEPTHWISE_CONV_2D"])
def test_what_sums_products_rounds_halves_as_litert_does(name: str) -> None:
    rng = np.random.default_rng(1)
    for _ in range(400):
        assert_equal(weighted(rng, name))


def assert_equal(content: bytes) -> None:
    """Compare LiteRT, the reference and the twin on every input there is."""
    graph = tflite.from_bytes(content, name="ties")
    image = compiled(graph)

    expected: NDArray[np.int8] = run_litert(content, EVERY)

    np.testing.assert_array_equal(reference.run(graph, EVERY), expected)
    y = Twin(image).run(EVERY.reshape(image.input_shape))
    np.testing.assert_array_equal(y.reshape(expected.shape), expected)
