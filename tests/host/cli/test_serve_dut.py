# SPDX-License-Identifier: Apache-2.0
"""`airloop serve-dut`: a client finds its port and is served until the end; errors are one line."""

import json
import signal
import subprocess
import sys
import time
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from boards import catalog
from boards.board import Board
from host.cli.app import USER_ERROR, execute
from tests.host.built_firmware import ROOT, built
from tests.host.mlperf_client import MlperfClient
from tests.host.pointwise import compiled, pointwise_graph
from tests.host.processes import children, ends

Captured = pytest.CaptureFixture[str]
NUM_BYTES = 2 * 3 * 4
DEADLINE_S = 60.0
PROGRAM = "from host.cli.app import main; main()"


@pytest.fixture
def network(tmp_path: Path) -> Path:
    path = tmp_path / "pointwise.image"
    compiled(pointwise_graph(num_in=4, height=2, width=3)).save(path)
    return path


@contextmanager
def serving(*arguments: str, folder: Path) -> "Generator[tuple[subprocess.Popen[str], Any]]":
    """Run the command; yield the process and its JSON once it serves, and end what is left."""
    facts = folder / "facts.json"
    command = [sys.executable, "-c", PROGRAM, "serve-dut", *arguments]
    with subprocess.Popen(
        [*command, "--json", str(facts)],
        cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
    ) as process:  # fmt: skip
        try:
            yield process, _content(process, facts)
        finally:
            process.kill()


def _content(process: "subprocess.Popen[str]", path: Path) -> Any:
    deadline_s = time.monotonic() + DEADLINE_S
    while time.monotonic() < deadline_s:
        assert process.poll() is None, process.communicate()
        try:
            return json.loads(path.read_text())
        except (FileNotFoundError, json.JSONDecodeError):
            time.sleep(0.02)
    raise AssertionError("it does not serve")


def complaint_of(capsys: Captured, *arguments: str) -> str:
    assert execute(["serve-dut", *arguments]) == USER_ERROR
    error = capsys.readouterr().err
    assert error.count("\n") == 1
    return error.removeprefix("airloop: ").rstrip()


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_it_serves_until_it_is_interrupted_and_leaves_nothing(
    native: Board, network: Path, tmp_path: Path, number: signal.Signals
) -> None:
    link = tmp_path / "dut"
    arguments = ("--board", native.name, "--model", str(network), "--id", "x01")
    with serving(*arguments, "--mode", "accuracy", "--link", str(link), folder=tmp_path) as (
        process,
        facts,
    ):
        (child,) = children(process.pid)
        with MlperfClient(str(link)) as client:
            client.load(bytes(NUM_BYTES))
            results = client.infer(1, 0).results

        process.send_signal(number)
        said, complaints = process.communicate(timeout=DEADLINE_S)

    assert process.returncode == 0, complaints
    assert len(results) == 2 * 3 * 2
    assert f"serves x01 on {link} ({facts['path']})" in said
    assert said.endswith("ended\n")
    assert not link.is_symlink()
    assert ends(child)


@pytest.mark.qemu
def test_the_clock_of_an_emulated_board_is_declared(network: Path, tmp_path: Path) -> None:
    board = built("mps2-an386")
    arguments = ("--board", board.name, "--model", str(network), "--id", "x01")
    with serving(*arguments, folder=tmp_path) as (process, facts):
        with MlperfClient(facts["path"]) as client:
            (lap,) = client.ask("timestamp")
        process.send_signal(signal.SIGINT)
        said, _ = process.communicate(timeout=DEADLINE_S)

    assert lap.startswith("m-lap-us-")
    assert facts["clock"]["tick_hz"] == 25_000_000
    assert "an instruction takes 128 ns" in facts["clock"]["meaning"]
    assert facts["clock"]["meaning"] in said
    assert facts["input"] == {
        "bytes": NUM_BYTES, "type": "int8", "scale": pytest.approx(0.05), "zero_point": 3,
    }  # fmt: skip
    assert facts["first_lines"][-1] == "m-ready"


def test_a_device_that_dies_ends_it_with_one_line(
    native: Board, network: Path, tmp_path: Path
) -> None:
    arguments = ("--board", native.name, "--model", str(network), "--id", "x", "--mode", "accuracy")
    with serving(*arguments, folder=tmp_path) as (process, _):
        (child,) = children(process.pid)
        subprocess.run(["kill", "-KILL", str(child)], check=True)

        _, complaints = process.communicate(timeout=DEADLINE_S)

    assert process.returncode == USER_ERROR
    assert complaints.startswith("airloop: native on socket://")
    assert complaints.count("\n") == 1


def test_a_board_without_a_clock_serves_no_times(
    native: Board, network: Path, capsys: Captured
) -> None:
    line = complaint_of(capsys, "--board", native.name, "--model", str(network), "--id", "x01")

    assert line.startswith("native has no clock to time a run with")
    assert "--mode accuracy" in line


def test_a_network_of_no_benchmark_has_to_be_named(network: Path, capsys: Captured) -> None:
    line = complaint_of(capsys, "--board", "native", "--model", str(network))

    assert "say with --id which test it stands for" in line


def test_a_model_that_is_not_there(tmp_path: Path, capsys: Captured) -> None:
    path = tmp_path / "none.tflite"

    line = complaint_of(capsys, "--board", "native", "--model", str(path))

    assert line == f"{path}: cannot be read (No such file or directory)"


def test_a_board_without_room_for_a_second_input(
    network: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: Captured
) -> None:
    shipped = Path(catalog.__file__).with_name("native.toml").read_text()
    small = shipped.replace('name = "native"', 'name = "small"').replace(
        "arena_bytes = 524_288", "arena_bytes = 64"
    )
    (tmp_path / "small.toml").write_text(small)
    monkeypatch.setenv("AIRLOOP_BOARDS", str(tmp_path))

    line = complaint_of(capsys, "--board", "small", "--model", str(network), "--id", "x")

    assert line.startswith("the network is too large for small: its arena takes ")


def test_a_place_that_is_taken(
    native: Board, network: Path, tmp_path: Path, capsys: Captured
) -> None:
    taken = tmp_path / "notes.txt"
    taken.write_text("mine")

    line = complaint_of(
        capsys, "--board", native.name, "--model", str(network), "--id", "x",
        "--mode", "accuracy", "--link", str(taken),
    )  # fmt: skip

    assert line == f"{taken}: something else stands there; name another place with --link"
    assert taken.read_text() == "mine"


def test_a_mode_that_is_none_is_answered_by_those_there_are(
    network: Path, capsys: Captured
) -> None:
    line = complaint_of(capsys, "--model", str(network), "--mode", "speed")

    assert all(mode in line for mode in ("performance", "energy", "accuracy"))
