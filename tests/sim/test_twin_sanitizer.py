# SPDX-License-Identifier: Apache-2.0
"""The sanitized twin ends its process at the first byte that a kernel has no right to."""

import os
import subprocess
import sys
from pathlib import Path

import numpy as np

from sim import twin_build
from sim.twin import aligned
from tests.firmware.operators import Case, compiled, convolution_graph

ROOT = Path(__file__).parents[2]
RUNTIMES = ("libasan.so", "libubsan.so")

RUN = """
import sys
import numpy as np
from boards.image import Image
from sim.twin import aligned, arena_bytes, run_slots

image = Image.load(sys.argv[1])
data = aligned(len(image.data))
data[:] = np.frombuffer(image.data, np.uint8)
arena = aligned(arena_bytes(data) - int(sys.argv[2]))
run_slots(image, data, arena, np.zeros((1, *image.input_shape), np.int8))
print("ran to its end")
"""


def run_with_less_arena(folder: Path, *, missing_bytes: int) -> "subprocess.CompletedProcess[str]":
    """Run a network in the sanitized twin, in an arena that is too small by some bytes."""
    path = folder / "network.image"
    compiled(convolution_graph(Case(name="", num_out=4))).save(path)
    paths = [
        subprocess.run(
            ["gcc", f"-print-file-name={name}"], capture_output=True, text=True, check=True
        ).stdout.strip()
        for name in RUNTIMES
    ]
    environment = {
        **os.environ,
        "LD_PRELOAD": " ".join(paths),
        "ASAN_OPTIONS": "detect_leaks=0",
        twin_build.SANITIZE: "1",
    }
    return subprocess.run(
        [sys.executable, "-c", RUN, str(path), str(missing_bytes)],
        capture_output=True,
        text=True,
        check=False,
        timeout=300,
        cwd=ROOT,
        env=environment,
    )


def test_a_run_in_all_the_memory_it_needs_is_left_alone(tmp_path: Path) -> None:
    done = run_with_less_arena(tmp_path, missing_bytes=0)

    assert done.returncode == 0, done.stderr
    assert done.stdout == "ran to its end\n"


def test_a_single_byte_beyond_the_arena_ends_the_run(tmp_path: Path) -> None:
    done = run_with_less_arena(tmp_path, missing_bytes=1)

    assert done.returncode != 0
    assert "AddressSanitizer: heap-buffer-overflow" in done.stderr
    assert "in interpreter_run" in done.stderr


def test_memory_for_the_twin_ends_where_its_allocation_does() -> None:
    memory = aligned(37)

    base = memory.base
    assert isinstance(base, np.ndarray)
    assert memory.ctypes.data % 16 == 0
    slack = base.ctypes.data + base.size - (memory.ctypes.data + memory.size)
    assert slack == base.ctypes.data % 16


def test_the_tests_of_the_kernels_run_on_the_sanitized_twin_where_that_is_asked_for() -> None:
    symbols = subprocess.run(
        ["nm", "-D", str(twin_build.build())], capture_output=True, text=True, check=True
    ).stdout

    asked_for = os.environ.get(twin_build.SANITIZE) == "1"
    assert ("__asan_report_store1" in symbols) == asked_for
    assert ("__ubsan_handle_add_overflow_abort" in symbols) == asked_for
