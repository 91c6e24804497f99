# SPDX-License-Identifier: Apache-2.0
"""What a conversation with a device needs of the wire under it."""

from typing import Protocol


class Link(Protocol):
    """A two-way stream of bytes; it may lose and damage them."""

    @property
    def port(self) -> str:
        """Return the name of the port, for messages."""
        ...

    def write(self, data: bytes) -> None:
        """Send all of `data`; raises LinkLostError when the port is gone."""
        ...

    def read(self, *, wait_s: float) -> bytes:
        """Return what has arrived, at once; empty when nothing came within `wait_s` [s].

        Raises LinkLostError when the port is gone. A link that knows that nothing can come need
        not wait.
        """
        ...

    def drain(self) -> None:
        """Forget what has arrived and was not read."""
        ...
