# SPDX-License-Identifier: Apache-2.0
"""A conversation in which refusals, nonsense and sudden death are named errors."""

from collections.abc import Callable
from typing import TypeVar

from host import wire
from host.child import Ending
from host.conversation import Conversation
from host.device_info import DeviceFlag, DeviceInfo, version_of
from host.errors import (
    DeviceLostError,
    DeviceStatusError,
    LinkLostError,
    LinkTimeout,
    MessageTooLongError,
    ProtocolError,
    WireVersionError,
)
from host.wire import MessageType, Status

_Answer = TypeVar("_Answer", bound=wire.Fields)
_Result = TypeVar("_Result")
_ADVICE = {
    Status.BAD_ARG: "Firmware and host disagree: build and flash the firmware of this checkout.",
    Status.BAD_STATE: "Load a network, and give it its whole input, first.",
    Status.BAD_IMAGE: "The image is damaged or for other firmware: deploy the network again.",
    Status.TOO_LARGE: "Choose a smaller network or a larger board.",
    Status.WRONG_BASE: "The patch was made for another network: load the new one whole.",
    Status.NO_HEAD: "Learn with a network that ends in a 1 x 1 convolution without an activation.",
    Status.READ_ONLY: "Its images lie in flash, whose bytes it cannot change one by one, as patches"
    " and learning on the device do: load networks whole, or choose a board with images in RAM.",
    Status.UNKNOWN: "This firmware does not know the command: build that of this checkout.",
}


class Session:
    """What host and device have agreed on since the last HELLO.

    Parameters
    ----------
    conversation : Conversation
        Exchanges requests and answers.
    ending : callable or None
        Tells how the process behind the link ended, None while it lives; absent on real boards.
    """

    def __init__(
        self, conversation: Conversation, *, ending: Callable[[], Ending | None] | None = None
    ) -> None:
        self.conversation = conversation
        self.board, self.port = conversation.board, conversation.link.port
        self._ending = ending
        self._info: DeviceInfo | None = None

    @property
    def info(self) -> DeviceInfo:
        """Return what the device told about itself; asks it if it has not been asked."""
        return self._info or self.hello()

    def hello(self) -> DeviceInfo:
        """Start afresh and ask the device who it is.

        Raises
        ------
        WireVersionError
            Firmware and host speak different versions.
        """
        self._guard(MessageType.HELLO, self.conversation.start_session)
        status, payload = self._exchange(MessageType.HELLO, wire.Hello())
        version = version_of(payload)
        if status == Status.WRONG_VERSION or version != wire.WIRE_VERSION:
            raise WireVersionError(
                board=self.board,
                port=self.port,
                host_version=wire.WIRE_VERSION,
                device_version=version,
            )
        self._check(MessageType.HELLO, status)
        try:
            self._info = DeviceInfo.unpack(payload)
        except wire.MalformedError as error:
            raise self.nonsense(MessageType.HELLO, str(error)) from error
        return self._info

    def forget(self) -> None:
        """Ask the device who it is before it is next relied on: its image may have changed."""
        self._info = None

    def remember(self, info: DeviceInfo) -> None:
        """Take what a device has told outside HELLO."""
        self._info = info

    def ask(self, command: MessageType, request: wire.Request, answer: type[_Answer]) -> _Answer:
        """Have the device execute a request once, and return its answer.

        Raises
        ------
        DeviceStatusError
            The device refused.
        LinkTimeout, LinkLostError
            No answer came.
        DeviceLostError
            No answer came because the process behind the link has ended.
        ProtocolError
            The answer makes no sense.
        """
        status, payload = self._exchange(command, request)
        self._check(command, status)
        try:
            return answer.unpack(payload)
        except wire.MalformedError as error:
            raise self.nonsense(command, str(error)) from error

    def refused(self, command: MessageType, status: Status) -> DeviceStatusError:
        """Return the error of a command that cannot be executed."""
        return DeviceStatusError(
            board=self.board,
            port=self.port,
            command=command.name,
            status=status.name,
            advice=_ADVICE.get(status, "Run: airloop doctor"),
        )

    def nonsense(self, command: MessageType, problem: str) -> ProtocolError:
        """Return the error of an answer that makes no sense."""
        return ProtocolError(
            board=self.board, port=self.port, command=command.name, problem=problem
        )

    def require_writable(self, command: MessageType) -> None:
        """Refuse a command that changes an image in place, where the device has it in flash.

        Raises
        ------
        DeviceStatusError
        """
        if DeviceFlag.READ_ONLY in self.info.flags:
            raise self.refused(command, Status.READ_ONLY)

    def require_room(self, command: MessageType, request: wire.Request) -> None:
        """Refuse a request so long that the device would take it for noise.

        Raises
        ------
        MessageTooLongError
        """
        length, most = len(request.pack()), self.info.max_payload
        if length > most:
            raise MessageTooLongError(
                board=self.board, port=self.port, command=command.name, length=length, most=most
            )

    def _exchange(self, command: MessageType, request: wire.Request) -> tuple[int, bytes]:
        payload = self._guard(command, lambda: self.conversation.ask(command, request))
        if not payload:
            raise self.nonsense(command, "no status")
        return payload[0], payload[1:]

    def _guard(self, command: MessageType, action: Callable[[], _Result]) -> _Result:
        """Do something on the link; if it fails because the process died, say so."""
        try:
            return action()
        except (LinkTimeout, LinkLostError) as error:
            ending = None if self._ending is None else self._ending()
            if ending is None:
                raise
            raise DeviceLostError(
                board=self.board,
                port=self.port,
                command=command.name,
                exit_status=ending.exit_status,
                stderr_tail=ending.stderr_tail,
            ) from error

    def _check(self, command: MessageType, status: int) -> None:
        if status == Status.OK:
            return
        if status not in tuple(Status):
            raise self.nonsense(command, f"status {status}")
        raise self.refused(command, Status(status))
