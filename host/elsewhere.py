# SPDX-License-Identifier: Apache-2.0
"""The same network on other boards, for the comparison behind a deployment."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from boards import catalog
from boards.board import Board, LinkKind
from boards.errors import BoardError
from boards.image import Image
from host import firmware
from host.deployment_record import Elsewhere
from host.errors import HostError
from host.launcher import open_device
from host.self_test import run_self_test
from sim.errors import SimError

QUICK_BYTES = 65_536
"""Images up to this size are on an emulated board within seconds."""

_NUM_SLOTS = 1


@dataclass(frozen=True, slots=True, kw_only=True)
class Others:
    """Emulated boards with the firmware of these sources, and the names of those without."""

    built: tuple[Board, ...]
    unbuilt: tuple[str, ...]


def other_boards(but: str) -> Others:
    """Return the emulated boards but one."""
    loaded = (catalog.load(name) for name in catalog.names() if name != but)
    emulated = [board for board in loaded if board.link.kind is LinkKind.QEMU]
    built = tuple(board for board in emulated if firmware.is_current(board))
    unbuilt = tuple(board.name for board in emulated if board not in built)
    return Others(built=built, unbuilt=unbuilt)


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
    for board in boards:
        try:
            yield _on_board(board, image, names)
        except (BoardError, HostError, SimError) as error:
            yield Elsewhere(board=board.name, core=board.cpu.core, problem=str(error))


def _on_board(board: Board, image: Image, names: tuple[str, ...]) -> Elsewhere:
    image.check_fits(board)
    with open_device(board) as device:
        test = run_self_test(board, device, image, num_slots=_NUM_SLOTS, names=names)
    agreement = test.hardware.agreement
    return Elsewhere(
        board=board.name,
        core=board.cpu.core,
        cost=test.cost,
        num_unequal=agreement.num_unequal if agreement else None,
    )
