# SPDX-License-Identifier: Apache-2.0
"""How the host tells an emulated board how slow the memory of its images is."""

from typing import TYPE_CHECKING

from host import wire
from host.wire import MessageType

if TYPE_CHECKING:
    from boards.flash import FlashModel
    from host.session import Session


def apply(session: "Session", flash: "FlashModel", instructions_per_tick: float | None) -> None:
    """Set it, in ticks of the board's counter; a cycle is taken for an instruction.

    Raises
    ------
    DeviceStatusError
        The board models none.
    ValueError
        Its ticks do not count instructions.
    """
    if instructions_per_tick is None:
        raise ValueError(
            f"{session.board}: its ticks count no instructions, so no flash can be modelled on it; "
            "choose an emulated board"
        )
    request = wire.Flash(
        latency_ticks=round(flash.latency_cycles / instructions_per_tick),
        ticks_per_kib=round(flash.cycles_per_kib / instructions_per_tick),
    )
    session.ask(MessageType.FLASH, request, wire.Empty)
