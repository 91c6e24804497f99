# SPDX-License-Identifier: Apache-2.0
"""Imported `.tflite` models against LiteRT itself, operator by operator and as whole networks.

Every comparison is exact: LiteRT runs its reference kernels (resolver BUILTIN_REF).
"""

import os
import random
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import settings as runs
from hypothesis import strategies as st
from numpy.typing import NDArray

from boards import image, reference, tflite
from boards.affine import to_float
from boards.complexity import count_macs
from boards.compress import int8
from boards.errors import GraphError, ImageError
from boards.graph import Graph, OperatorKind, Tensor
from boards.memory import plan

pytest.importorskip("ai_edge_litert.interpreter", reason="ai-edge-litert is not installed")

from tests.boards.tflite_builder import Model, run_litert
from tests.boards.tflite_models import MODELS

SEEDS = st.integers(0, 2**32 - 1)
PUBLISHED = {"ad01_int8": (10, 264_192), "kws_ref_model": (13, 2_656_768)}
"""Operators and multiply-accumulates of MLPerf Tiny's reference models."""
PLAIN = sorted(set(MODELS) - {"QUANTIZE"})


def imported(name: str, seed: int) -> tuple[bytes, Graph, NDArray[np.int8]]:
    """Return a random model, what it is as a graph, and an input."""
    rng = np.random.default_rng(seed)
    content = MODELS[name](rng, name)
    graph = tflite.from_bytes(content, name=name)
    shape = graph.tensors[graph.input].shape
    return content, graph, rng.integers(-128, 128, shape).astype(np.int8)


@pytest.mark.parametrize("name", MODELS)
@given(seed=SEEDS)
@runs(max_examples=60, deadline=None)
def test_an_operator_computes_what_litert_does(name: str, seed: int) -> None:
    content, graph, x = imported(name, seed)

    y = reference.run(graph, x)

    np.testing.assert_array_equal(y, run_litert(content, x))


@pytest.mark.parametrize("name", PLAIN)
@given(seed=SEEDS)
@runs(max_examples=20, deadline=None)
def test_in_real_numbers_an_operator_computes_the_same_to_a_step_or_two(
    name: str, seed: int
) -> None:
    """Every rounding of the integers is at most half a step, of the output or of a term."""
    _, graph, x = imported(name, seed)
    source, target = graph.tensors[graph.input], graph.tensors[graph.output]
    assert source.quantization is not None
    assert target.quantization is not None
    every = target.quantization
    low, high = (to_float(np.array([end], np.int8), every)[0] for end in (-128, 127))

    y = to_float(reference.run(graph, x), every)
    real = reference.run(as_float(graph), to_float(x, source.quantization))

    step = float(every.scale[0])
    np.testing.assert_allclose(y, real.clip(low, high), atol=1.1 * step, rtol=1e-5)


def as_float(graph: Graph) -> Graph:
    """Return the network of the real numbers that the integers stand for."""
    tensors = {name: _real(tensor) for name, tensor in graph.tensors.items()}
    return replace(graph, tensors=tensors)


def _real(tensor: Tensor) -> Tensor:
    data, quantization = tensor.data, tensor.quantization
    if data is not None and quantization is not None:
        shape = [1] * data.ndim
        if quantization.axis is not None:
            shape[quantization.axis] = -1
        scale = quantization.scale.reshape(shape) if data.ndim else quantization.scale[0]
        data = ((data.astype(np.float64) - quantization.zero_point) * scale).astype(np.float32)
    return replace(tensor, dtype="float32", quantization=None, data=data)


def test_real_numbers_become_integers_and_come_back_as_in_litert() -> None:
    """Ties among them: multiples of half a step."""
    model = Model()
    x, z = (model.tensor((1, 6, 7, 5), dtype="float32") for _ in range(2))
    y = model.tensor((1, 6, 7, 5), scale=0.25, zero_point=-3)
    model.operator("QUANTIZE", [x], y, version=1)
    model.operator("DEQUANTIZE", [y], z, version=2)
    content = model.content(source=x, target=z)
    seen = np.random.default_rng(1).integers(-300, 300, (6, 7, 5)).astype(np.float32) / 8

    told = reference.run(tflite.from_bytes(content, name="there and back"), seen)

    np.testing.assert_array_equal(told, run_litert(content, seen))


