# SPDX-License-Identifier: Apache-2.0
"""The identity of a firmware changes with everything that it is made of, and with nothing else."""

import runpy
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from boards import catalog
from boards.board import Board
from host import firmware
from host.errors import HostError

FOLDER = Path(__file__).parents[2] / "firmware"
SCRIPT = runpy.run_path(str(FOLDER / "board_facts.py"))


def identity_in(folder: Path) -> str:
    identity: Callable[..., str] = SCRIPT["identity"]
    board: dict[str, Any] = catalog.load("native").model_dump()
    return identity(board, folder=folder)


@pytest.mark.parametrize(
    ("place", "is_part"),
    [
        pytest.param("status.h", True, id="a header"),
        pytest.param("kernels/add_s8.c", True, id="a kernel"),
        pytest.param("ports/native/port.c", True, id="its port"),
        pytest.param("Makefile", True, id="the build"),
        pytest.param("agent/new.c", True, id="a new file"),
        pytest.param("ports/native/finish.py", True, id="what its port does to the program"),
        pytest.param("ports/rp2040/finish.py", False, id="what another port does to it"),
        pytest.param("ports/mps2/port.c", False, id="another port"),
        pytest.param("twin/twin.c", False, id="the twin"),
        pytest.param("README.md", False, id="a README"),
    ],
)
def test_a_change_counts_where_it_is_built_in(tmp_path: Path, place: str, *, is_part: bool) -> None:
    shutil.copytree(FOLDER, tmp_path / "firmware")
    before = identity_in(tmp_path / "firmware")

    with (tmp_path / "firmware" / place).open("a") as file:
        file.write("\n")

    assert (identity_in(tmp_path / "firmware") != before) == is_part


def test_a_file_that_is_gone_counts(tmp_path: Path) -> None:
    shutil.copytree(FOLDER, tmp_path / "firmware")
    before = identity_in(tmp_path / "firmware")

    (tmp_path / "firmware" / "agent" / "fault.c").unlink()

    assert identity_in(tmp_path / "firmware") != before


def test_boards_and_their_facts_are_told_apart() -> None:
    boards: list[Board] = [catalog.load(name) for name in ("native", "mps2-an386", "mps2-an500")]
    renamed = boards[0].model_copy(update={"name": "other"})

    assert len({firmware.identity(board) for board in (*boards, renamed)}) == 4


def test_the_built_firmware_is_that_of_these_sources(native: Board) -> None:
    assert firmware.is_current(native)
    firmware.require_current(native)


def test_firmware_of_other_sources_is_refused_with_what_to_try(
    native: Board, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(firmware, "identity", lambda board: bytes(8))

    with pytest.raises(HostError, match=r"of native was built from other sources .* BOARD=native"):
        firmware.require_current(native)
