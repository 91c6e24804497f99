# SPDX-License-Identifier: Apache-2.0
"""The errors of energy meters: each is one line that says what happened, where, and what to try."""

from collections.abc import Sequence

from host.errors import HostError


class MeterError(HostError):
    """Root of the errors of meters; `meter` and `port` say which."""

    def __init__(self, message: str, *, meter: str, port: str) -> None:
        super().__init__(message)
        self.meter, self.port = meter, port


class MeterSettingsError(HostError):
    """The table `[energy.meter]` of a board file does not suit its meter."""

    def __init__(self, *, board: str, key: str, problem: str) -> None:
        super().__init__(f"{board}.toml: energy.meter.{key}: {problem}")
        self.board, self.key, self.problem = board, key, problem


class MeterMissingError(MeterError):
    """No instrument with the serial number is plugged in; the message lists what is."""

    def __init__(self, *, meter: str, serial_number: str, existing: Sequence[str]) -> None:
        there = ", ".join(existing) if existing else "none"
        super().__init__(
            f"{meter}: none with serial number {serial_number} is plugged in; there are: {there}. "
            "Plug it in, or correct energy.meter.serial_number of the board file.",
            meter=meter,
            port=serial_number,
        )
        self.serial_number, self.existing = serial_number, tuple(existing)


class MeterLostError(MeterError):
    """The instrument was there and is gone, or has fallen silent."""

    def __init__(self, *, meter: str, port: str, reason: str) -> None:
        super().__init__(
            f"{meter} on {port} was lost ({reason}). Plug it in again, or close the program that "
            "holds it, and run once more.",
            meter=meter,
            port=port,
        )
        self.reason = reason


class MeterRefusedError(MeterError):
    """The instrument did not do what it was told."""

    def __init__(self, *, meter: str, port: str, command: str, answer: str) -> None:
        super().__init__(
            f"{meter} on {port} answered {command!r} with: {answer}. Check [energy.meter] of the "
            "board file and the wiring, see docs/energy.md.",
            meter=meter,
            port=port,
        )
        self.command, self.answer = command, answer


class MeterWindowError(MeterError):
    """The windows that the trigger pin made are not those of the runs."""

    def __init__(self, *, meter: str, port: str, problem: str) -> None:
        super().__init__(
            f"{meter} on {port}: {problem}. Check the wire of the trigger pin, see docs/energy.md.",
            meter=meter,
            port=port,
        )
        self.problem = problem


class SamplesLostError(MeterError):
    """Samples of a window did not arrive, so its energy is not known."""

    def __init__(self, *, meter: str, port: str, num_lost: int) -> None:
        super().__init__(
            f"{meter} on {port} lost {num_lost} samples of a run. Give it a USB port of its own, "
            "or use fewer workers, and run once more.",
            meter=meter,
            port=port,
        )
        self.num_lost = num_lost
