# SPDX-License-Identifier: Apache-2.0
"""Random float32 `.tflite` networks: LiteRT's real numbers, and int8 networks that stay close.

Truth in float32 is LiteRT's own interpreter, up to the order of sums; the integers are those of the
twin, whose kernels are held against LiteRT elsewhere.
"""

from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from boards import image, memory, reference, tflite
from boards.affine import same_scale, to_float, to_int8
from boards.compress import int8
from boards.compress.equalization import balance, equalize
from boards.compress.pipeline import is_float, load_samples, quantize_model
from boards.errors import GraphError
from boards.graph import Graph, OperatorKind
from boards.requantization import quantization_of
from sim.twin import Twin

pytest.importorskip("ai_edge_litert.interpreter", reason="ai-edge-litert is not installed")

from tests.boards import random_networks
from tests.boards.tflite_builder import LiteRt, Model

SEEDS = range(150)
NUM_SAMPLES = 8


def drawn(seed: int) -> tuple[bytes, Graph, NDArray[np.float32]]:
    """Return a random network of float32, as a file and as a graph, and inputs."""
    network = random_networks.draw(seed, is_real=True)
    graph = tflite.from_bytes(network.content, name=f"network {seed}")
    shape = graph.tensors[graph.input].shape
    return network.content, graph, random_networks.real_inputs(network, shape, num=NUM_SAMPLES)


def on_the_twin(graph: Graph, x: NDArray[np.float32]) -> NDArray[np.float32]:
    """Return what the image of an int8 network makes of real numbers, [num_samples, ...]."""
    compiled = image.compile(graph, memory.plan(graph))
    integers = to_int8(x, quantization_of(graph.tensors[graph.input]))
    y = Twin(compiled).run_batch(integers.reshape(-1, *compiled.input_shape))
    np.testing.assert_array_equal(y.reshape(len(x), -1), flat(reference.run(graph, integers)))
    return to_float(y.reshape(len(x), -1), quantization_of(graph.tensors[graph.output]))


def flat(y: NDArray[np.int8]) -> NDArray[np.int8]:
    return y.reshape(len(y), -1)


def test_real_numbers_are_those_of_litert() -> None:
    kinds: set[OperatorKind] = set()
    for seed in SEEDS:
        content, graph, x = drawn(seed)
        litert = LiteRt(content)

        y = reference.run(graph, x)

        expected = np.stack([litert.run(one) for one in x])
        tolerance = 1e-5 * float(np.abs(expected).max())
        np.testing.assert_allclose(y, expected, atol=tolerance, rtol=1e-5, err_msg=f"{seed}")
        kinds |= {operator.kind for operator in graph.operators}
    assert kinds == set(OperatorKind) - {OperatorKind.QUANTIZE, OperatorKind.DEQUANTIZE}


@pytest.mark.slow
def test_networks_of_every_operator_become_integers_that_stay_close() -> None:
    errors: list[float] = []
    for seed in SEEDS:
        _, graph, x = drawn(seed)

        quantized = quantize_model(graph, x)

        y = on_the_twin(quantized.graph, x)
        expected = reference.run(graph, x).reshape(y.shape)
        errors.append(int8.relative_square_error(expected, y))
        assert errors[-1] == pytest.approx(quantized.error, rel=0.01, abs=1e-9), f"network {seed}"
        assert quantized.error <= quantized.plain_error
    assert float(np.median(errors)) < 3e-4
    assert sum(error > 0.02 for error in errors) <= 2, "some take a large number from itself"


def split_network() -> Graph:
    """Return two branches joined: one a hundred times louder, one a TANH, which is fixed."""
    model, rng = Model(), np.random.default_rng(4)
    x, quiet, loud, fixed = (model.tensor((1, 4, 4, 3), dtype="float32") for _ in range(4))
    out, y = (model.tensor((1, 4, 4, 9), dtype="float32") for _ in range(2))
    weights, large = (
        model.tensor(
            (3, 1, 1, 3), dtype="float32", data=(by * rng.random((3, 1, 1, 3))).astype(np.float32)
        )
        for by in (1, 100)
    )
    bias = model.tensor((3,), dtype="float32", data=np.zeros(3, np.float32))
    shapes = {"padding": 1, "strideH": 1, "strideW": 1, "fusedActivationFunction": 0}
    model.operator("CONV_2D", [x, weights, bias], quiet, version=6, **shapes)
    model.operator("CONV_2D", [quiet, large, bias], loud, version=6, **shapes)
    model.operator("TANH", [quiet], fixed, version=2)
    model.operator("CONCATENATION", [quiet, loud, fixed], out, version=2, axis=3)
    model.operator("RELU", [out], y, version=2)
    return tflite.from_bytes(model.content(source=x, target=y), name="split")


