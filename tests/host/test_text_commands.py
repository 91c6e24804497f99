# SPDX-License-Identifier: Apache-2.0
"""A client of MLPerf Tiny and boards that serve it: every command and every error, over a PTY."""

import time
from collections.abc import Iterator

import numpy as np
import pytest

from boards import reference
from boards.board import Board
from host.launcher import open_device
from host.mlperf_tiny import InputType, Mode
from tests.host.built_firmware import built
from tests.host.mlperf_client import MlperfClient
from tests.host.pointwise import compiled, pointwise_graph
from tests.host.served import Served, served

GRAPH = pointwise_graph(num_in=5, num_out=3, height=3, width=4)
IMAGE = compiled(GRAPH)
NUM_BYTES = 3 * 4 * 5
X = np.random.default_rng(1).integers(-128, 128, (3, 4, 5)).astype(np.int8)
MAX_INSTRUCTIONS_BESIDE_A_RUN = 400  # the input is copied, the clock looked at
BOARDS = (
    pytest.param("native"),
    pytest.param("mps2-an386", marks=pytest.mark.qemu),
    pytest.param("microbit", marks=pytest.mark.qemu),
)


@pytest.fixture(scope="module", params=BOARDS)
def serving(request: pytest.FixtureRequest) -> Iterator[Served]:
    board = built(str(request.param))
    mode = Mode.ACCURACY if board.name == "native" else Mode.PERFORMANCE
    with served(board, IMAGE, mode=mode) as found:
        yield found


@pytest.fixture
def client(serving: Served) -> Iterator[MlperfClient]:
    with MlperfClient(serving.path) as opened:
        opened.ask("db load 0")  # forgets the input of the test before
        yield opened


def printed(y: "np.ndarray[tuple[int, ...], np.dtype[np.int8]]") -> tuple[str, ...]:
    """Return the results that real numbers print as, rounded to float32 as LiteRT's are."""
    steps = y.reshape(-1).astype(np.int32) - IMAGE.output.zero_point
    return tuple(f"{np.float32(IMAGE.output.scale) * np.float32(one):.3f}" for one in steps)


def test_the_device_boots_in_text(serving: Served) -> None:
    mode, lap, *rest = serving.first_lines

    assert mode == "m-timestamp-mode-performance"
    assert lap == "e-[No clock]" or lap.startswith("m-lap-us-")
    assert rest == ["m-init-done", "m-ready"]


def test_it_tells_name_and_profile(serving: Served, client: MlperfClient) -> None:
    assert client.ask("name") == (f"m-name-dut-[{serving.device.board}]",)
    assert client.ask("profile") == (
        "m-profile-[ULPMark for tinyML Firmware V0.0.1]",
        "m-model-[x01]",
    )
    assert client.ask("help")


def test_a_loaded_input_is_shown_and_inferred(client: MlperfClient) -> None:
    client.load(X.tobytes())

    shown = client.ask("db print")
    inference = client.infer(2, 1)

    pairs = "-".join(line.removeprefix("m-buffer-") for line in shown).split("-")
    assert bytes.fromhex("".join(pairs)) == X.tobytes()
    assert inference.lines[:3] == ("m-warmup-start-1", "m-warmup-done", "m-infer-start-2")
    assert inference.results == printed(reference.run(GRAPH, X))
    assert client.ask("results") == (inference.lines[-1],)


def test_the_input_stays_for_the_next_inference(client: MlperfClient) -> None:
    client.load(X.tobytes())
    expected = printed(reference.run(GRAPH, X))

    found = {client.infer(num_runs, num_runs % 2).results for num_runs in (1, 2, 5)}

    assert found == {expected}


def test_ten_warm_up_runs_are_the_default(client: MlperfClient) -> None:
    client.load(X.tobytes())

    assert client.ask("infer 1")[0] == "m-warmup-start-10"


