# SPDX-License-Identifier: Apache-2.0
"""The errors of receivers: names that do not exist, weights that do not fit."""


class ReceiverError(Exception):
    """Root of this package's errors; the command line makes it one line and exit code 2."""


class UnknownReceiverError(ReceiverError):
    """A receiver name is not in the catalog; the message lists the legal ones.

    Parameters
    ----------
    name : str
    legal : tuple of str
    untrained : str or None
        The size of the network that the name asks for, where only its weights are missing.
    """

    def __init__(self, *, name: str, legal: tuple[str, ...], untrained: str | None = None) -> None:
        advice = (
            f"; the weights of this size are not here. Train them: airloop train {untrained}, "
            f"then name the file instead: results/train/{untrained}.npz. There are"
        )
        super().__init__(
            f"no receiver called {name!r}{advice if untrained else '; there are'}: "
            f"{', '.join(legal)}"
        )
        self.name, self.legal = name, legal


class WeightsError(ReceiverError):
    """Trained weights are missing, damaged or made for another link."""

    def __init__(self, *, file: str, problem: str) -> None:
        super().__init__(f"{file}: {problem}")
        self.file, self.problem = file, problem


class UnsuitedReceiverError(ReceiverError):
    """A receiver cannot work in this scenario."""

    def __init__(self, *, receiver: str, scenario: str, problem: str) -> None:
        super().__init__(f"{receiver} cannot work in scenario {scenario}: {problem}")
        self.receiver, self.scenario, self.problem = receiver, scenario, problem


class UnsuitedProblemError(ReceiverError):
    """A detector cannot solve problems of this shape.

    Parameters
    ----------
    detector : str
    problem : str
        Why, in one clause.
    """

    def __init__(self, *, detector: str, problem: str) -> None:
        super().__init__(f"{detector} cannot detect this: {problem}")
        self.detector, self.problem = detector, problem


class UnknownDetectorError(ReceiverError):
    """A detector name is not in the catalog; the message lists the legal ones."""

    def __init__(self, *, name: str, legal: tuple[str, ...]) -> None:
        super().__init__(f"no detector called {name!r}; there are: {', '.join(legal)}")
        self.name, self.legal = name, legal
