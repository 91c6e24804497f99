# SPDX-License-Identifier: Apache-2.0
"""A counter of 32 bits that is read once a turn counts on in 64."""

import subprocess
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.host.built_firmware import ROOT

PROGRAM = """
#include "ports/cortexm/wide_count.h"
#include <stdio.h>

int main(void)
{
    static wide_count_t wide;
    uint32_t count;
    while (fread(&count, sizeof count, 1, stdin) == 1) {
        const uint64_t all = wide_count(&wide, count);
        fwrite(&all, sizeof all, 1, stdout);
    }
    return 0;
}
"""


@pytest.fixture(scope="module")
def counter(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("wide_count")
    (folder / "main.c").write_text(PROGRAM)
    command = ["gcc", "-std=c11", "-Wall", "-Wextra", "-Wconversion", "-Werror"]
    command += [f"-I{ROOT / 'firmware'}", str(folder / "main.c"), "-o", str(folder / "counter")]
    subprocess.run(command, check=True)
    return folder / "counter"


@given(steps=st.lists(st.integers(0, 2**32 - 1), max_size=50))
@settings(max_examples=50, deadline=None)
def test_no_step_below_a_turn_is_lost(counter: Path, steps: list[int]) -> None:
    expected = np.cumsum(np.array(steps, np.uint64))
    readings = (expected & np.uint64(2**32 - 1)).astype("<u4")

    told = subprocess.run(
        [str(counter)], input=readings.tobytes(), capture_output=True, check=True
    ).stdout

    np.testing.assert_array_equal(np.frombuffer(told, "<u8"), expected)
