# SPDX-License-Identifier: Apache-2.0
"""Results that a device prints are those of LiteRT's floating point, digit for digit."""

import math
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from boards import image, memory, tflite
from boards.borders import without_real_borders
from boards.image import Image
from host.mlperf_tiny import model_id
from tests.boards.tflite_builder import LiteRt, Model, run_litert
from tests.firmware import published
from tests.host.built_firmware import built
from tests.host.mlperf_client import MlperfClient
from tests.host.served import served

pytest.importorskip("ai_edge_litert.interpreter", reason="ai-edge-litert is not installed")

BOARDS = (pytest.param("native"), pytest.param("mps2-an386", marks=pytest.mark.qemu))
NUM_IN, NUM_OUT = 12, 7


def inputs(found: Image, *, number: int, seed: int = 3) -> NDArray[np.int8]:
    rng = np.random.default_rng(seed)
    drawn: NDArray[np.int8] = rng.integers(-128, 128, (number, found.input.num_bytes)).astype(
        np.int8
    )
    return drawn


def answers(board: str, found: Image, x: NDArray[np.int8], *, model: str) -> list[list[str]]:
    """Return what a board prints for each input."""
    said: list[list[str]] = []
    with (
        served(built(board), found, model=model) as serving,
        MlperfClient(serving.path) as client,
    ):
        for one in x:
            client.load(one.tobytes())
            said.append(list(client.infer(1, 0).results))
    return said


def dequantized(integers: NDArray[Any], quantization: tuple[float, int]) -> NDArray[np.float32]:
    """Return the float32 that stand for integers."""
    scale, zero_point = quantization
    values: NDArray[np.float32] = np.float32(scale) * (integers.astype(np.float32) - zero_point)
    return values


def real_model(rng: np.random.Generator, *, scale: float) -> bytes:
    """Return a model of one matrix product whose output LiteRT itself dequantizes."""
    model = Model()
    x = model.tensor((1, NUM_IN), scale=0.05, zero_point=7)
    weights = model.tensor(
        (NUM_OUT, NUM_IN), scale=0.02, data=rng.integers(-127, 128, (NUM_OUT, NUM_IN), np.int8)
    )
    bias = model.tensor(
        (NUM_OUT,), dtype="int32", scale=0.001, data=rng.integers(-900, 900, NUM_OUT, np.int32)
    )
    y = model.tensor((1, NUM_OUT), scale=scale, zero_point=-11)
    real = model.tensor((1, NUM_OUT), dtype="float32")
    model.operator("FULLY_CONNECTED", [x, weights, bias], y, version=4)
    model.operator("DEQUANTIZE", [y], real, version=2)
    return model.content(source=x, target=real)


@pytest.mark.parametrize("board", BOARDS)
@pytest.mark.parametrize("scale", [0.0625, 0.03, 0.10009])
def test_a_small_model_prints_what_litert_dequantizes(board: str, scale: float) -> None:
    content = real_model(np.random.default_rng(5), scale=scale)
    graph = without_real_borders(tflite.from_bytes(content, name="small"))
    found = image.compile(graph, memory.plan(graph))
    x = inputs(found, number=30)

    said = answers(board, found, x, model="x01")

    real = [run_litert(content, one) for one in x]
    assert {one.dtype for one in real} == {np.dtype(np.float32)}
    assert said == [[f"{value:.3f}" for value in one] for one in real]


@pytest.mark.parametrize("board", BOARDS)
def test_keyword_spotting_prints_what_litert_computes(board: str) -> None:
    content, _, found = published.network(published.KWS01)
    litert = LiteRt(content)
    x = inputs(found, number=20)

    said = answers(board, found, x, model=model_id(found, wanted=None))

    expected = [
        dequantized(litert.run(one.reshape(49, 10, 1)), litert.quantizations()[1]) for one in x
    ]
    assert said == [[f"{value:.3f}" for value in one.reshape(-1)] for one in expected]


@pytest.mark.parametrize("board", BOARDS)
def test_anomaly_detection_prints_the_mean_squared_error_of_litert(board: str) -> None:
    content, graph, found = published.network(published.AD01)
    litert = LiteRt(content)
    x = np.concatenate([published.recording(graph)[:15], inputs(found, number=5)])

    said = answers(board, found, x, model=model_id(found, wanted=None))

    of_input, of_output = litert.quantizations()
    scores: list[float] = []
    for one in x:
        source = dequantized(one, of_input).astype(np.float64)
        target = dequantized(litert.run(one), of_output).astype(np.float64)
        scores.append(math.fsum((target - source) ** 2) / 640)
    # float32 rounds each value by up to 2^-25 of it, so the scores are compared as they are told
    assert [len(one) for one in said] == [1] * len(x)
    for (printed,), score in zip(said, scores, strict=True):
        assert abs(float(printed) - score) <= 0.0005 + 1e-6 * score
