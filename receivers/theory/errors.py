# SPDX-License-Identifier: Apache-2.0
"""The errors of the linear models: a setting in which the asked-for error has no expectation."""

from receivers.errors import ReceiverError


class TheoryError(ReceiverError):
    """A setting of a linear model makes no sense, or its error has no finite expectation."""

    def __init__(self, *, setting: str, problem: str) -> None:
        super().__init__(f"{setting}: {problem}")
        self.setting, self.problem = setting, problem
