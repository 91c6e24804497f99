# SPDX-License-Identifier: Apache-2.0
"""The errors of spiking networks: events that cannot be read, mappings that do not exist."""


class SpikingError(Exception):
    """Root of this package's errors; the command line turns it into one line and exit code 2."""


class EventError(SpikingError):
    """An event file cannot be read, or an event in it cannot be true.

    Parameters
    ----------
    file : str
        The file at fault; for events in memory, what they are called.
    place : str
        The recording and event, such as `recording 12, event 340`; empty for the file as a whole.
    problem : str
        What is wrong, and what to try.
    """

    def __init__(self, *, file: str, place: str, problem: str) -> None:
        super().__init__(f"{file}: {place}: {problem}" if place else f"{file}: {problem}")
        self.file, self.place, self.problem = file, place, problem


class DataError(SpikingError):
    """A data set is missing or incomplete."""


class NetworkFileError(SpikingError):
    """A file of a spiking network is missing, damaged or of another kind."""

    def __init__(self, *, file: str, problem: str) -> None:
        super().__init__(f"{file}: {problem}")
        self.file, self.problem = file, problem


class InterchangeError(SpikingError):
    """A network has no counterpart in another tool's form, or the other way round."""


class AdaptationError(SpikingError):
    """A network has no counterpart at the time step that is asked for."""


class IntegerError(SpikingError):
    """A network has no counterpart in the integers of devices."""


class UnknownNameError(SpikingError):
    """A name is not in the catalog; the message lists the legal ones."""

    def __init__(self, *, kind: str, name: str, legal: tuple[str, ...]) -> None:
        super().__init__(f"no {kind} called {name!r}; there are: {', '.join(legal)}")
        self.kind, self.name, self.legal = kind, name, legal
