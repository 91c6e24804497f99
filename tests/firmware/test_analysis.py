# SPDX-License-Identifier: Apache-2.0
"""The static analysis of the firmware finds what it is there for; `make analyse` runs it whole."""

import subprocess
from pathlib import Path

from tests.host.built_firmware import ROOT

OUT_OF_BOUNDS = """
void write_behind(void);
void write_behind(void)
{
    int values[4];
    values[4] = 1;
}
"""
RECURSIVE = """
unsigned factorial(unsigned n);
unsigned factorial(unsigned n)
{
    return n == 0u ? 1u : n * factorial(n - 1u);
}
"""
CLEAN = """
int twice(int n);
int twice(int n)
{
    return 2 * n;
}
"""


def analysed(folder: Path, text: str) -> "subprocess.CompletedProcess[str]":
    """Analyse one file as the firmware of the native board is."""
    path = folder / "mine.c"
    path.write_text(text)
    command = ["make", "-s", "-C", str(ROOT / "firmware"), "analyse", "BOARD=native"]
    return subprocess.run(
        [*command, f"ANALYSED={path}"], capture_output=True, text=True, check=False, timeout=120
    )


def test_code_without_a_fault_passes(tmp_path: Path) -> None:
    done = analysed(tmp_path, CLEAN)

    assert done.returncode == 0, done.stdout + done.stderr


def test_cppcheck_ends_the_analysis_at_a_fault(tmp_path: Path) -> None:
    done = analysed(tmp_path, OUT_OF_BOUNDS)

    assert done.returncode != 0
    assert "[arrayIndexOutOfBounds]" in done.stdout + done.stderr


def test_clang_tidy_ends_the_analysis_at_a_fault(tmp_path: Path) -> None:
    done = analysed(tmp_path, RECURSIVE)

    assert done.returncode != 0
    assert "[misc-no-recursion,-warnings-as-errors]" in done.stdout + done.stderr
