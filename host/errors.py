# SPDX-License-Identifier: Apache-2.0
"""The errors of the host: links, devices, tools and records.

Every message is one line with three parts: what happened, where, and what to try.
"""

from collections.abc import Sequence


class HostError(Exception):
    """Root of every error of this package; the command line makes it one line and exit code 2."""


class DeviceError(HostError):
    """A device, or the link to it, did not do what was asked; `board` and `port` say which."""

    def __init__(self, message: str, *, board: str, port: str) -> None:
        super().__init__(message)
        self.board, self.port = board, port


class LinkTimeout(DeviceError):
    """The device did not answer one command, however often it was repeated."""

    def __init__(
        self, *, board: str, port: str, command: str, waited_s: float, num_attempts: int
    ) -> None:
        super().__init__(
            f"{board} on {port} did not answer {command} within {waited_s:.1f} s "
            f"({num_attempts} attempts). Is the firmware flashed and the port its own? "
            "Try: airloop doctor",
            board=board,
            port=port,
        )
        self.command, self.waited_s, self.num_attempts = command, waited_s, num_attempts


class LinkLostError(DeviceError):
    """The port was there and is gone: unplugged, closed by the other side, or taken by another."""

    def __init__(self, *, board: str, port: str, reason: str) -> None:
        super().__init__(
            f"{board} on {port}: the link broke ({reason}). "
            "Plug the board in again, or close the program that holds the port, and run once more.",
            board=board,
            port=port,
        )
        self.reason = reason


class DeviceLostError(DeviceError):
    """The process behind an emulated or native board ended while it was in use."""

    def __init__(
        self, *, board: str, port: str, command: str, exit_status: int, stderr_tail: str
    ) -> None:
        ending = f"signal {-exit_status}" if exit_status < 0 else f"exit status {exit_status}"
        last_words = f", its last words: {stderr_tail!r}" if stderr_tail else ""
        super().__init__(
            f"{board} on {port} ended during {command} with {ending}{last_words}. "
            "Run again to go on from the last finished record.",
            board=board,
            port=port,
        )
        self.command, self.exit_status, self.stderr_tail = command, exit_status, stderr_tail


class WireVersionError(DeviceError):
    """Firmware and host speak different versions of the wire; None = the device did not say."""

    def __init__(
        self, *, board: str, port: str, host_version: int, device_version: int | None
    ) -> None:
        theirs = "another" if device_version is None else str(device_version)
        super().__init__(
            f"{board} on {port} speaks wire version {theirs}, this host speaks "
            f"{host_version}. Build and flash the firmware of this checkout: "
            f"make firmware BOARD={board}",
            board=board,
            port=port,
        )
        self.host_version, self.device_version = host_version, device_version


class WrongBoardError(DeviceError):
    """The firmware at the port was built for another board."""

    def __init__(self, *, board: str, port: str, found: str) -> None:
        super().__init__(
            f"{board} was asked for, and the firmware on {port} is that of {found}. "
            f"Name the port of the right board, or build and flash: make firmware BOARD={board}",
            board=board,
            port=port,
        )
        self.found = found


class StaleFirmwareError(DeviceError):
    """The firmware at the port was not built from the sources of this checkout."""

    def __init__(
        self, *, board: str, port: str, found: bytes, expected: bytes, must_flash: bool
    ) -> None:
        what = "Build it and flash it" if must_flash else "Build it"
        super().__init__(
            f"{board} on {port} runs firmware {found.hex()}, that of this checkout is "
            f"{expected.hex()}. {what}: make firmware BOARD={board}",
            board=board,
            port=port,
        )
        self.found, self.expected = found, expected


class DeviceStatusError(DeviceError):
    """The device understood a command and refused it; `status` is its reason."""

    def __init__(self, *, board: str, port: str, command: str, status: str, advice: str) -> None:
        super().__init__(
            f"{board} on {port} refused {command}: {status}. {advice}", board=board, port=port
        )
        self.command, self.status = command, status


class MessageTooLongError(DeviceError):
    """A command takes more bytes in one message than the device has room for."""

    def __init__(self, *, board: str, port: str, command: str, length: int, most: int) -> None:
        super().__init__(
            f"{board} on {port} takes messages of {most} bytes, {command} needs one of {length}. "
            "Raise link.max_payload in its board file, and build and flash its firmware again.",
            board=board,
            port=port,
        )
        self.command, self.length, self.most = command, length, most


class ProtocolError(DeviceError):
    """The device answered with a whole frame that makes no sense for the command."""

    def __init__(self, *, board: str, port: str, command: str, problem: str) -> None:
        super().__init__(
            f"{board} on {port} answered {command} with {problem}. "
            f"Build and flash the firmware of this checkout: make firmware BOARD={board}",
            board=board,
            port=port,
        )
        self.command, self.problem = command, problem


class PortMissingError(DeviceError):
    """No port on this machine belongs to the board; the message lists those that exist."""

    def __init__(self, *, board: str, port: str, existing: Sequence[str]) -> None:
        there = ", ".join(existing) if existing else "none"
        super().__init__(
            f"{board}: there is no port {port} on this machine; there are: {there}. "
            "Plug the board in, or name another port with --port.",
            board=board,
            port=port,
        )
        self.existing = tuple(existing)


class PortClosedError(DeviceError):
    """The port exists and cannot be opened: no permission, or another program holds it."""

    def __init__(self, *, board: str, port: str, reason: str) -> None:
        advice = (
            "Start what listens there, or correct host and port."
            if "://" in port
            else "Close the program that holds it, or join the group that owns it (often dialout)."
        )
        super().__init__(
            f"{board} on {port}: the port does not open ({reason}). {advice}",
            board=board,
            port=port,
        )
        self.reason = reason


class ToolMissingError(HostError):
    """A program, or a file that a program builds, is not on this machine."""

    def __init__(self, *, tool: str, purpose: str, remedy: str) -> None:
        super().__init__(f"{tool} is missing; it is needed to {purpose}. Try: {remedy}")
        self.tool, self.purpose, self.remedy = tool, purpose, remedy


class ExperimentError(HostError):
    """An experiment cannot be read or makes no sense.

    Parameters
    ----------
    file : str
        The file that was read, or the command that described the experiment.
    key : str
        The place inside it as `table.key`; empty when the file as a whole is at fault.
    problem : str
        What is wrong, and what to try, in one or two sentences.
    """

    def __init__(self, *, file: str, key: str, problem: str) -> None:
        place = f"{file}: {key}" if key else file
        super().__init__(f"{place}: {problem}")
        self.file, self.key, self.problem = file, key, problem


class RecordError(HostError):
    """A file of records cannot be read, or another process is writing it."""


class CampaignError(HostError):
    """A campaign ended with trials that failed; what is recorded stays recorded."""
