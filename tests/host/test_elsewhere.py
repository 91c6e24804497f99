# SPDX-License-Identifier: Apache-2.0
"""Which boards a deployment is compared with, and what is said of those that are left out."""

import pytest

from boards import catalog
from boards.board import LinkKind
from boards.image import Image
from host import elsewhere, firmware
from host.elsewhere import Choice, choose
from tests.host.pointwise import compiled, pointwise_graph

EMULATED = [name for name in catalog.names() if catalog.load(name).link.kind is LinkKind.QEMU]
M4 = "mps2-an386"


@pytest.fixture
def image(monkeypatch: pytest.MonkeyPatch) -> Image:
    monkeypatch.setattr(firmware, "is_current", lambda board: board.name != "microbit")
    return compiled(pointwise_graph())


def names(choice: Choice) -> list[str]:
    return [board.name for board in choice.boards]


def test_a_small_image_meets_every_emulated_board_that_is_built(image: Image) -> None:
    choice = choose(image, but=M4, named=(), wanted=None)

    assert names(choice) == [name for name in EMULATED if name not in {M4, "microbit"}]
    assert choice.remark == "not built: microbit; build with: make firmware BOARD=NAME"


def test_a_large_image_meets_others_on_request(
    image: Image, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(elsewhere, "QUICK_BYTES", len(image.data) - 1)

    asked_nothing = choose(image, but=M4, named=(), wanted=None)
    asked = choose(image, but=M4, named=(), wanted=True)

    assert (names(asked_nothing), asked_nothing.remark) == ([], "other boards: --all-boards")
    assert M4 not in names(asked)
    assert "mps2-an500" in names(asked)


def test_boards_that_are_named_are_all_whether_built_or_not(image: Image) -> None:
    named = (catalog.load("microbit"), catalog.load("native"))

    choice = choose(image, but=M4, named=named, wanted=None)

    assert (names(choice), choice.remark) == (["microbit", "native"], "")


def test_alone_is_alone(image: Image) -> None:
    assert choose(image, but=M4, named=(), wanted=False) == Choice(boards=())


def test_where_none_is_built_that_is_said_to_whoever_asked(
    image: Image, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(firmware, "is_current", lambda _: False)

    assert choose(image, but=M4, named=(), wanted=None) == Choice(boards=())
    asked = choose(image, but=M4, named=(), wanted=True)
    assert asked.boards == ()
    assert asked.remark.startswith("not built: ")
