# SPDX-License-Identifier: Apache-2.0
"""Options of the benchmarks."""

from pathlib import Path

import pytest

from benchmarks.cmsis_nn import Checkout, open_checkout


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
