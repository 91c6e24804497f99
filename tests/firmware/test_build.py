# SPDX-License-Identifier: Apache-2.0
"""What the build leaves: programs without a heap, their sizes, and clear complaints."""

import json
import os
import re
import shutil
import struct
import subprocess
from pathlib import Path

import pytest

from boards import catalog
from host.device_info import DeviceInfo
from host.launcher import open_device
from tests.host.built_firmware import ROOT, built, emulated_boards, silicon_boards, small_boards

BUILD = ROOT / "build" / "firmware"
EMULATED = [*emulated_boards(), *small_boards()]
ALL_BOARDS = [*EMULATED, *silicon_boards()]
KB, LOADED = 1024, 1
MAX_AGENT_FLASH_BYTES, MAX_AGENT_RAM_BYTES = 62_000, 24_000


PARTS = {
    "microbit": ((0, 256 * KB), (0x20000000, 16 * KB)),
    "netduinoplus2": ((0x08000000, 1024 * KB), (0x20000000, 128 * KB)),
    "nrf52840dk": ((0, 1024 * KB), (0x20000000, 256 * KB)),
    "nucleo-l4r5zi": ((0x08000000, 2048 * KB), (0x20000000, 640 * KB)),
    "nucleo-u575zi-q": ((0x08000000, 2048 * KB), (0x20000000, 768 * KB)),
    "nucleo-h7a3zi-q": ((0x08000000, 2048 * KB), (0x24000000, 1024 * KB)),
    "rpi-pico": ((0x10000000, 2048 * KB), (0x20000000, 256 * KB)),
}
"""Flash and RAM of the chip, from its data sheet: where they begin, how many bytes they have."""


def loaded_segments(program: Path) -> list[tuple[int, int]]:
    """Return the first and the last address of every segment of an ELF file of 32 bits."""
    data = program.read_bytes()
    (start,) = struct.unpack_from("<I", data, 28)
    size, count = struct.unpack_from("<HH", data, 42)
    segments: list[tuple[int, int]] = []
    for i in range(count):
        kind, _, run_at, _, _, num_bytes = struct.unpack_from("<6I", data, start + i * size)
        if kind == LOADED and num_bytes > 0:
            segments.append((run_at, run_at + num_bytes - 1))
    return segments


def make(*arguments: str, **environment: str) -> "subprocess.CompletedProcess[str]":
    return subprocess.run(
        ["make", "-s", "-C", str(ROOT / "firmware"), *arguments],
        capture_output=True,
        text=True,
        check=False,
        env={**os.environ, **environment},
    )


def info(name: str) -> DeviceInfo:
    with open_device(built(name)) as device:
        return device.info


@pytest.mark.parametrize("name", ALL_BOARDS)
def test_the_firmware_has_no_heap(name: str) -> None:
    built(name)

    names = subprocess.run(
        ["arm-none-eabi-nm", str(BUILD / name / "airloop.elf")],
        capture_output=True,
        text=True,
        check=True,
    ).stdout

    assert re.findall(r"\b_?(?:malloc|calloc|realloc|free|sbrk)(?:_r)?\b", names) == []


@pytest.mark.parametrize("name", ALL_BOARDS)
def test_the_sizes_of_the_program_are_told(name: str) -> None:
    built(name)

    sizes = json.loads((BUILD / name / "sizes.json").read_text())

    assert set(sizes) == {
        "text_bytes",
        "data_bytes",
        "bss_bytes",
        "agent_flash_bytes",
        "agent_ram_bytes",
        "firmware_hash",
    }
    assert 0 < sizes["text_bytes"] <= MAX_AGENT_FLASH_BYTES
    assert (BUILD / name / "airloop.map").is_file()


@pytest.mark.parametrize("name", ALL_BOARDS)
def test_every_section_lies_in_the_memory_of_the_part(name: str) -> None:
    """The linker was told the same of the memory; here it is asked of the program itself."""
    part = PARTS.get(name)
    if part is None:
        return  # an FPGA, whose memory is what its image makes of it
    regions = [range(start, start + num_bytes) for start, num_bytes in part]
    built(name)

    segments = loaded_segments(BUILD / name / "airloop.elf")

    assert segments
    for first, last in segments:
        assert any(first in region and last in region for region in regions), hex(first)


@pytest.mark.qemu
@pytest.mark.parametrize("name", EMULATED)
def test_the_board_tells_what_its_agent_takes(name: str) -> None:
    sizes = json.loads((BUILD / built(name).name / "sizes.json").read_text())

    told = info(name)

    assert told.agent_flash_bytes == sizes["text_bytes"] + sizes["data_bytes"]
    assert told.agent_flash_bytes == sizes["agent_flash_bytes"]
    assert told.agent_ram_bytes == sizes["agent_ram_bytes"]
    assert 0 < told.agent_ram_bytes <= MAX_AGENT_RAM_BYTES
    assert told.clock_hz == catalog.load(name).cpu.clock_hz


@pytest.mark.qemu
def test_two_boards_do_not_share_a_firmware_hash() -> None:
    assert len({info(name).firmware_hash for name in (*EMULATED, "native")}) == 1 + len(EMULATED)


def test_an_unknown_board_is_answered_by_the_known_ones() -> None:
    done = make("BOARD=mps9")

    assert done.returncode != 0
    assert "no board called mps9; there are: microbit mps2-an383 mps2-an385" in done.stderr


def test_a_board_of_ones_own_is_built_from_its_file(tmp_path: Path) -> None:
    text = (ROOT / "boards" / "mps2-an386.toml").read_text().replace("an386", "mine")
    (tmp_path / "mps2-mine.toml").write_text(text)

    done = make("BOARD=mps2-mine", AIRLOOP_BOARDS=str(tmp_path))

    assert done.returncode == 0, done.stderr
    assert (BUILD / "mps2-mine" / "airloop.elf").is_file()
    shutil.rmtree(BUILD / "mps2-mine")
