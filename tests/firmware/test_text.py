# SPDX-License-Identifier: Apache-2.0
"""The text front by itself: every command and error, its clock, its pin, its memory."""

import ctypes
import itertools
import shutil
from pathlib import Path

import pytest

from tests.firmware.raw_agent import BAD_ARG, BAD_IMAGE, BAD_STATE, OK, TOO_LARGE
from tests.firmware.text_front import ARENA_BYTES, ENERGY, SCORE, UNSIGNED, TextFront, text

READY = "m-ready\r\n"
BOOT = f"m-timestamp-mode-performance\r\ne-[No clock]\r\nm-init-done\r\n{READY}"
MICROSECOND_A_TICK = text(multiplier=1 << 31, right_shift=32)  # half a microsecond
_COPIES = itertools.count()


@pytest.fixture(scope="module")
def library(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return TextFront.build(tmp_path_factory.mktemp("text"))


@pytest.fixture
def front(library: Path) -> TextFront:
    copy = library.with_name(f"text{next(_COPIES)}.so")  # loaded anew, so its state is new
    shutil.copy(library, copy)
    made = TextFront(ctypes.CDLL(str(copy)))
    made.network()
    made.set_first_input(1)
    return made


def answer(front: TextFront, commands: str, *, payload: bytes | None = None) -> str:
    """Return what is answered behind the lines of the boot, the last m-ready left away."""
    assert front.begin(text() if payload is None else payload) == OK
    said = front.say(commands.encode("latin-1"))
    booted, _, rest = said.partition(f"m-init-done\r\n{READY}")
    assert booted.startswith("m-timestamp-mode-")
    return rest.removesuffix(READY)


def test_it_boots_like_a_device_of_the_benchmark(front: TextFront) -> None:
    assert front.begin(MICROSECOND_A_TICK) == OK
    front.set("stub_ticks", 246)

    assert front.say(b"") == (
        f"m-timestamp-mode-performance\r\nm-lap-us-123\r\nm-init-done\r\n{READY}"
    )


@pytest.mark.parametrize(
    ("command", "expected"),
    [
        ("name%", "m-name-dut-[stub]\r\n"),
        ("  name\r\n%", "m-name-dut-[stub]\r\n"),
        ("profile%", "m-profile-[ULPMark for tinyML Firmware V0.0.1]\r\nm-model-[x01]\r\n"),
        ("%", ""),
        ("nam%", "e-[Unknown command: nam]\r\n"),
        ("name2 now%", "e-[Unknown command: name2]\r\n"),
        ("\x07\xff\x1b[0m%", "e-[Unknown command: ?]\r\n"),
        ("d\xffb%", "e-[Unknown command: d?b]\r\n"),
        (f"{'x' * 80}%", f"e-[Unknown command: {'x' * 80}]\r\n"),
        (f"{'x' * 81}%", "e-[Command is too long]\r\n"),
        (f"{'x' * 5000}%", "e-[Command is too long]\r\n"),
        (f"name{' ' * 77}%", "e-[Command is too long]\r\n"),
        ("timestamp%", "e-[No clock]\r\n"),
        ("results%", "e-[No results]\r\n"),
        ("db%", "e-[Command 'db' requires a subcommand]\r\n"),
        ("db load%", "e-[Command 'db load' must be 4 bytes]\r\n"),
        ("db load 0%", "e-[Command 'db load' must be 4 bytes]\r\n"),
        ("db load 5%", "e-[Command 'db load' must be 4 bytes]\r\n"),
        ("db load -4%", "e-[Command 'db load' must be 4 bytes]\r\n"),
        ("db load 4294967300%", "e-[Command 'db load' must be 4 bytes]\r\n"),
        ("db load 4%", "m-[Expecting 4 bytes]\r\n"),
        ("db print%", ""),
        ("db 00%", "e-[More bytes than 'db load' expects]\r\n"),
        ("db 000%", "e-[Insufficent number of hex digits]\r\n"),
        ("db 0g%", "e-[Invalid hex digit '0g']\r\n"),
        ("db 00\xff0%", "e-[Invalid hex digit '?0']\r\n"),
        ("db 00 11%", "e-[Spaces between hex digits]\r\n"),
        ("infer%", "e-[Input is not loaded]\r\n"),
        ("infer 0%", "e-[Inference iterations must be 1..999999]\r\n"),
        ("infer -1%", "e-[Inference iterations must be 1..999999]\r\n"),
        ("infer x%", "e-[Inference iterations must be 1..999999]\r\n"),
        ("infer 1000000%", "e-[Inference iterations must be 1..999999]\r\n"),
        ("infer 1 -1%", "e-[Inference warmup must be 0..999999]\r\n"),
    ],
)  # fmt: skip
def test_a_command_is_answered(front: TextFront, command: str, expected: str) -> None:
    assert answer(front, command) == expected


def test_help_names_every_command(front: TextFront) -> None:
    said = answer(front, "help%")

    names = ("name", "timestamp", "profile", "help", "db load", "db HH", "db print", "infer")
    assert all(name in said for name in (*names, "results"))


def test_input_comes_in_pieces_and_is_shown_eight_bytes_a_line(front: TextFront) -> None:
    front.network(num_in=10, num_out=1)

    said = answer(front, "db load 10%db 0001%db ABcdef1080%db print%db 7f0102%db print%")

    head = f"m-[Expecting 10 bytes]\r\n{READY}{READY}{READY}"
    some = f"m-buffer-00-01-ab-cd-ef-10-80\r\n{READY}"
    assert said == (
        f"{head}{some}m-load-done\r\n{READY}m-buffer-00-01-ab-cd-ef-10-80-7f\r\nm-buffer-01-02\r\n"
    )


def test_bytes_behind_the_last_one_are_refused_and_change_nothing(front: TextFront) -> None:
    said = answer(front, "db load 4%db 01020304%db 05%db 0506%db print%")

    refused = f"e-[More bytes than 'db load' expects]\r\n{READY}"
    assert said.endswith(f"m-load-done\r\n{READY}{refused}{refused}m-buffer-01-02-03-04\r\n")


def test_a_command_with_too_many_bytes_is_refused_as_a_whole(front: TextFront) -> None:
    said = answer(front, "db load 4%db 010203%db 0405%db print%infer 1 0%db 04%")

    assert said.endswith(
        f"e-[More bytes than 'db load' expects]\r\n{READY}m-buffer-01-02-03\r\n{READY}"
        f"e-[Input is not loaded]\r\n{READY}m-load-done\r\n"
    )


def test_a_refused_load_leaves_no_input_of_before(front: TextFront) -> None:
    said = answer(front, "db load 4%db 01020304%db load 5%infer 1 0%")

    assert said.endswith("e-[Input is not loaded]\r\n")


def test_infer_tells_its_runs_and_their_results(front: TextFront) -> None:
    said = answer(front, "db load 4%db 017f80ff%infer 3 2%results%")

    # scale 0.25, zero point -5; the input backwards: -1, -128, 127, 1
    results = "m-results-[1.000,-30.750,33.000,1.500]\r\n"
    assert said.endswith(
        f"m-warmup-start-2\r\nm-warmup-done\r\nm-infer-start-3\r\ne-[No clock]\r\ne-[No clock]\r\n"
        f"m-infer-done\r\n{results}{READY}{results}"
    )


def test_every_run_gets_the_input_that_the_one_before_has_eaten(front: TextFront) -> None:
    answer(front, "db load 4%db 01020304%infer 3 2%infer%db print%")

    assert front.diary.count("r") == 3 + 2 + 1 + 10
    assert front.diary.count("i") == 0


def test_new_input_invalidates_the_results(front: TextFront) -> None:
    said = answer(front, "db load 4%db 01020304%infer 1 0%db load 4%db 01020304%results%")

    assert said.endswith("e-[No results]\r\n")


def test_unsigned_input_is_shown_as_it_came_and_run_128_below(front: TextFront) -> None:
    front.set_first_input(0x81)

    said = answer(front, "db load 4%db 01020304%db print%infer 1 0%", payload=text(flags=UNSIGNED))

    assert "m-buffer-01-02-03-04\r\n" in said
    assert said.endswith("m-results-[-29.750,-30.000,-30.250,-30.500]\r\n")  # 4 - 128 + 5, ...


def test_a_score_compares_output_and_input(front: TextFront) -> None:
    said = answer(front, "db load 4%db 01020304%infer 1 0%", payload=text(flags=SCORE))

    # outputs 0.25 * (9, 8, 7, 6), inputs 0.5 * (-2, -1, 0, 1)
    squares = (3.25**2, 2.5**2, 1.75**2, 1.0)
    assert said.endswith(f"m-results-[{sum(squares) / 4:.3f}]\r\n")


def test_laps_enclose_the_runs_and_nothing_that_is_said(front: TextFront) -> None:
    front.set("stub_ticks_of_run", 200)

    said = answer(front, "db load 4%db 01020304%infer 5 2%timestamp%", payload=MICROSECOND_A_TICK)

    assert "m-lap-us-200\r\nm-lap-us-700\r\n" in said
    assert said.endswith("m-lap-us-700\r\n")
    assert "w1rrrrr0w" in front.diary


@pytest.mark.parametrize("num_bits", [24, 32])
def test_laps_go_on_where_the_counter_wraps(front: TextFront, num_bits: int) -> None:
    front.set_tick_bits(num_bits)
    front.set("stub_ticks", (1 << num_bits) - 100)
    ticks = (1 << num_bits) // 2 + 2
    front.set("stub_ticks_of_run", ticks)

    said = answer(front, "db load 4%db 01020304%infer 7 0%", payload=MICROSECOND_A_TICK)

    assert f"m-lap-us-0\r\nm-lap-us-{7 * ticks // 2}\r\n" in said


@pytest.mark.parametrize("clock_hz", [25_000_000, 32_000_000, 120_000_000, 1_000_003])
def test_a_year_of_ticks_is_told_to_a_millionth(front: TextFront, clock_hz: int) -> None:
    right_shift = 32
    while right_shift < 62 and (1_000_000 << (right_shift + 1)) // clock_hz < 1 << 32:
        right_shift += 1
    multiplier = (1_000_000 << right_shift) // clock_hz
    assert front.begin(text(multiplier=multiplier, right_shift=right_shift)) == OK
    ticks = clock_hz * 86_400 * 365 + 7
    front.set("stub_ticks", ticks)

    lap_us = int(front.say(b"").split("m-lap-us-")[1].split("\r\n")[0])

    assert lap_us == ticks * multiplier >> right_shift
    assert abs(lap_us - ticks * 1e6 / clock_hz) <= 1e-6 * lap_us


def test_for_energy_timestamps_are_falling_edges_and_no_text(front: TextFront) -> None:
    assert front.begin(text(flags=ENERGY, multiplier=1 << 31)) == OK

    said = front.say(b"db load 4%db 01020304%timestamp%infer 2 1%\0")

    assert said.startswith(f"m-timestamp-mode-energy\r\nm-init-done\r\n{READY}")
    assert "m-lap" not in said
    assert "m-infer-start-2\r\nm-infer-done\r\nm-results-[" in said
    boot, timestamp, infer, end = "01w", "01w", "wrw01rr01w", "0w"
    assert front.diary == f"{boot}ww{timestamp}{infer}{end}"


def test_a_zero_byte_ends_the_text_and_what_follows_is_left(front: TextFront) -> None:
    assert front.begin(text()) == OK

    said = front.say(b"name%na\0me%")

    assert said == f"{BOOT}m-name-dut-[stub]\r\n{READY}"


def test_a_half_command_from_before_does_not_join_the_next_text(front: TextFront) -> None:
    answer(front, "na")

    assert answer(front, "me%") == "e-[Unknown command: me]\r\n"


@pytest.mark.parametrize(
    ("payload", "status"),
    [
        (text(flags=8), BAD_ARG),
        (text(multiplier=1, right_shift=31), BAD_ARG),
        (text(multiplier=1, right_shift=63), BAD_ARG),
        (text(multiplier=1, right_shift=62), OK),
    ],
)
def test_settings_without_sense_are_refused(front: TextFront, payload: bytes, status: int) -> None:
    assert front.begin(payload) == status


def test_a_clock_is_refused_where_there_is_none(front: TextFront) -> None:
    front.set_tick_bits(0)

    assert front.begin(text(multiplier=1)) == BAD_ARG
    assert front.begin(text()) == OK


def test_a_score_wants_as_many_outputs_as_inputs(front: TextFront) -> None:
    front.network(num_out=3)

    assert front.begin(text(flags=SCORE)) == BAD_ARG


def test_no_network_no_text(front: TextFront) -> None:
    ctypes.memset(ctypes.byref(front.number("stub_image", ctypes.c_size_t)), 0, 128)

    assert front.begin(text()) == BAD_STATE


@pytest.mark.parametrize("scale", [0.0, -0.5, float("nan"), float("inf"), 1e-40, 131072.0])
def test_a_scale_that_is_none_is_refused(front: TextFront, scale: float) -> None:
    front.network(scales=(0.5, scale))

    assert front.begin(text()) == BAD_IMAGE


@pytest.mark.parametrize("zero_point", [-129, 128])
def test_a_zero_point_that_is_none_is_refused(front: TextFront, zero_point: int) -> None:
    front.network(zero_points=(zero_point, 0))

    assert front.begin(text()) == BAD_IMAGE


@pytest.mark.parametrize(("num_in", "status"), [(16, OK), (17, TOO_LARGE)])
def test_the_input_needs_room_behind_the_arena(front: TextFront, num_in: int, status: int) -> None:
    front.network(num_in=num_in, arena_bytes=ARENA_BYTES - 16)

    assert front.begin(text()) == status
