# SPDX-License-Identifier: Apache-2.0
"""The native agent, built, and a small network to load."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from host import firmware
from tests.firmware.operators import Case, compiled, convolution_graph
from tests.firmware.raw_agent import GREETING, HELLO, OK, RawAgent
from tests.host.built_firmware import built


@pytest.fixture(scope="session")
def program() -> Path:
    """Return the agent as a process of this machine."""
    return firmware.place(built("native"))


@pytest.fixture
def agent(program: Path) -> Iterator[RawAgent]:
    """Start a native agent and greet it."""
    with RawAgent(program) as opened:
        assert opened.ask(HELLO, GREETING)[0] == OK
        yield opened


@pytest.fixture(scope="session")
def network() -> bytes:
    """Return an image of one convolution: int8 [3, 9, 8] to int8 [3, 9, 4]."""
    return compiled(convolution_graph(Case(name="", num_out=4))).data


@pytest.fixture(scope="session")
def other_network() -> bytes:
    """Return an image of another network."""
    return compiled(convolution_graph(Case(name="", num_out=6), seed=5)).data