def test_what_is_joined_keeps_its_own_scale_where_others_read_it() -> None:
    graph = split_network()
    x = np.random.default_rng(1).standard_normal((16, 4, 4, 3)).astype(np.float32)

    quantized = int8.quantize(graph, x)

    (join,) = (one for one in quantized.operators if one.kind is OperatorKind.CONCATENATION)
    result = quantization_of(quantized.tensors[join.output])
    for name in join.inputs:
        assert same_scale(quantized.tensors[name], quantized.tensors[join.output])
    kinds = [one.kind for one in quantized.operators]
    assert kinds.count(OperatorKind.QUANTIZE) == 2, "of what is read twice, and of the TANH"
    assert quantization_of(quantized.tensors["t1"]).scale[0] < result.scale[0] / 20
    assert (
        int8.relative_square_error(
            reference.run(graph, x).reshape(16, -1), on_the_twin(quantized, x)
        )
        < 1e-3
    )


def test_constants_that_two_operators_share_become_two() -> None:
    model, rng = Model(), np.random.default_rng(4)
    x, y, z = (model.tensor((1, 6), dtype="float32") for _ in range(3))
    weights = model.tensor((6, 6), dtype="float32", data=rng.random((6, 6)).astype(np.float32))
    bias = model.tensor((6,), dtype="float32", data=rng.random(6).astype(np.float32))
    model.operator("FULLY_CONNECTED", [x, weights, bias], y, version=5)
    model.operator("FULLY_CONNECTED", [y, weights, bias], z, version=5)
    graph = tflite.from_bytes(model.content(source=x, target=z), name="twice")
    samples = rng.standard_normal((16, 6)).astype(np.float32)

    quantized = int8.quantize(graph, samples)

    assert len({name for one in quantized.operators for name in one.inputs[1:]}) == 4
    assert (
        int8.relative_square_error(reference.run(graph, samples), on_the_twin(quantized, samples))
        < 1e-3
    )


def test_only_channels_that_are_read_one_by_one_are_evened_out() -> None:
    """Behind RELU6, and before groups, a factor a channel would change what is computed."""
    seen = 0
    for seed in SEEDS:
        _, graph, x = drawn(seed)
        seen += len(balance(graph, x))

        y = reference.run(equalize(graph, x), x)

        expected = reference.run(graph, x)
        tolerance = 1e-4 * float(np.abs(expected).max())
        np.testing.assert_allclose(y, expected, atol=tolerance, rtol=1e-4)
    assert seen > 5


def test_ranges_some_steps_of_single_precision_wide_are_counted() -> None:
    model = Model()
    x, y = (model.tensor((1, 4, 4, 2), dtype="float32") for _ in range(2))
    model.operator("RELU", [x], y, version=2)
    graph = tflite.from_bytes(model.content(source=x, target=y), name="narrow")
    samples = np.full((2, 4, 4, 2), 1.0, np.float32)
    samples[1] += np.float32(2.0**-23)

    quantized = int8.quantize(graph, samples)

    np.testing.assert_allclose(on_the_twin(quantized, samples), 1.0, rtol=0.01)


@pytest.mark.parametrize(
    ("content", "problem"),
    [
        (np.zeros((3, 6, 8, 4), np.float32), r"float32 \[3, 6, 8, 4\]; network 'wanted' is "),
        (np.zeros((3, 6, 8, 3)), r"float64 \[3, 6, 8, 3\]"),
        (np.zeros((0, 6, 8, 3), np.float32), r"float32 \[0, 6, 8, 3\]"),
        (np.full((3, 6, 8, 3), np.nan, np.float32), "holds what is infinite or no number"),
        (np.array([{}]), r"no \.npy file of numbers"),
        (b"not an array", r"no \.npy file of numbers"),
        (None, "cannot be read"),
    ],
)
def test_samples_that_do_not_fit_are_one_line(
    content: NDArray[np.float32] | bytes | None, problem: str, tmp_path: Path
) -> None:
    model = Model()
    x, y = (model.tensor((1, 6, 8, 3), dtype="float32") for _ in range(2))
    model.operator("RELU", [x], y, version=2)
    graph = tflite.from_bytes(model.content(source=x, target=y), name="wanted")
    path = tmp_path / "samples.npy"
    if isinstance(content, bytes):
        path.write_bytes(content)
    elif content is not None:
        np.save(path, content)

    with pytest.raises(GraphError, match=problem) as caught:
        load_samples(path, graph)

    assert is_float(graph)
    assert str(caught.value).startswith(str(path))
    assert "\n" not in str(caught.value)