def test_slots_of_a_batch_do_not_meet() -> None:
    for name in MODELS:
        _, graph, _ = imported(name, 7)
        x = np.random.default_rng(1).integers(-128, 128, (2, 3, *graph.tensors[graph.input].shape))

        together = reference.run(graph, x.astype(np.int8))

        for i, k in np.ndindex(2, 3):
            alone = reference.run(graph, x[i, k].astype(np.int8))
            np.testing.assert_array_equal(together[i, k], alone, err_msg=name)


@pytest.fixture(params=PUBLISHED)
def published(request: pytest.FixtureRequest) -> Path:
    file = f"mlperf-tiny/{request.param}.tflite"
    if "AIRLOOP_DATA" not in os.environ:
        pytest.skip(f"AIRLOOP_DATA is not set: it names the folder that holds {file}")
    path = Path(os.environ["AIRLOOP_DATA"]) / file
    if not path.exists():
        pytest.skip(f"{path} does not exist")
    return path


def test_a_published_network_is_litert_to_the_last_bit(published: Path) -> None:
    graph = tflite.load(published)
    x = np.random.default_rng(1).integers(-128, 128, (40, *graph.tensors[graph.input].shape))
    x = x.astype(np.int8)

    y = reference.run(graph, x)

    assert (len(graph.operators), sum(count_macs(graph).values())) == PUBLISHED[published.stem]
    content = published.read_bytes()
    for one, other in zip(x, y, strict=True):
        np.testing.assert_array_equal(other, run_litert(content, one))


def test_everything_that_is_not_supported_is_named_at_once() -> None:
    model = Model()
    x, a, b, c = (model.tensor((1, 4, 4, 2), scale=0.5) for _ in range(4))
    model.operator("COS", [x], a, version=1)
    model.operator("LOGISTIC", [a], b, version=2)
    model.operator("SIN", [x], c, version=1)

    with pytest.raises(GraphError, match=r"COS, operator 0: is not .*; SIN, operator 2: is not"):
        tflite.from_bytes(model.content(source=x, target=c), name="waves")


@pytest.mark.parametrize(
    ("shape", "declared", "problem"),
    [
        ((1, 4, 4, 2), (1, 4, 4, 3), r"RELU at t1: gives \[4, 4, 2\], not \[4, 4, 3\]"),
        ((2, 4, 4, 2), (2, 4, 4, 2), r"the shape \[2, 4, 4, 2\]; the first size must be 1"),
        ((1, 0, 4, 2), (1, 0, 4, 2), r"the shape \[1, 0, 4, 2\]"),
        ((1, 1 << 15, 1 << 15, 2), (1, 1 << 15, 1 << 15, 2), "2147483648 elements"),
    ],
)
def test_shapes_that_cannot_be_are_refused(
    shape: tuple[int, ...], declared: tuple[int, ...], problem: str
) -> None:
    model = Model()
    x, y = model.tensor(shape, scale=0.5), model.tensor(declared, scale=0.5)
    model.operator("RELU", [x], y, version=2)

    with pytest.raises(GraphError, match=problem):
        tflite.from_bytes(model.content(source=x, target=y), name="odd")


def test_a_window_wider_than_any_plane_is_refused() -> None:
    model = Model()
    x, y = (model.tensor((1, 4, 4, 1), scale=0.5) for _ in range(2))
    weights = model.tensor((1, 2, 2, 1), scale=0.5, data=np.ones((1, 2, 2, 1), np.int8))
    options = {"padding": 0, "strideH": 1, "strideW": 1, "dilationWFactor": 1}
    model.operator("CONV_2D", [x, weights], y, version=6, dilationHFactor=1 << 30, **options)

    with pytest.raises(GraphError, match="a window of 1073741825 elements"):
        tflite.from_bytes(model.content(source=x, target=y), name="wide")


