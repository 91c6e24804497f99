# SPDX-License-Identifier: Apache-2.0
"""What a device under test is told to say, and by which clock."""

import math

import pytest

from boards import catalog
from boards.image import Image
from host.device_info import DeviceFlag, DeviceInfo
from host.mlperf_tiny import (
    Clock,
    DutError,
    InputType,
    Mode,
    declared_clock,
    model_id,
    settings,
)
from host.wire_text import TextFlag, us_per_tick
from tests.host.pointwise import compiled, pointwise_graph


def network(num_in: int, num_out: int) -> Image:
    return compiled(pointwise_graph(num_in=num_in, num_out=num_out, height=1, width=1))


def info(*, clock_hz: int, tick_bits: int) -> DeviceInfo:
    return DeviceInfo(
        wire_version=1, max_payload=2048, image_capacity=1, arena_capacity=1, clock_hz=clock_hz,
        tick_bits=tick_bits, flags=DeviceFlag(0), firmware_hash=bytes(8), board="mine",
        image_hash=bytes(8), agent_ram_bytes=0, agent_flash_bytes=0,
    )  # fmt: skip


@pytest.mark.parametrize(
    ("shape", "expected"),
    [((640, 640), "ad01"), ((490, 12), "kws01"), ((3072, 10), "ic01"), ((27648, 2), "vww01")],
)
def test_a_network_of_the_benchmark_is_known_by_its_shape(
    shape: tuple[int, int], expected: str
) -> None:
    assert model_id(network(*shape), wanted=None) == expected


def test_any_other_network_has_to_be_named() -> None:
    with pytest.raises(DutError, match=r"from 5 to 3 values is none of .*kws01 490 to 12.*--id"):
        model_id(network(5, 3), wanted=None)

    assert model_id(network(5, 3), wanted="kws01") == "kws01"


@pytest.mark.parametrize("name", ["", "a" * 17, "a b", "a]", "50%", "ü", "a\n"])
def test_a_name_that_cannot_be_said_is_refused(name: str) -> None:
    with pytest.raises(DutError, match="cannot be a model's identifier"):
        model_id(network(5, 3), wanted=name)


@pytest.mark.parametrize("tick_hz", [1_000_001, 16_000_000, 25_000_000, 120_000_000, 4_000_000_000])
def test_microseconds_of_a_tick_are_told_to_nine_digits(tick_hz: int) -> None:
    multiplier, right_shift = us_per_tick(tick_hz)

    assert 0 < multiplier < 1 << 32
    assert 32 <= right_shift <= 62
    assert math.ldexp(multiplier, -right_shift) == pytest.approx(1e6 / tick_hz, rel=1e-9)


@pytest.mark.parametrize("name", [name for name in catalog.names() if name != "native"])
def test_microseconds_of_every_boards_ticks_can_be_told(name: str) -> None:
    tick_hz = catalog.load(name).cpu.clock_hz

    assert tick_hz is not None
    assert us_per_tick(tick_hz)[0] > 0


def test_a_board_of_silicon_declares_its_own_clock() -> None:
    board = catalog.load("rpi-pico")
    told = info(clock_hz=4_000_000, tick_bits=64)

    clock = declared_clock(board, told, is_at_port=True)

    assert (clock.tick_hz, clock.meaning) == (4_000_000, "the board's own clock")


@pytest.mark.parametrize("tick_hz", [0, 32_768, 1_000_000])
def test_a_counter_slower_than_a_microsecond_is_refused(tick_hz: int) -> None:
    with pytest.raises(ValueError, match="not shorter than a microsecond"):
        us_per_tick(tick_hz)


def test_an_emulated_board_declares_the_time_of_its_instructions() -> None:
    board = catalog.load("mps2-an386")
    told = info(clock_hz=25_000_000, tick_bits=56)

    clock = declared_clock(board, told, is_at_port=False)

    assert clock.tick_hz == 25_000_000
    assert "an instruction takes 128 ns" in clock.meaning


def test_an_emulator_that_somebody_else_has_started_has_no_declared_clock() -> None:
    board = catalog.load("mps2-an386")
    told = info(clock_hz=25_000_000, tick_bits=56)

    with pytest.raises(DutError, match="how an emulator at a port counts time is not known"):
        declared_clock(board, told, is_at_port=True)


def test_a_board_without_a_clock_is_told_to_serve_results_alone() -> None:
    with pytest.raises(DutError, match=r"native has no clock .* --mode accuracy"):
        declared_clock(catalog.load("native"), info(clock_hz=0, tick_bits=0), is_at_port=False)


def test_settings_say_how_results_input_and_time_are_told() -> None:
    clock = Clock(tick_hz=25_000_000, meaning="")

    timed = settings(model="kws01", mode=Mode.PERFORMANCE, input_type=InputType.INT8, clock=clock)
    metered = settings(model="ad01", mode=Mode.ENERGY, input_type=InputType.UINT8, clock=None)
    plain = settings(model="x", mode=Mode.ACCURACY, input_type=InputType.INT8, clock=None)

    assert (timed.us_multiplier, timed.us_right_shift) == us_per_tick(25_000_000)
    assert (timed.flags, timed.model) == (0, b"kws01")
    assert metered.flags == TextFlag.ENERGY | TextFlag.SCORE | TextFlag.UNSIGNED
    assert (metered.us_multiplier, plain.us_multiplier, plain.flags) == (0, 0, 0)
