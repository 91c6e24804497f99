# SPDX-License-Identifier: Apache-2.0
"""`airloop deploy --weight-bits`: what it shows, and each way in which it is refused."""

import json
from pathlib import Path

import numpy as np
import pytest

from boards.board import Board
from host.cli.app import execute
from tests.host.cli.test_deploy import complaint_of
from tests.host.pointwise import compiled, pointwise_graph

Captured = pytest.CaptureFixture[str]


@pytest.fixture
def network(tmp_path: Path) -> Path:
    path = tmp_path / "pointwise.image"
    compiled(pointwise_graph()).save(path)
    return path


def dense_model(tmp_path: Path) -> Path:
    """Write a network of int8 with two layers, the first of which converters have joined."""
    pytest.importorskip("ai_edge_litert.interpreter", reason="ai-edge-litert is not installed")
    from tests.boards.tflite_builder import Model

    rng, model = np.random.default_rng(1), Model()
    x, y, z = (model.tensor((1, 12), scale=0.1) for _ in range(3))
    for source, target in ((x, y), (y, z)):
        data = rng.integers(-127, 128, (12, 12)).astype(np.int8)
        weights = model.tensor((12, 12), scale=0.01, data=data)
        model.operator("FULLY_CONNECTED", [source, weights], target, version=5)
    model.tensors[y].name = "first;of;three"
    model.tensors[z].name = "last"
    path = tmp_path / "dense.tflite"
    path.write_bytes(model.content(source=x, target=z))
    return path


def test_weights_take_the_bits_that_are_wanted_and_the_change_is_told(
    native: Board, tmp_path: Path, capsys: Captured
) -> None:
    wanted = ["--weight-bits", "4", "--weight-bits", "first=6"]
    arguments = [str(dense_model(tmp_path)), *wanted, "--board", native.name, "--json", "-"]

    assert execute(["deploy", *arguments]) == 0

    captured = capsys.readouterr()
    content = json.loads(captured.out)
    assert content["hardware"]["agreement"]["num_unequal"] == 0
    assert content["weight_bits"] == [6, 4]
    narrowed = content["narrowed"]
    assert [one["bits"] for one in narrowed.values()] == [6, 4]
    assert 0.0 < narrowed["first;of;three"]["error"] < narrowed["last"]["error"] < 0.05
    assert "Weights in fewer bits" in captured.err
    assert "4 bits in 1, 6 bits in 1; 180 bytes instead of about 288" in captured.err


def test_bits_of_weights_that_are_none(tmp_path: Path, capsys: Captured) -> None:
    path = str(dense_model(tmp_path))
    for wrong in (["5"], ["first="], ["4", "--weight-bits", "6"], ["=4", "--weight-bits", "=6"]):
        line = complaint_of(capsys, path, "--board", "native", "--weight-bits", *wrong)
        assert "is not 8, 6, 4 or 2, nor LAYER= one of these" in line


def test_bits_for_a_layer_that_the_network_does_not_have(tmp_path: Path, capsys: Captured) -> None:
    line = complaint_of(
        capsys, str(dense_model(tmp_path)), "--board", "native", "--weight-bits", "middle=4"
    )

    assert line == "network 'dense' has no weights in 'middle'; its layers are first, last"


def test_bits_for_what_is_compiled_already(network: Path, capsys: Captured) -> None:
    line = complaint_of(capsys, str(network), "--board", "native", "--weight-bits", "4")

    assert f"{network} is compiled already" in line
