# SPDX-License-Identifier: Apache-2.0
"""The errors of the simulated world."""


class SimError(Exception):
    """Root of this package's errors; the command line makes it one line and exit code 2."""


class LinkSettingsError(SimError):
    """A scenario asks the transmitter for something that cannot be built."""

    def __init__(self, *, scenario: str, problem: str) -> None:
        super().__init__(f"scenario {scenario}: {problem}")
        self.scenario, self.problem = scenario, problem


class TwinBuildError(SimError):
    """The twin cannot be compiled; the message says what is missing."""


class TwinError(SimError):
    """The firmware refuses a network, or fails to run it."""


class EmulatorError(SimError):
    """A board cannot be emulated."""
