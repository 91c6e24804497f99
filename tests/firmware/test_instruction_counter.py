# SPDX-License-Identifier: Apache-2.0
"""The tick counter of emulated boards against loops whose instructions are known by hand."""

import shlex
import subprocess
import sys
import threading
from pathlib import Path

import numpy as np
import pytest

from boards import catalog
from boards.board import Board
from sim import qemu
from tests.host.built_firmware import ROOT, emulated_boards, small_boards

pytestmark = pytest.mark.qemu

NUM_ITERATIONS = (1, 2, 3, 10, 1000, 1001, 123_457, 3_000_000)
INSTRUCTIONS_PER_ITERATION = 2
FIRMWARE = ROOT / "firmware"
PROGRAM = """
#include "agent/agent.h"
#include "ports/PORT/registers.h"
#include "ports/port.h"

static void __attribute__((noinline)) loop(uint32_t num_iterations)
{
    __asm__ volatile(".syntax unified\\n1: subs %0, %0, #1\\n\\tbne 1b"
                     : "+l"(num_iterations) : : "cc");
}

void agent_run(void)
{
    static const uint32_t NUM_ITERATIONS[] = {LIST};
    for (size_t i = 0; i < sizeof NUM_ITERATIONS / sizeof NUM_ITERATIONS[0]; i++) {
        const uint64_t start = port_ticks();
        loop(NUM_ITERATIONS[i]);
        const uint64_t ticks = port_ticks() - start;
        port_write((const uint8_t *)&ticks, sizeof ticks);
    }
    WRAP
    const uint64_t start = port_ticks();
    loop(1000000);
    const uint64_t ticks = port_ticks() - start;
    port_write((const uint8_t *)&ticks, sizeof ticks);
    for (;;) {
    }
}
"""

WRAPS = {
    "mps2": "FPGAIO->clk1hz = UINT32_MAX / FPGAIO_CLOCK_HZ;"
    "FPGAIO->counter = 0xFFFFFFFFu - 100000u;",
    "stm32": "(void)port_ticks(); TIM2->count = 0xFFFFFFFFu - 100000u; (void)port_ticks();",
    "nrf5": "",
}
"""What has the counter's 32 bits wrap soon, by port; that of an nRF51 cannot be set."""


def counted(board: Board, folder: Path) -> list[float]:
    """Return the instructions that the loops took, and last those of a run that wraps."""
    elf = folder / "loops.elf"
    port = Path(board.build.port).name
    numbers = ", ".join(map(str, NUM_ITERATIONS))
    text = PROGRAM.replace("LIST", numbers).replace("PORT", port).replace("WRAP", WRAPS[port])
    (folder / "loops.c").write_text(text)
    subprocess.run(_compiler(board, folder / "loops.c", elf), check=True)
    shift = board.time.shift
    command = [qemu.PROGRAM, "-M", board.link.machine or "", "-kernel", str(elf)]
    command += ["-display", "none", "-monitor", "none", "-serial", "stdio"]
    command += ["-icount", f"shift={shift},sleep=off"]
    with subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE) as emulator:
        assert emulator.stdout is not None
        deadline = threading.Timer(60.0, emulator.kill)
        deadline.start()
        try:
            data = emulator.stdout.read(8 * (len(NUM_ITERATIONS) + 1))
        finally:
            deadline.cancel()
            emulator.kill()
    worth = board.instructions_per_tick
    assert worth is not None
    return [float(ticks) * worth for ticks in np.frombuffer(data, "<u8")]


def _compiler(board: Board, source: Path, elf: Path) -> list[str]:
    facts = subprocess.run(
        [sys.executable, "board_facts.py", f"../boards/{board.name}.toml"],
        cwd=FIRMWARE,
        capture_output=True,
        text=True,
        check=True,
    ).stdout
    fact = dict(line.split(" := ", 1) for line in facts.splitlines())
    words = ["arm-none-eabi-gcc", "-std=c11", "-O2", *shlex.split(fact["CPU_FLAGS"])]
    words += [f"-I{FIRMWARE}", f'-DAIRLOOP_BOARD="{board.name}"']
    words += [f"-DAIRLOOP_CLOCK_HZ={fact['CLOCK_HZ']}u", f"-DAIRLOOP_BAUD={fact['BAUD']}u"]
    words += [f"-DAIRLOOP_FLASH_PAGE_BYTES={fact['FLASH_PAGE_BYTES']}"]
    words += ["-nostartfiles", "--specs=nano.specs"]
    words += [f"-D{define}" for define in fact["DEFINES"].split()]
    words += ["-T", str(FIRMWARE / "ports/cortexm/link.ld"), "-Wl,--no-warn-rwx-segments"]
    words += [f"-Wl,--defsym={symbol}" for symbol in fact["SYMBOLS"].split()]
    folders = (FIRMWARE / "ports/cortexm", FIRMWARE / "ports" / fact["PORT"])
    ports = [str(path) for folder in folders for path in sorted(folder.glob("*.c"))]
    return [*words, str(source), *ports, "-o", str(elf)]


@pytest.mark.parametrize("name", [*emulated_boards(), *small_boards()])
def test_loops_are_counted_to_the_instruction_on_every_boot(name: str, tmp_path: Path) -> None:
    """A whole number of ticks is off by less than one."""
    board = catalog.load(name)
    counts = counted(board, tmp_path)

    exact = [INSTRUCTIONS_PER_ITERATION * (n - NUM_ITERATIONS[0]) for n in NUM_ITERATIONS]
    assert [round(count) - round(counts[0]) for count in counts[:-1]] == exact
    assert max(abs(count - round(count)) for count in counts) < (board.instructions_per_tick or 0)
    wrapped = round(counts[-1]) - round(counts[0])
    assert wrapped == INSTRUCTIONS_PER_ITERATION * (1_000_000 - NUM_ITERATIONS[0])
    assert [round(count) for count in counted(board, tmp_path)] == [
        round(count) for count in counts
    ]