@pytest.mark.parametrize(
    ("command", "error"),
    [
        ("blink", "e-[Unknown command: blink]"),
        ("x" * 81, "e-[Command is too long]"),
        ("infer 1 0", "e-[Input is not loaded]"),
        ("infer 0", "e-[Inference iterations must be 1..999999]"),
        ("infer 1 -1", "e-[Inference warmup must be 0..999999]"),
        ("results", "e-[No results]"),
        ("db", "e-[Command 'db' requires a subcommand]"),
        ("db load", f"e-[Command 'db load' must be {NUM_BYTES} bytes]"),
        (f"db load {NUM_BYTES + 1}", f"e-[Command 'db load' must be {NUM_BYTES} bytes]"),
        ("db 123", "e-[Insufficent number of hex digits]"),
        ("db 12zz", "e-[Invalid hex digit 'zz']"),
        ("db 1234", "e-[More bytes than 'db load' expects]"),
    ],
)
def test_an_error_is_one_line_and_the_device_goes_on(
    client: MlperfClient, command: str, error: str
) -> None:
    assert client.ask(command) == (error,)
    client.load(X.tobytes())
    assert client.infer(1, 0).results == printed(reference.run(GRAPH, X))


def test_bytes_behind_the_last_one_change_neither_input_nor_results(client: MlperfClient) -> None:
    client.load(X.tobytes())
    before = client.infer(1, 0).results

    flood = [client.ask("db ffffffffff") for _ in range(100)]

    assert set(flood) == {("e-[More bytes than 'db load' expects]",)}
    assert client.ask("results") == (f"m-results-[{','.join(before)}]",)
    assert client.infer(1, 0).results == before


def test_a_half_loaded_input_does_not_run(client: MlperfClient) -> None:
    client.ask(f"db load {NUM_BYTES}")
    client.ask(f"db {'00' * 31}")

    assert client.ask("infer 1 0") == ("e-[Input is not loaded]",)


def test_a_zero_byte_of_a_client_does_not_lead_back_to_frames(client: MlperfClient) -> None:
    client.send(b"\0na\0me\0%")

    assert client.hear().startswith("m-name-dut-[")


def test_a_client_reads_nothing_of_what_the_one_before_left(serving: Served) -> None:
    answer = "m-profile-[ULPMark for tinyML Firmware V0.0.1]\r\nm-model-[x01]\r\nm-ready\r\n"
    deadline_s = time.monotonic() + 10.0
    with MlperfClient(serving.path) as hasty:
        hasty.send(b"profile%name")  # goes without the answer, and with half a command
        while hasty.port.in_waiting < len(answer):
            assert time.monotonic() < deadline_s
    time.sleep(0.2)  # for the host to see that it has gone

    with MlperfClient(serving.path) as client:
        assert client.ask("") == (f"m-name-dut-[{serving.device.board}]",)


def test_unsigned_input_runs_as_the_int8_that_is_128_below(native: Board) -> None:
    above = (X.astype(np.int16) + 128).astype(np.uint8)
    with (
        served(native, IMAGE, input_type=InputType.UINT8) as serving,
        MlperfClient(serving.path) as client,
    ):
        client.load(above.tobytes())

        assert client.infer(1, 0).results == printed(reference.run(GRAPH, X))


def test_for_energy_nothing_is_said_of_time(native: Board) -> None:
    with (
        served(native, IMAGE, mode=Mode.ENERGY) as serving,
        MlperfClient(serving.path) as client,
    ):
        client.load(X.tobytes())

        assert serving.first_lines == ("m-timestamp-mode-energy", "m-init-done", "m-ready")
        assert client.ask("timestamp") == ()
        assert [line.partition("[")[0] for line in client.infer(1, 0).lines] == [
            "m-warmup-start-0", "m-warmup-done", "m-infer-start-1", "m-infer-done", "m-results-",
        ]  # fmt: skip


@pytest.mark.qemu
def test_laps_of_an_emulated_board_are_its_instructions() -> None:
    """An instruction takes 128 ns of its time; a run in frames says how many there are."""
    board = built("mps2-an386")
    with (
        served(board, IMAGE, mode=Mode.PERFORMANCE) as serving,
        MlperfClient(serving.path) as client,
    ):
        client.load(X.tobytes())
        begin_us, end_us = client.infer(1000, 3).laps_us
        (stamp,) = client.ask("timestamp")

    with open_device(board) as device:
        device.load(IMAGE)
        instructions = device.measure(X).instructions

    assert instructions is not None
    assert int(stamp.removeprefix("m-lap-us-")) >= end_us
    beside = (end_us - begin_us) / (1000 * 0.128) - instructions
    assert 0 <= beside <= MAX_INSTRUCTIONS_BESIDE_A_RUN
