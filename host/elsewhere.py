# SPDX-License-Identifier: Apache-2.0
"""The same network on other boards, for the comparison behind a deployment."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Generic, TypeVar

from boards import catalog
from boards.board import Board, LinkKind
from boards.errors import BoardError
from boards.image import Image
from host import firmware
from host.deployment_record import Elsewhere
from host.device import Device
from host.errors import HostError
from host.launcher import open_device
from host.self_test import SelfTest, run_self_test
from sim.errors import SimError

QUICK_BYTES = 65_536
"""Images up to this size are on an emulated board within seconds."""

_NUM_SLOTS = 1
_Found = TypeVar("_Found")


@dataclass(frozen=True, slots=True, kw_only=True)
class Choice:
    """The boards to compare with, and what to say of those that are left out."""

    boards: tuple[Board, ...]
    remark: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Attempt(Generic[_Found]):
    """What a board made of some work, or the problem that was in the way."""

    board: Board
    found: _Found | None = None
    problem: str | None = None


def choose(
    image: Image,
    *,
    but: str,
    named: Sequence[Board],
    wanted: bool | None,
    is_quick: bool = True,
) -> Choice:
    """Return the boards to compare one with.

    Parameters
    ----------
    image : Image
        What they will run.
    but : str
        The board that they are compared with.
    named : sequence of Board
        Those asked for by name; where there are some, they are all.
    wanted : bool or None
        All emulated boards that are built, or none; None where the image is quickly on them.
    is_quick : bool
        Whether what they will do with it is done as quickly.
    """
    if named:
        return Choice(boards=tuple(named))
    loaded = (catalog.load(name) for name in catalog.names() if name != but)
    emulated = [board for board in loaded if board.link.kind is LinkKind.QEMU]
    built = tuple(board for board in emulated if firmware.is_current(board))
    if wanted is False or not (built or wanted):
        return Choice(boards=())
    if wanted is None and not (is_quick and len(image.data) <= QUICK_BYTES):
        return Choice(boards=(), remark="other boards: --all-boards")
    unbuilt = ", ".join(board.name for board in emulated if board not in built)
    remark = f"not built: {unbuilt}; build with: make firmware BOARD=NAME" if unbuilt else ""
    return Choice(boards=built, remark=remark)


def on_boards(
    boards: Sequence[Board], image: Image, *, names: tuple[str, ...]
) -> Iterator[Elsewhere]:
    """Run a network on each of some boards, and yield what it costs there.

    A board that it does not fit, or that does not come up, says so and keeps nobody waiting.

    Parameters
    ----------
    boards : sequence of Board
    image : Image
        The network.
    names : tuple of str
        What the operators are called.
    """
    test = partial(run_self_test, image=image, num_slots=_NUM_SLOTS, names=names)
    return map(_told, on_each(boards, image, test))


def on_each(
    boards: Sequence[Board], image: Image, work: Callable[[Board, Device], _Found]
) -> Iterator[Attempt[_Found]]:
    """Open each of some boards, do some work there, and yield what came of it.

    A board that the image does not fit, or that does not come up, says so and keeps nobody waiting.
    """
    for board in boards:
        try:
            image.check_fits(board)
            with open_device(board) as device:
                found = work(board, device)
        except (BoardError, HostError, SimError) as error:
            yield Attempt(board=board, problem=str(error))
        else:
            yield Attempt(board=board, found=found)


def _told(attempt: Attempt[SelfTest]) -> Elsewhere:
    test = attempt.found
    agreement = test.hardware.agreement if test else None
    return Elsewhere(
        board=attempt.board.name,
        core=attempt.board.cpu.core,
        cost=test.cost if test else None,
        num_unequal=agreement.num_unequal if agreement else None,
        problem=attempt.problem,
    )
