# SPDX-License-Identifier: Apache-2.0
"""The errors of the air: scenarios that cannot be read and channels that do not exist."""


class ChannelError(Exception):
    """Root of this package's errors; the command line turns it into one line and exit code 2."""


class ScenarioError(ChannelError):
    """A scenario file is missing or malformed.

    Parameters
    ----------
    file : str
        The file that was read.
    key : str
        The place inside it as `table.key`; empty when the file as a whole is at fault.
    problem : str
        What is wrong, and what to try, in one or two sentences.
    """

    def __init__(self, *, file: str, key: str, problem: str) -> None:
        place = f"{file}: {key}" if key else file
        super().__init__(f"{place}: {problem}")
        self.file, self.key, self.problem = file, key, problem


class RecordingError(ChannelError):
    """A recorded channel cannot be used: its file, its sidecar, or its fit to the scenario.

    Parameters
    ----------
    file : str
        The file at fault.
    problem : str
        What is wrong, and what to try.
    """

    def __init__(self, *, file: str, problem: str) -> None:
        super().__init__(f"{file}: {problem}")
        self.file, self.problem = file, problem


class UnknownNameError(ChannelError):
    """A channel or scenario name is not in the catalog; the message lists the legal ones."""

    def __init__(self, *, kind: str, name: str, legal: tuple[str, ...]) -> None:
        super().__init__(f"no {kind} called {name!r}; there are: {', '.join(legal)}")
        self.kind, self.name, self.legal = kind, name, legal
