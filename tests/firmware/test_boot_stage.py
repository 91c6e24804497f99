# SPDX-License-Identifier: Apache-2.0
"""The boot stage of an RP2040 is sealed as its ROM wants it, and stands alone.

The checksum is held against zlib's, whose CRC-32 has the same polynomial and begins with ones as
well, but takes the bits of each byte in the other order, and inverts the result.
"""

import runpy
import subprocess
import zlib
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from boards import catalog
from host import firmware
from tests.host.built_firmware import ROOT, built

SCRIPT = runpy.run_path(str(ROOT / "firmware" / "ports" / "rp2040" / "finish.py"))
CODE_BYTES, BOOT_BYTES = 252, 256


def reversed_bits(value: int, *, num_bits: int) -> int:
    return int(f"{value:0{num_bits}b}"[::-1], 2)


def by_zlib(data: bytes) -> int:
    mirrored = bytes(reversed_bits(byte, num_bits=8) for byte in data)
    return reversed_bits(zlib.crc32(mirrored) ^ 0xFFFFFFFF, num_bits=32)


@given(data=st.binary(max_size=300))
def test_the_checksum_is_zlibs_with_the_bits_in_their_order(data: bytes) -> None:
    checksum: Callable[[bytes], int] = SCRIPT["checksum"]

    assert checksum(data) == by_zlib(data)


def test_the_checksum_is_that_of_the_published_check_value() -> None:
    """Of "123456789": the catalogue of parametrised CRCs gives 0376E6E7 for CRC-32/MPEG-2."""
    assert SCRIPT["checksum"](b"123456789") == 0x0376E6E7


def test_a_stage_of_another_size_is_refused() -> None:
    with pytest.raises(ValueError, match="the boot stage has 3 bytes, the ROM reads 256"):
        SCRIPT["sealed"](b"abc")


def test_the_program_begins_with_a_sealed_stage_and_its_vectors(tmp_path: Path) -> None:
    board = built("rpi-pico")
    assert board.memory.ram is not None
    assert board.memory.flash is not None
    content = flash_content(board.name, tmp_path)

    code, seal = content[:CODE_BYTES], content[CODE_BYTES:BOOT_BYTES]
    stack_top, reset = (
        int.from_bytes(content[at : at + 4], "little") for at in (BOOT_BYTES, BOOT_BYTES + 4)
    )

    assert int.from_bytes(seal, "little") == by_zlib(code)
    assert stack_top == board.memory.ram.origin + board.memory.stack_bytes
    assert reset % 2 == 1  # Thumb
    assert 0 < reset - board.memory.flash.origin < len(content)


def test_the_stage_calls_nothing_for_it_runs_where_it_was_not_linked_to() -> None:
    program = firmware.place(built("rpi-pico"))
    listing = subprocess.run(
        ["arm-none-eabi-objdump", "-d", "-j", ".boot", str(program)],
        capture_output=True,
        text=True,
        check=True,
    ).stdout

    words = [line.split("\t")[2] for line in listing.splitlines() if line.count("\t") >= 2]

    assert "bx" in words
    assert not {"bl", "blx", "push"} & set(words)


def test_no_other_board_has_such_a_stage(tmp_path: Path) -> None:
    content = flash_content(built("microbit").name, tmp_path)

    assert int.from_bytes(content[:4], "little") == 0x20000000 + 1536  # the vectors come first


def flash_content(name: str, folder: Path) -> bytes:
    """Return what lies in flash, from its beginning."""
    target = folder / "flash.bin"
    program = firmware.place(catalog.load(name))
    subprocess.run(["arm-none-eabi-objcopy", "-O", "binary", str(program), str(target)], check=True)
    return target.read_bytes()
