# SPDX-License-Identifier: Apache-2.0
"""Real numbers at the borders of a network of integers are taken off, and nowhere else."""

import numpy as np
import pytest

from boards import reference, tflite
from boards.affine import to_float
from boards.borders import without_real_borders
from boards.graph import Graph, OperatorKind

pytest.importorskip("ai_edge_litert.interpreter", reason="ai-edge-litert is not installed")

from tests.boards.tflite_builder import Model

SHAPE = (1, 3, 4, 2)


def network(*, real_input: bool, real_output: bool) -> Graph:
    """Return a LEAKY_RELU between what its file begins and ends with."""
    model = Model()
    x, y = model.tensor(SHAPE, scale=0.5, zero_point=3), model.tensor(SHAPE, scale=0.25)
    source, target = x, y
    if real_input:
        source = model.tensor(SHAPE, dtype="float32")
        model.operator("QUANTIZE", [source], x, version=1)
    model.operator("LEAKY_RELU", [x], y, version=2, alpha=0.1)
    if real_output:
        target = model.tensor(SHAPE, dtype="float32")
        model.operator("DEQUANTIZE", [y], target, version=2)
    return tflite.from_bytes(model.content(source=source, target=target), name="net")


@pytest.mark.parametrize("real_input", [False, True])
@pytest.mark.parametrize("real_output", [False, True])
def test_what_is_left_computes_the_same_on_integers(*, real_input: bool, real_output: bool) -> None:
    graph = network(real_input=real_input, real_output=real_output)
    rng = np.random.default_rng(1)

    core = without_real_borders(graph)

    assert [one.kind for one in core.operators] == [OperatorKind.LEAKY_RELU]
    x = rng.integers(-128, 128, SHAPE[1:]).astype(np.int8)
    quantization = core.tensors[core.input].quantization
    result = core.tensors[core.output].quantization
    assert quantization is not None
    assert result is not None
    whole = reference.run(graph, to_float(x, quantization) if real_input else x)
    y = reference.run(core, x)
    np.testing.assert_array_equal(to_float(y, result) if real_output else y, whole)


def test_a_quantize_of_integers_stays() -> None:
    model = Model()
    x, y = model.tensor(SHAPE, scale=0.5), model.tensor(SHAPE, scale=0.25)
    model.operator("QUANTIZE", [x], y, version=2)
    graph = tflite.from_bytes(model.content(source=x, target=y), name="net")

    assert without_real_borders(graph) == graph
