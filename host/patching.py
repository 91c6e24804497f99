# SPDX-License-Identifier: Apache-2.0
"""A patch on its way to a device, one frame at a time, so that slots can run in between."""

from collections import deque
from collections.abc import Callable, Iterable

from boards.patch import Part
from host import wire
from host.session import Session
from host.wire import MessageType


class Patching:
    """An open patch; `host.device.Device.begin_patch` makes one.

    The network in force is untouched until `commit`. After an error of the link the patch is to be
    begun again; it then goes on where it broke off.

    Parameters
    ----------
    session : Session
        The open conversation with the device.
    parts : iterable of Part
        What is to be sent, frame by frame.
    commit : callable
        Puts the patched network in force.
    """

    def __init__(
        self, session: Session, parts: Iterable[Part], *, commit: Callable[[], None]
    ) -> None:
        self._session, self._commit = session, commit
        self._parts = deque(parts)

    @property
    def num_frames(self) -> int:
        """Return how many frames are still to be sent."""
        return len(self._parts)

    def step(self) -> None:
        """Send the next frame, if one is left.

        Raises
        ------
        DeviceStatusError
            Another load or patch was begun since.
        """
        if not self._parts:
            return
        part = self._parts[0]
        request = wire.Chunk(offset=part.offset, data=part.data)
        command = MessageType.PATCH_CHUNK
        reached = self._session.ask(command, request, wire.NextOffset).next_offset
        if reached != part.end:
            raise self._session.nonsense(command, f"offset {reached}, not {part.end}")
        self._parts.popleft()

    def commit(self) -> None:
        """Send what is left, and put the patched network in force.

        Raises
        ------
        DeviceStatusError
            The device refused the patched image; the network from before is still in force.
        """
        while self._parts:
            self.step()
        self._commit()
