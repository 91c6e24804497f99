# SPDX-License-Identifier: Apache-2.0
"""Boards with their firmware built, for tests that open them."""

import pytest

from boards.board import Board
from tests.host.built_firmware import built


@pytest.fixture(scope="session")
def native() -> Board:
    """Return the board that is a process of this machine."""
    return built("native")


@pytest.fixture(scope="session", params=["mps2-an386", "mps2-an500"])
def emulated(request: pytest.FixtureRequest) -> Board:
    """Return each emulated board."""
    return built(str(request.param))
