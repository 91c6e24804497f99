# SPDX-License-Identifier: Apache-2.0
"""Two networks of one layout, and the raw requests that patch the one halfway into the other."""

import struct

from boards.layout import seal
from tests.firmware.operators import Case, compiled, convolution_graph, inputs
from tests.firmware.raw_agent import (
    INPUT,
    OK,
    PATCH_BEGIN,
    PATCH_CHUNK,
    PATCH_COMMIT,
    RUN,
    RawAgent,
    patch_announcement,
    piece,
)

OLD_GRAPH, NEW_GRAPH = (convolution_graph(Case(name="", num_out=4), seed=seed) for seed in (1, 7))
OLD, NEW = (compiled(graph).data for graph in (OLD_GRAPH, NEW_GRAPH))
NEARLY_OLD = seal(OLD[:-1] + bytes([OLD[-1] ^ 1]))
"""Differs from the old image in its last byte, and in the seals from 12 to 48."""
X = inputs(OLD_GRAPH)
MIDDLE = len(NEW) // 2
AT_START, AT_MIDDLE, AT_END = (struct.pack("<I", n) for n in (0, MIDDLE, len(NEW)))


def chunk(offset: int, data: bytes) -> bytes:
    """Return the payload of a chunk."""
    return struct.pack("<I", offset) + data


def ran(agent: RawAgent) -> bytes:
    """Run one slot, and return its output."""
    assert agent.ask(INPUT, chunk(0, X.tobytes()))[0] == OK
    status, body = agent.ask(RUN, b"\0")
    assert status == OK
    return body[12:]


def half_patched(agent: RawAgent, *, image: bytes = NEW) -> None:
    """Load the old network, and patch the first half of it."""
    assert agent.load(OLD) == OK
    assert agent.ask(PATCH_BEGIN, patch_announcement(OLD, image)) == (OK, AT_START)
    first_half = chunk(0, piece(0, image[:MIDDLE]))
    assert agent.ask(PATCH_CHUNK, first_half) == (OK, AT_MIDDLE)


def finished(agent: RawAgent, *, image: bytes = NEW) -> tuple[int, bytes]:
    """Patch the second half, and return what the commit answers."""
    second_half = chunk(MIDDLE, piece(0, image[MIDDLE:]))
    assert agent.ask(PATCH_CHUNK, second_half) == (OK, AT_END)
    return agent.ask(PATCH_COMMIT)
