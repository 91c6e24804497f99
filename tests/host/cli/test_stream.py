# SPDX-License-Identifier: Apache-2.0
"""`airloop stream`: what it shows and writes, and each way in which it is refused."""

import json
from pathlib import Path

import pytest

from host.cli.app import USER_ERROR, execute
from tests.host.built_firmware import built

Captured = pytest.CaptureFixture[str]


def complaint_of(capsys: Captured, *arguments: str) -> str:
    assert execute(["stream", *arguments]) == USER_ERROR
    return capsys.readouterr().err


@pytest.mark.qemu
def test_a_receiver_runs_in_less_memory_than_its_weights_take(
    tmp_path: Path, capsys: Captured
) -> None:
    pytest.importorskip("ortools.sat.python.cp_model", reason="OR-Tools is not installed")
    board = built("mps2-an386").name
    arguments = ["neural-s", "--sram", "144k", "--board", board, "--inputs", "2"]
    arguments += ["--bytes-per-cycle", "0.02", "--output", str(tmp_path), "--json", "-"]

    assert execute(["stream", *arguments]) == 0

    captured = capsys.readouterr()
    told = json.loads(captured.out)
    methods = {one["method"]: one for one in told["methods"]}
    assert set(methods) == {"preload", "on-demand", "double-buffer", "planned"}
    assert all(one["num_unequal"] == 0 for one in told["methods"])
    assert methods["planned"]["arena_bytes"] <= told["sram_bytes"] == 144 * 1024
    assert methods["planned"]["run_instructions"] < methods["on-demand"]["run_instructions"]
    for one in told["methods"]:
        modelled = one["modelled_run_cycles"]
        assert one["run_instructions"] == pytest.approx(modelled, rel=0.02)
    assert {path.name for path in tmp_path.iterdir()} == {"run.png", "rates.png"}
    assert "outputs differ" in captured.err


def test_memory_that_is_no_size(capsys: Captured) -> None:
    assert "'12 apples' is no size; write 81920, 80k or 1M" in complaint_of(
        capsys, "neural-s", "--sram", "12 apples"
    )
    assert "is no size" in complaint_of(capsys, "neural-s", "--sram", "0")


def test_a_board_that_models_no_flash(capsys: Captured) -> None:
    line = complaint_of(capsys, "neural-s", "--sram", "80k", "--board", "native")

    assert "native counts no instructions and models no flash" in line


def test_memory_that_holds_not_even_the_activations(capsys: Captured) -> None:
    line = complaint_of(capsys, "neural-s", "--sram", "20k")

    assert line.count("\n") == 1
    assert "hold neither the activations nor" in line
