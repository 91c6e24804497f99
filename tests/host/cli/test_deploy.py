# SPDX-License-Identifier: Apache-2.0
"""`airloop deploy` on the native board: what it shows, and each way in which it is refused."""

import json
from pathlib import Path

import numpy as np
import pytest

from boards import catalog
from boards.board import Board
from host.cli.app import USER_ERROR, execute
from sim.loopback import LoopbackAgent
from sim.loopback_server import on_tcp
from tests.host.built_firmware import built
from tests.host.pointwise import compiled, pointwise_graph

Captured = pytest.CaptureFixture[str]


@pytest.fixture
def network(tmp_path: Path) -> Path:
    path = tmp_path / "pointwise.image"
    compiled(pointwise_graph()).save(path)
    return path


def complaint_of(capsys: Captured, *arguments: str) -> str:
    assert execute(["deploy", *arguments]) == USER_ERROR
    error = capsys.readouterr().err
    assert error.count("\n") == 1
    return error.removeprefix("airloop: ").rstrip()


def test_an_image_is_loaded_and_agrees_with_its_twin(
    native: Board, network: Path, capsys: Captured
) -> None:
    assert execute(["deploy", str(network), "--board", native.name, "--alone", "--json", "-"]) == 0

    captured = capsys.readouterr()
    content = json.loads(captured.out)
    assert content["hardware"]["agreement"]["num_unequal"] == 0
    assert content["hardware"]["agreement"]["num_values"] == 4 * 14 * 64 * 2
    assert content["cost"]["latency"] is None  # a process is no chip
    assert "0 of 7\u202f168 outputs of 4 runs differ" in captured.err


def test_a_tflite_model_is_imported_and_its_operators_are_named(
    native: Board, tmp_path: Path, capsys: Captured
) -> None:
    pytest.importorskip("ai_edge_litert.interpreter", reason="ai-edge-litert is not installed")
    from tests.firmware.test_operators import reshaped_network

    path = tmp_path / "reshaped.tflite"
    path.write_bytes(reshaped_network())

    assert execute(["deploy", str(path), "--board", native.name, "--alone", "--json", "-"]) == 0

    cost = json.loads(capsys.readouterr().out)["cost"]
    assert [(one["name"], one["kind"]) for one in cost["operators"]] == [
        ("t1", "LOOKUP"),
        ("t5", "COPY"),
        ("t3", "SUB"),
        ("t6", "ADD"),
    ]


def test_a_tflite_model_that_is_none(tmp_path: Path, capsys: Captured) -> None:
    path = tmp_path / "mine.tflite"
    assert complaint_of(capsys, str(path)) == f"{path}: cannot be read (No such file or directory)"
    path.write_bytes(b"something else")
    assert "cannot import network 'mine': damaged, or no .tflite model" in complaint_of(
        capsys, str(path)
    )


def real_network(tmp_path: Path) -> Path:
    """Write a network of float32 that reads [3, 4, 2]."""
    pytest.importorskip("ai_edge_litert.interpreter", reason="ai-edge-litert is not installed")
    from tests.boards.tflite_builder import Model

    model = Model()
    x, y = (model.tensor((1, 3, 4, 2), dtype="float32") for _ in range(2))
    model.operator("LOGISTIC", [x], y, version=1)
    path = tmp_path / "real.tflite"
    path.write_bytes(model.content(source=x, target=y))
    return path


def test_a_network_of_real_numbers_is_quantized_on_samples(
    native: Board, tmp_path: Path, capsys: Captured
) -> None:
    path, samples = real_network(tmp_path), tmp_path / "samples.npy"
    np.save(samples, np.random.default_rng(1).standard_normal((9, 3, 4, 2)).astype(np.float32))
    arguments = [
        str(path),
        "--calibration",
        str(samples),
        "--board",
        native.name,
        "--alone",
        "--json",
        "-",
    ]

    assert execute(["deploy", *arguments]) == 0

    captured = capsys.readouterr()
    content = json.loads(captured.out)
    assert content["hardware"]["agreement"]["num_unequal"] == 0
    assert content["quantization"]["num_samples"] == 9
    assert 0.0 < content["quantization"]["error"] <= content["quantization"]["plain_error"] < 1e-3
    assert "int8 against float32 on the 9 samples" in captured.err


def test_a_network_of_real_numbers_without_samples(tmp_path: Path, capsys: Captured) -> None:
    line = complaint_of(capsys, str(real_network(tmp_path)), "--board", "native")

    assert line == (
        "network 'real' is float32; give inputs to quantize it with: --calibration FILE.npy, "
        "float32 [num_samples, 3, 4, 2]"
    )


def test_samples_for_a_network_that_needs_none(
    network: Path, tmp_path: Path, capsys: Captured
) -> None:
    pytest.importorskip("ai_edge_litert.interpreter", reason="ai-edge-litert is not installed")
    from tests.firmware.test_operators import reshaped_network

    path = tmp_path / "reshaped.tflite"
    path.write_bytes(reshaped_network())

    line = complaint_of(capsys, str(path), "--calibration", "x.npy", "--board", "native")
    other = complaint_of(capsys, str(network), "--calibration", "x.npy", "--board", "native")

    assert line == f"{path}: holds integers already; leave x.npy away"
    assert f"{network} is no network of float32" in other


def test_an_image_that_is_damaged(network: Path, capsys: Captured) -> None:
    data = bytearray(network.read_bytes())
    data[-1] ^= 1
    network.write_bytes(data)

    line = complaint_of(capsys, str(network), "--board", "native")

    assert line.startswith(f"{network}: the image is damaged")


