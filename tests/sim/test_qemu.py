# SPDX-License-Identifier: Apache-2.0
"""The command line of an emulated board; tests/host/test_launcher_qemu.py boots it."""

from pathlib import Path

import pytest

from boards import catalog
from sim import qemu
from sim.errors import SimError


def test_an_emulated_board_counts_instructions() -> None:
    command = qemu.command(catalog.load("mps2-an500"), Path("fw.elf"), descriptor=7)

    assert " ".join(command) == (
        "qemu-system-arm -M mps2-an500 -kernel fw.elf -display none -monitor none "
        "-chardev socket,id=uart0,fd=7,server=on,wait=on,nodelay=on -serial chardev:uart0 "
        "-icount shift=7,sleep=off"
    )


def test_without_counting_there_is_no_icount() -> None:
    board = catalog.load("mps2-an386")

    command = qemu.command(board, Path("fw.elf"), descriptor=7, instruction_counting=False)

    assert "-icount" not in command


def test_a_board_that_is_not_emulated_is_named() -> None:
    with pytest.raises(SimError, match="native is no emulated board"):
        qemu.command(catalog.load("native"), Path("agent"), descriptor=7)
