# SPDX-License-Identifier: Apache-2.0
"""The time in which a device speaks text on its link: how it begins, and how frames come back."""

import time
from collections.abc import Generator
from contextlib import contextmanager, suppress

from host.errors import LinkLostError, LinkTimeout
from host.framing import FRAME_END
from host.session import Session
from host.wire import Empty, MessageType
from host.wire_text import Text

READY = b"m-ready\r\n"
_POLL_S = 0.05


@contextmanager
def text_mode(session: Session, settings: Text) -> Generator[tuple[str, ...]]:
    """Have the device answer the text commands of MLPerf Tiny for the network in force.

    Inside the block the link carries text, and nobody may ask the device for anything in frames. At
    its end a zero byte leads back to frames; `Device.hello` then finds the device.

    Yields
    ------
    tuple of str
        The lines that it said first, as a device that boots does.

    Raises
    ------
    DeviceStatusError
        It has no network, no room for a second copy of the input, or not what was asked for.
    LinkTimeout, LinkLostError, DeviceLostError
        It does not answer, or not in text.
    """
    session.ask(MessageType.TEXT, settings, Empty)
    try:
        yield _first_lines(session)
    finally:
        with suppress(LinkLostError):
            session.conversation.link.write(FRAME_END)


def _first_lines(session: Session) -> tuple[str, ...]:
    """Return what the device says until it is ready and silent."""
    link, limit_s = session.conversation.link, session.conversation.limits.timeout_s
    said = session.conversation.leave_frames()
    began_s = time.monotonic()
    while (news := link.read(wait_s=_POLL_S)) or not said.endswith(READY):
        said += news
        if time.monotonic() - began_s > limit_s:
            raise LinkTimeout(
                board=session.board,
                port=session.port,
                command=MessageType.TEXT.name,
                waited_s=limit_s,
                num_attempts=1,
            )
    # Where a slow answer made the host ask twice, the device has begun twice.
    return tuple(said.rpartition(FRAME_END)[2].decode("ascii", "replace").splitlines())
