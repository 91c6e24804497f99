# SPDX-License-Identifier: Apache-2.0
"""`airloop deploy --arena`: what takes more is cut into bands, and what cannot be is refused."""

import json
from pathlib import Path

import pytest

from boards import image, memory
from boards.board import Board
from host.cli.app import execute
from host.compiled import Compiled
from tests.boards.tiled_networks import shrinking
from tests.host.cli.test_deploy import Captured, complaint_of
from tests.host.pointwise import compiled, pointwise_graph


@pytest.fixture
def network(tmp_path: Path) -> Path:
    path = tmp_path / "pointwise.image"
    compiled(pointwise_graph()).save(path)
    return path


def test_a_budget_for_what_is_compiled_already(network: Path, capsys: Captured) -> None:
    told = complaint_of(capsys, str(network), "--board", "native", "--arena", "9000")

    assert told == f"--arena: {network} is compiled already; leave it away"


def test_a_budget_that_a_board_does_not_have(network: Path, capsys: Captured) -> None:
    told = complaint_of(capsys, str(network), "--board", "microbit", "--arena", "90000")

    assert told == "--arena 90000: microbit has 11776 bytes; ask for less"


def test_a_budget_that_a_receiver_cannot_keep(capsys: Captured) -> None:
    told = complaint_of(capsys, "neural-xxs", "--board", "native", "--arena", "9000")

    assert "at the least, there are 9000. Try a smaller network or a larger arena" in told


def test_a_network_is_cut_for_a_budget_and_says_so(
    native: Board, capsys: Captured, monkeypatch: pytest.MonkeyPatch
) -> None:
    graph = shrinking()
    plan = memory.plan(graph)
    whole = Compiled(image=image.compile(graph, plan), planned=(graph, plan))
    monkeypatch.setattr("host.compiled.compile_network", lambda *_, **__: whole)
    board = ["--board", native.name, "--alone"]

    assert execute(["deploy", "shrinking.tflite", *board, "--arena", "16000", "--json", "-"]) == 0

    captured = capsys.readouterr()
    content = json.loads(captured.out)
    assert content["hardware"]["agreement"]["num_unequal"] == 0
    assert content["arena"]["arena_bytes"] <= 16_000 < whole.image.arena_bytes(native.body)
    assert (
        "the first 2 operators run in 2 bands of rows: 13\u202f824 MAC more, 2.4 %" in captured.err
    )
    assert "t1[2/2]" in [one["name"] for one in content["cost"]["operators"]]
