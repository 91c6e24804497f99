# SPDX-License-Identifier: Apache-2.0
"""Boards are flashed by programs on PATH; here scripts stand in for them and note what they got."""

import json
import os
import time
from dataclasses import dataclass
from pathlib import Path

import pytest

from boards import catalog
from boards.board import Board
from host import firmware
from host.cli.app import USER_ERROR, execute
from host.errors import ToolMissingError
from host.flashing import FlashError, Tool, flash
from tests.host.built_firmware import built, silicon_boards
from tests.host.processes import ends

NOTING = '#!/bin/sh\nprintf "%s\\n" "$0" "$@" > {noted}\necho writing\n'
FAILING = "#!/bin/sh\necho 'No available debug probes are connected' >&2\nexit 3\n"
HANGING = "#!/bin/sh\nsleep 600 &\necho $! > {noted}\necho erasing\nwait\n"


@dataclass(frozen=True, slots=True, kw_only=True)
class Bench:
    """A PATH on which there are only what tests put there and what the shell needs."""

    folder: Path

    @property
    def noted(self) -> Path:
        return self.folder / "noted"

    def put(self, name: str, script: str) -> Path:
        path = self.folder / name
        path.write_text(script.format(noted=self.noted))
        path.chmod(0o755)
        return path

    def words(self) -> list[str]:
        return self.noted.read_text().splitlines()


