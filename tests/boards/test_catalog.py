# SPDX-License-Identifier: Apache-2.0
"""Board files: the shipped ones load, and what is wrong with one is told by file, table and key."""

import subprocess
import sys
from pathlib import Path

import pytest

from boards import catalog
from boards.board import EnergySource, LinkKind
from boards.errors import BoardFileError, ImageError, UnknownBoardError

SHIPPED = Path(catalog.__file__).parent / "mps2-an386.toml"


@pytest.fixture
def own_board(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return the file of a board called "own" that AIRLOOP_BOARDS finds, a copy of the default."""
    path = tmp_path / "own.toml"
    text = SHIPPED.read_text().replace('name = "mps2-an386"', 'name = "own"')
    path.write_text(text)
    monkeypatch.setenv("AIRLOOP_BOARDS", str(tmp_path))
    return path


def change(path: Path, old: str, new: str) -> None:
    """Replace one piece of a file that must be there."""
    text = path.read_text()
    assert old in text
    path.write_text(text.replace(old, new))


@pytest.mark.parametrize("name", catalog.names())
def test_shipped_board_loads(name: str) -> None:
    board = catalog.load(name)

    assert board.name == name
    assert (Path(catalog.__file__).parents[1] / board.build.port).parent.name == "ports"


def test_default_board_is_an_emulated_cortex_m4() -> None:
    board = catalog.load(catalog.DEFAULT)

    assert board.cpu.core == "cortex-m4"
    assert (board.link.kind, board.link.machine) == (LinkKind.QEMU, "mps2-an386")
    assert board.memory.ram is not None
    assert board.memory.ram.origin == 0x20000000


def test_native_board_models_nothing() -> None:
    board = catalog.load("native")

    assert board.energy.source is EnergySource.NONE
    assert board.stands_for is None


def test_unknown_board_lists_the_legal_names() -> None:
    with pytest.raises(
        UnknownBoardError, match="no board called 'nucleo'; there are: microbit, mps2-an383, "
    ):
        catalog.load("nucleo")


def test_folder_of_the_environment_adds_boards(own_board: Path) -> None:
    assert own_board.stem in catalog.names()
    assert catalog.load("own").title == "ARM MPS2+ AN386 (QEMU)"


def test_missing_folder_of_the_environment_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AIRLOOP_BOARDS", "/no/such/folder")

    with pytest.raises(BoardFileError, match=r"^/no/such/folder: AIRLOOP_BOARDS"):
        catalog.names()


@pytest.mark.parametrize(
    ("old", "new", "problem"),
    [
        pytest.param('core = "cortex-m4"\n', "", "cpu.core: this key is missing", id="missing"),
        pytest.param(
            "fpu = true",
            "fqu = true",
            "cpu.fqu: unknown key; there are: core, clock_hz, fpu, simd",
            id="unknown key",
        ),
        pytest.param(
            'kind = "qemu"',
            'kind = "usb"',
            "link.kind: 'usb' is not known; there are: 'native', 'qemu', 'serial'",
            id="unknown value",
        ),
        pytest.param(
            "clock_hz = 25_000_000",
            "clock_hz = -1",
            "cpu.clock_hz: input should be greater than 0, not -1",
            id="negative",
        ),
        pytest.param(
            "clock_hz = 25_000_000",
            'clock_hz = "fast"',
            "cpu.clock_hz: input should be a valid integer, not 'fast'",
            id="wrong type",
        ),
        pytest.param(
            'machine = "mps2-an386"\n',
            "",
            "link.machine: kind 'qemu' needs this key, and no other kind has it",
            id="incomplete",
        ),
        pytest.param(
            "arena_bytes = 524_288",
            "arena_bytes = 8_388_608",
            "memory.arena_bytes: the arena exceeds ram, 4194304 bytes",
            id="too large an arena",
        ),
        pytest.param(
            "arena_bytes = 524_288",
            "arena_bytes = 524_288\nflash_page_bytes = 4_000",
            "memory.flash_page_bytes: image slots are not made of pages of 4000 bytes",
            id="slots of no whole pages",
        ),
        pytest.param(
            "[time]",
            "[probe]\nopenocd = []\n\n[time]",
            "probe.pyocd: this key or openocd must be there",
            id="probe without a program",
        ),
        pytest.param(
            "bytes = 0x0040_0000 }",
            "size = 1 }",
            "memory.ram.bytes: this key is missing",
            id="nested table",
        ),
        pytest.param('"own"', '"other"', "name: 'other' is not the name of the file", id="name"),
        pytest.param(
            '"stm32l4r5"',
            '"stm32f405"',
            "stands_for: no published figures for 'stm32f405'; there are: stm32h7a3, stm32l4r5",
            id="chip without figures",
        ),
        pytest.param(
            '"stm32l4r5-1v8"',
            '"stm32l4r5-5v0"',
            "energy.profile: stm32l4r5 has no energy profile 'stm32l4r5-5v0'; there are: stm32l4r5",
            id="unknown profile",
        ),
        pytest.param("schema = 1", "schema = 2", "schema: 2 is not known", id="schema"),
        pytest.param("schema = 1", "schema = ", "not TOML", id="no TOML"),
    ],
)
def test_malformed_file_is_told_by_table_and_key(
    own_board: Path, old: str, new: str, problem: str
) -> None:
    change(own_board, old, new)

    with pytest.raises(BoardFileError) as caught:
        catalog.load("own")

    assert str(caught.value).startswith(f"{own_board}: {problem}")
    assert "\n" not in str(caught.value)


def test_network_that_is_too_large_is_refused_with_both_sizes() -> None:
    board = catalog.load("mps2-an386")

    board.require_fit(image_bytes=524_288, arena_bytes=524_288)
    with pytest.raises(ImageError, match="too large for mps2-an386: its image takes 524289 bytes"):
        board.require_fit(image_bytes=524_289, arena_bytes=0)
    with pytest.raises(ImageError, match="its arena takes 600000 bytes, the board has 524288"):
        board.require_fit(image_bytes=0, arena_bytes=600_000)


def test_boards_load_without_heavy_libraries() -> None:
    program = (
        "import sys; from boards import catalog, cost; [catalog.load(n) for n in catalog.names()];"
        "heavy = {'torch', 'sionna', 'scipy', 'matplotlib', 'numpy'} & set(sys.modules);"
        "print(*sorted(heavy))"
    )

    loaded = subprocess.check_output([sys.executable, "-c", program], text=True)

    assert loaded.split() == []
