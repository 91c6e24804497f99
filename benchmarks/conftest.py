# SPDX-License-Identifier: Apache-2.0
"""Options of the benchmarks, and the figures that are told behind them."""

from collections.abc import Sequence
from pathlib import Path

import pytest

from benchmarks.cmsis_nn import Checkout, open_checkout

_Row = tuple[str, ...]
_ROWS = pytest.StashKey[list[_Row]]()
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


def pytest_terminal_summary(
    terminalreporter: pytest.TerminalReporter, config: pytest.Config
) -> None:
    """Print instructions a multiply-accumulate, ours beside CMSIS-NN's."""
    rows = config.stash.get(_ROWS, [])
    if rows:
        terminalreporter.section("instructions a multiply-accumulate")
        for line in _aligned([_HEAD, *rows]):
            terminalreporter.write_line(line)


def _aligned(rows: Sequence[_Row]) -> list[str]:
    widths = [max(len(row[i]) for row in rows) for i in range(len(_HEAD))]
    return [
        "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip()
        for row in rows
    ]
