# SPDX-License-Identifier: Apache-2.0
"""Options of the benchmarks, and the figures that are told behind them."""

from collections.abc import Sequence
from pathlib import Path

import pytest

from benchmarks.cmsis_nn import Checkout, open_checkout

_Row = tuple[str, ...]
_ROWS = pytest.StashKey[list[_Row]]()
_TRAINING = pytest.StashKey[list[_Row]]()
_HEAD = ("instructions a MAC", "ours", "published CMSIS-NN", "checkout", "checkout / ours")


def pytest_addoption(parser: pytest.Parser) -> None:
    """Take the path of a checkout that the user has."""
    parser.addoption(
        "--cmsis-nn",
        metavar="PATH",
        default=None,
        help="a checkout of CMSIS-NN, to build and count beside our kernels",
    )


@pytest.fixture(scope="session")
def checkout(request: pytest.FixtureRequest) -> Checkout | None:
    """Return the checkout that was named, None without."""
    path = request.config.getoption("--cmsis-nn")
    return None if path is None else open_checkout(Path(str(path)))


@pytest.fixture
def per_mac(request: pytest.FixtureRequest) -> list[_Row]:
    """Return the rows that are printed in the end: network and board, and a cell a column."""
    return request.config.stash.setdefault(_ROWS, [])


@pytest.fixture
def training_rows(request: pytest.FixtureRequest) -> list[_Row]:
    """Return the rows on training that are printed in the end, the headings first."""
    return request.config.stash.setdefault(_TRAINING, [])


def pytest_terminal_summary(
    terminalreporter: pytest.TerminalReporter, config: pytest.Config
) -> None:
    """Print instructions a multiply-accumulate beside CMSIS-NN's, and training beside others'."""
    rows = config.stash.get(_ROWS, [])
    told = {
        "instructions a multiply-accumulate": [_HEAD, *rows] if rows else [],
        "CPU time of a training step": config.stash.get(_TRAINING, []),
    }
    for title, lines in told.items():
        if lines:
            terminalreporter.section(title)
        for line in _aligned(lines):
            terminalreporter.write_line(line)


def _aligned(rows: Sequence[_Row]) -> list[str]:
    widths = [max(len(row[i]) for row in rows) for i in range(len(rows[0]) if rows else 0)]
    return [
        "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip()
        for row in rows
    ]