@pytest.fixture
def bench(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Bench:
    monkeypatch.setenv("PATH", f"{tmp_path}{os.pathsep}/usr/bin{os.pathsep}/bin")
    monkeypatch.setattr("sys.executable", str(tmp_path / "python"))
    return Bench(folder=tmp_path)


@pytest.fixture(scope="module")
def pico() -> Board:
    return built("rpi-pico")


def program(board: Board) -> str:
    return str(firmware.place(board))


def test_pyocd_is_told_target_and_program(bench: Bench, pico: Board) -> None:
    tool = bench.put("pyocd", NOTING)

    done = flash(pico)

    assert bench.words() == [
        str(tool), "flash", "--no-wait", "--target", "rp2040", program(pico)
    ]  # fmt: skip
    assert (done.tool, done.probe) == (Tool.PYOCD, None)
    assert done.firmware_hash == firmware.identity(pico).hex()


def test_pyocd_is_told_which_probe(bench: Bench, pico: Board) -> None:
    tool = bench.put("pyocd", NOTING)

    flash(pico, probe="E66058388B6A2C2C")

    assert bench.words() == [
        str(tool), "flash", "--no-wait", "--target", "rp2040", "--uid", "E66058388B6A2C2C",
        program(pico),
    ]  # fmt: skip


def test_openocd_is_told_files_probe_and_program_in_its_order(bench: Bench, pico: Board) -> None:
    tool = bench.put("openocd", NOTING)

    flash(pico, probe="E66058388B6A2C2C")

    assert bench.words() == [
        str(tool),
        "-f", "interface/cmsis-dap.cfg",
        "-c", "adapter serial {E66058388B6A2C2C}",
        "-f", "target/rp2040.cfg",
        "-c", f"program {{{program(pico)}}} verify reset exit",
    ]  # fmt: skip


def test_openocd_takes_the_only_probe_unless_one_is_named(bench: Bench, pico: Board) -> None:
    bench.put("openocd", NOTING)

    flash(pico)

    assert not any("serial" in word for word in bench.words())


def test_pyocd_goes_before_openocd_unless_the_other_is_asked_for(bench: Bench, pico: Board) -> None:
    bench.put("pyocd", NOTING)
    bench.put("openocd", NOTING)

    assert flash(pico).tool is Tool.PYOCD
    assert flash(pico, tool=Tool.OPENOCD).tool is Tool.OPENOCD


def test_pyocd_is_found_beside_this_python_too(
    bench: Bench, pico: Board, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    tool = bench.put("pyocd", NOTING)
    monkeypatch.setenv("PATH", "/usr/bin:/bin")

    flash(pico)

    assert bench.words()[0] == str(tool)


def test_without_either_tool_both_are_named_with_how_to_get_them(bench: Bench, pico: Board) -> None:
    with pytest.raises(ToolMissingError) as caught:
        flash(pico)

    assert str(caught.value) == (
        "pyocd or openocd is missing; it is needed to flash rpi-pico. Try: .venv/bin/pip install "
        "-e '.[flash]' -c constraints.txt, or: apt install openocd"
    )
    assert not bench.noted.exists()


def test_a_tool_that_fails_is_quoted(bench: Bench, pico: Board) -> None:
    bench.put("pyocd", FAILING)

    with pytest.raises(FlashError) as caught:
        flash(pico)

    assert str(caught.value).startswith(
        "pyocd could not flash rpi-pico: exit status 3, its last words: "
        "'No available debug probes are connected'. Is the probe plugged in"
    )


def test_a_tool_that_hangs_is_ended_with_all_that_it_started(bench: Bench, pico: Board) -> None:
    bench.put("pyocd", HANGING)
    before_s = time.monotonic()

    with pytest.raises(FlashError, match=r"pyocd did not flash rpi-pico within 1 s and was ended"):
        flash(pico, timeout_s=1.0)

    assert time.monotonic() - before_s < 60.0  # and not the ten minutes that it would sleep
    assert ends(int(bench.words()[0]))


def test_a_board_that_is_emulated_is_not_flashed(bench: Bench) -> None:
    with pytest.raises(FlashError, match=r"mps2-an386 is no silicon \(link.kind is 'qemu'\)"):
        flash(catalog.load("mps2-an386"))


def test_a_board_file_that_does_not_say_how_is_named(pico: Board) -> None:
    with pytest.raises(FlashError, match="the file of rpi-pico does not say how it is flashed"):
        flash(pico.model_copy(update={"probe": None}))


def test_a_tool_that_the_board_file_does_not_know_is_refused(bench: Bench, pico: Board) -> None:
    assert pico.probe is not None
    only_pyocd = pico.model_copy(update={"probe": pico.probe.model_copy(update={"openocd": ()})})
    bench.put("openocd", NOTING)

    with pytest.raises(FlashError, match=r"no probe\.openocd\. Try: --tool pyocd, or add the key"):
        flash(only_pyocd, tool=Tool.OPENOCD)


def test_firmware_of_other_sources_is_not_flashed(
    bench: Bench, pico: Board, monkeypatch: pytest.MonkeyPatch
) -> None:
    bench.put("pyocd", NOTING)
    monkeypatch.setattr(firmware, "is_current", lambda _: False)

    with pytest.raises(
        FlashError, match=r"built from other sources .* make firmware BOARD=rpi-pico"
    ):
        flash(pico)

    assert not bench.noted.exists()


@pytest.mark.parametrize("name", silicon_boards())
def test_every_board_of_silicon_says_how_it_is_flashed_and_that_it_never_was(name: str) -> None:
    board = catalog.load(name)

    assert board.probe is not None
    assert board.probe.pyocd
    assert board.probe.openocd
    assert all(file.endswith(".cfg") for file in board.probe.openocd)
    assert board.verified == "never run on silicon"


def test_the_command_tells_what_it_did_as_json(
    bench: Bench, pico: Board, capsys: pytest.CaptureFixture[str]
) -> None:
    bench.put("pyocd", NOTING)

    assert execute(["flash", "--board", "rpi-pico", "--probe", "A1", "--json", "-"]) == 0

    captured = capsys.readouterr()
    assert json.loads(captured.out) == {
        "board": "rpi-pico",
        "tool": "pyocd",
        "probe": "A1",
        "program": program(pico),
        "firmware_hash": firmware.identity(pico).hex(),
    }
    assert "rpi-pico has firmware" in captured.err


def test_a_failure_of_the_command_is_one_line(
    bench: Bench, pico: Board, capsys: pytest.CaptureFixture[str]
) -> None:
    bench.put("openocd", FAILING)

    assert execute(["flash", "--board", pico.name]) == USER_ERROR

    said = capsys.readouterr().err
    assert said.count("\n") == 1
    assert said.startswith("airloop: openocd could not flash rpi-pico: exit status 3")
