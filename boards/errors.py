# SPDX-License-Identifier: Apache-2.0
"""The errors of the device side: boards, graphs and images."""


class BoardError(Exception):
    """Root of every error of this package; the command line makes it one line and exit code 2."""


class BoardFileError(BoardError):
    """A board file is missing or malformed; `key` is its `table.key`."""

    def __init__(self, *, file: str, key: str, problem: str) -> None:
        place = f"{file}: {key}" if key else file
        super().__init__(f"{place}: {problem}")
        self.file, self.key, self.problem = file, key, problem


class UnknownBoardError(BoardError):
    """A board name is not in the catalog; the message lists the legal ones."""

    def __init__(self, *, name: str, legal: tuple[str, ...]) -> None:
        super().__init__(f"no board called {name!r}; there are: {', '.join(legal)}")
        self.name, self.legal = name, legal


class GraphError(BoardError):
    """A network cannot be imported, quantized or compiled; the message names every bad node."""


class ImageError(BoardError):
    """An image file is damaged, of another version, or does not fit its board."""


class PatchError(BoardError):
    """No patch leads from one image to another, or it meets another image than it was made for."""
