# SPDX-License-Identifier: Apache-2.0
"""The native agent, built, and a small network to load."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from boards import reference
from host import firmware
from tests.firmware import half_patch
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


@pytest.fixture(scope="session")
def old_output() -> bytes:
    """Return what the network makes of the input that `half_patch` has, before it is patched."""
    return bytes(reference.run(half_patch.OLD_GRAPH, half_patch.X).tobytes())


@pytest.fixture(scope="session")
def new_output() -> bytes:
    """Return what it makes of it afterwards."""
    return bytes(reference.run(half_patch.NEW_GRAPH, half_patch.X).tobytes())
