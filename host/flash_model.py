# SPDX-License-Identifier: Apache-2.0
"""How the host tells an emulated board how slow the memory of its images is."""

from typing import TYPE_CHECKING

from host import wire
from host.errors import DeviceError, DeviceStatusError
from host.wire import MessageType, Status

if TYPE_CHECKING:
    from boards.flash import FlashModel
    from host.session import Session


def apply(session: "Session", flash: "FlashModel", instructions_per_tick: float | None) -> None:
    """Set it, in ticks of the board's counter; a cycle is taken for an instruction.

    Raises
    ------
    DeviceError
        The board models none, or its ticks do not count instructions.
    """
    if instructions_per_tick is None:
        raise _no_flash(session)
    request = wire.Flash(
        latency_ticks=round(flash.latency_cycles / instructions_per_tick),
        ticks_per_kib=round(flash.cycles_per_kib / instructions_per_tick),
    )
    try:
        session.ask(MessageType.FLASH, request, wire.Empty)
    except DeviceStatusError as error:
        if error.status != Status.UNKNOWN.name:
            raise
        raise _no_flash(session) from None


def _no_flash(session: "Session") -> DeviceError:
    return DeviceError(
        f"{session.board} models no flash; choose a board of the MPS2 or MPS3, such as mps2-an386",
        board=session.board,
        port=session.port,
    )