def test_constants_that_are_too_short_are_refused() -> None:
    model = Model()
    x, y = (model.tensor((1, 8), scale=0.5) for _ in range(2))
    data = np.zeros(63, np.int8)
    weights = model.tensor((8, 8), scale=0.5, data=data)
    model.operator("FULLY_CONNECTED", [x, weights], y, version=5)

    with pytest.raises(GraphError, match=r"operator 0: tensor 't2' holds 63 values; \[8, 8\] are"):
        tflite.from_bytes(model.content(source=x, target=y), name="short")


def test_a_file_that_is_no_model_or_is_not_there_is_one_line(tmp_path: Path) -> None:
    text = tmp_path / "notes.tflite"
    text.write_text("no model at all, but long enough")

    with pytest.raises(GraphError, match=r"'notes': damaged, or no \.tflite model"):
        tflite.load(text)
    with pytest.raises(GraphError, match=r"none\.tflite: cannot be read \(No such file"):
        tflite.load(tmp_path / "none.tflite")


def mutants(content: bytes, rng: random.Random) -> bytes:
    """Return a model with some bytes changed, cut out, or put in."""
    data = bytearray(content)
    for _ in range(rng.choice((1, 1, 2, 8))):
        at = rng.randrange(len(data))
        kind = rng.randrange(4)
        if kind == 0:
            data[at] = rng.randrange(256)
        elif kind == 1:
            data[at : at + 4] = rng.choice((b"\xff\xff\xff\x7f", b"\0\0\0\x80", b"\xff" * 4))
        elif kind == 2:
            del data[at : at + rng.choice((1, 4, 100))]
        else:
            data[at:at] = rng.randbytes(rng.choice((1, 4, 100)))
    return bytes(data)


@pytest.mark.slow
def test_damaged_models_are_an_error_or_run() -> None:
    """10,000 of them; whatever is imported has the shapes that it says."""
    rng = random.Random(1)
    names = sorted(MODELS)
    contents = [MODELS[name](np.random.default_rng(i), name) for i, name in enumerate(names)]
    num_refused = 0
    for i in range(10_000):
        content = mutants(contents[i % len(contents)], rng)
        try:
            graph = tflite.from_bytes(content, name="mutant")
        except GraphError:
            num_refused += 1
        else:
            runs_as_told(graph)

    assert 2_000 < num_refused < 9_900


def runs_as_told(graph: Graph) -> None:
    source, target = graph.tensors[graph.input], graph.tensors[graph.output]
    if any(tensor.num_elements > 1 << 16 for tensor in graph.tensors.values()):
        return
    x: NDArray[Any] = np.zeros(source.shape, source.dtype)
    try:
        y = reference.run(graph, x)
    except GraphError:
        return
    assert y.shape == target.shape


def test_what_devices_or_the_quantizer_cannot_do_is_named_at_once() -> None:
    model = Model()
    x, y = (model.tensor((1, 4, 4, 2), scale=0.5) for _ in range(2))
    real = model.tensor((1, 4, 4, 2), dtype="float32")
    back = model.tensor((1, 4, 4, 2), scale=0.5)
    model.operator("RELU6", [x], y, version=2)
    model.operator("DEQUANTIZE", [y], real, version=2)
    model.operator("QUANTIZE", [real], back, version=1)
    graph = tflite.from_bytes(model.content(source=x, target=back), name="both")

    with pytest.raises(ImageError, match=r"DEQUANTIZE \(t2\): they .*; QUANTIZE \(t3\): it has"):
        image.compile(graph, plan(graph))
    with pytest.raises(GraphError, match=r"cannot be quantized here: DEQUANTIZE \(t2\), QUANTIZE"):
        int8.quantize(as_float(graph), [np.zeros((4, 4, 2), np.float32)])


def test_every_kind_that_a_graph_knows_can_be_imported() -> None:
    made = {operator.kind for name in MODELS for operator in imported(name, 3)[1].operators}

    assert made == set(OperatorKind) - {OperatorKind.DEQUANTIZE}