def test_an_image_that_is_too_large_for_the_board(
    network: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: Captured
) -> None:
    shipped = Path(catalog.__file__).with_name("native.toml").read_text()
    small = shipped.replace('name = "native"', 'name = "small"').replace("524_288", "64")
    (tmp_path / "small.toml").write_text(small)
    monkeypatch.setenv("AIRLOOP_BOARDS", str(tmp_path))

    line = complaint_of(capsys, str(network), "--board", "small")

    assert line.startswith("the network is too large for small: its image takes ")


def test_firmware_of_another_wire_version(network: Path, capsys: Captured) -> None:
    with on_tcp(LoopbackAgent(board="native", wire_version=7)) as url:
        line = complaint_of(capsys, str(network), "--board", "native", "--port", url)

    assert "speaks wire version 7, this host speaks 2" in line


def test_firmware_of_other_sources(network: Path, capsys: Captured) -> None:
    with on_tcp(LoopbackAgent(board="native", firmware_hash=bytes(8))) as url:
        line = complaint_of(capsys, str(network), "--board", "native", "--port", url)

    assert line.endswith("Build it and flash it: make firmware BOARD=native")


def test_a_port_that_is_not_there(network: Path, capsys: Captured) -> None:
    line = complaint_of(capsys, str(network), "--board", "native", "--port", "/dev/ttyNOWHERE")

    assert "there is no port /dev/ttyNOWHERE on this machine" in line


def test_an_emulator_that_is_not_installed(
    network: Path, monkeypatch: pytest.MonkeyPatch, capsys: Captured
) -> None:
    monkeypatch.setenv("PATH", "")

    line = complaint_of(capsys, str(network), "--board", "mps2-an386")

    assert line.startswith("qemu-system-arm is missing; it is needed to emulate mps2-an386")


def test_firmware_that_is_not_built(
    network: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: Captured
) -> None:
    monkeypatch.setattr("host.firmware._ROOT", tmp_path)

    line = complaint_of(capsys, str(network), "--board", "native")

    assert line.endswith("Try: make firmware BOARD=native")


def test_a_board_that_does_not_exist(network: Path, capsys: Captured) -> None:
    line = complaint_of(capsys, str(network), "--board", "z80")

    assert line.startswith("no board called 'z80'; there are: microbit, mps2-an383, ")


def test_a_receiver_that_is_no_network(capsys: Captured) -> None:
    line = complaint_of(capsys, "lmmse", "--board", "native")

    assert "lmmse cannot work in scenario urban-slow: it is no network" in line


def test_a_receiver_that_does_not_exist(capsys: Captured) -> None:
    line = complaint_of(capsys, "neural-z", "--board", "native")

    assert line.startswith("no receiver called 'neural-z'; there are: ")


def test_weights_that_are_not_there(capsys: Captured) -> None:
    line = complaint_of(capsys, "nowhere.npz", "--board", "native")

    assert line.startswith("nowhere.npz: no such file")


def test_other_boards_stand_beside_the_one_that_was_asked_for(
    native: Board, network: Path, tmp_path: Path, capsys: Captured
) -> None:
    tiny = Path(catalog.__file__).with_name("native.toml").read_text()
    tiny = tiny.replace('name = "native"', 'name = "tiny"').replace("524_288", "64")
    (tmp_path / "boards").mkdir()
    (tmp_path / "boards" / "tiny.toml").write_text(tiny)
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("AIRLOOP_BOARDS", str(tmp_path / "boards"))
        arguments = [str(network), "--board", native.name, "--against", "tiny", "--json", "-"]

        assert execute(["deploy", *arguments]) == 0

    captured = capsys.readouterr()
    (other,) = json.loads(captured.out)["elsewhere"]
    assert other["board"] == "tiny"
    assert other["cost"] is None
    assert other["problem"].startswith("the network is too large for tiny")
    assert "Boards, one slot" in captured.err


@pytest.mark.qemu
def test_an_emulated_board_is_compared_with_by_default(
    native: Board, network: Path, capsys: Captured
) -> None:
    emulated = built("mps2-an386")

    assert execute(["deploy", str(network), "--board", native.name, "--json", "-"]) == 0

    others = {one["board"]: one for one in json.loads(capsys.readouterr().out)["elsewhere"]}
    assert others[emulated.name]["num_unequal"] == 0
    assert others[emulated.name]["cost"]["instructions_per_slot"] > 0
    assert native.name not in others


def test_a_report_of_a_deployment_has_a_page_and_pictures(
    native: Board, tmp_path: Path, capsys: Captured
) -> None:
    pytest.importorskip("ai_edge_litert.interpreter", reason="ai-edge-litert is not installed")
    from tests.firmware.test_operators import reshaped_network

    path, folder = tmp_path / "reshaped.tflite", tmp_path / "report"
    path.write_bytes(reshaped_network())
    arguments = [str(path), "--board", native.name, "--alone", "--report", str(folder)]

    assert execute(["deploy", *arguments]) == 0

    assert f"report   {folder}/report.html" in capsys.readouterr().out
    assert {one.name for one in folder.iterdir()} == {
        "report.html",
        "deployment.json",
        "memory.png",
    }


def test_a_report_that_cannot_be_written_is_refused_before_the_work(
    network: Path, capsys: Captured
) -> None:
    line = complaint_of(capsys, str(network), "--board", "native", "--report", str(network))

    assert f"--report: {network}/report.html: its folder cannot be made" in line
