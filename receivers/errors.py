# SPDX-License-Identifier: Apache-2.0
"""The errors of receivers: names that do not exist, weights that do not fit."""


class ReceiverError(Exception):
    """Root of this package's errors; the command line makes it one line and exit code 2."""


class UnknownReceiverError(ReceiverError):
    """A receiver name is not in the catalog; the message lists the legal ones."""

    def __init__(self, *, name: str, legal: tuple[str, ...]) -> None:
        super().__init__(f"no receiver called {name!r}; there are: {', '.join(legal)}")
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
