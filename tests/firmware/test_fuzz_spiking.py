# SPDX-License-Identifier: Apache-2.0
"""Whatever events and images of spiking networks hold, the agent keeps to its own memory.

The agent is built with the address and undefined-behaviour sanitizers: a sum that leaves int32 ends
it as well.
"""

import random
import struct
from pathlib import Path

import numpy as np
import pytest

from boards.layout import Header, OperatorRecord, seal
from snn.events.packing import pack
from snn.integer.image import compile_network
from tests.firmware import raw_agent
from tests.firmware.raw_agent import (
    EVENTS,
    HELLO,
    LOAD_BEGIN,
    LOAD_CHUNK,
    LOAD_COMMIT,
    OK,
    OUTPUT,
    TALLY,
)
from tests.firmware.test_fuzz import EXTREMES, answers, sanitized
from tests.snn.integer.spiking_cases import CASES, Case, drawn, events

pytestmark = pytest.mark.slow

__all__ = ["sanitized"]

NUM_MUTANTS, NUM_STREAMS, NUM_PIECES = 150, 20, 60
SMALL = Case(name="", sizes=(5, 6, 3), is_recurrent=True)


def loading(image: bytes) -> list[tuple[int, bytes]]:
    """Return the requests that put an image in force."""
    chunks = [
        (LOAD_CHUNK, struct.pack("<I", at) + image[at : at + 1000])
        for at in range(0, len(image), 1000)
    ]
    return [
        (HELLO, raw_agent.GREETING),
        (LOAD_BEGIN, raw_agent.announcement(image)),
        *chunks,
        (LOAD_COMMIT, b""),
    ]


def framed(requests: list[tuple[int, bytes]]) -> bytes:
    """Return the bytes of requests, one behind the other."""
    return b"".join(raw_agent.frame(kind, i, body) for i, (kind, body) in enumerate(requests))


def whole_window(case: Case) -> list[tuple[int, bytes]]:
    """Return requests that run a window as an image of the case takes it."""
    steps = pack(events(case)[:, 0])
    return [
        (EVENTS, struct.pack("<IHB", 0, len(steps), 1) + b"".join(steps)),
        (TALLY, bytes(2)),
        (OUTPUT, struct.pack("<IH", 0, 4)),
    ]


def mutant(image: bytes, rng: random.Random) -> bytes:
    """Return an image with a field of header, operators or neurons overwritten, and sealed."""
    header = Header.unpack(image)
    operators_end = Header.LAYOUT.size + header.num_operators * OperatorRecord.LAYOUT.size
    ranges = ((48, Header.LAYOUT.size), (Header.LAYOUT.size, operators_end))
    data = bytearray(image)
    for _ in range(rng.randint(1, 2)):
        start, end = rng.choice((*ranges, ranges[1], (operators_end, len(image))))
        width = rng.choice((1, 2, 4))
        at = rng.randrange(start // width, end // width) * width
        old = int.from_bytes(data[at : at + width], "little")
        new = rng.choice((*EXTREMES, old + 1, old - 1, old * 2, rng.getrandbits(32)))
        data[at : at + width] = (new % (1 << 8 * width)).to_bytes(width, "little")
    return seal(bytes(data))


@pytest.mark.parametrize("case", [SMALL, CASES[0], CASES[3]], ids=["small", "two", "one state"])
def test_mutated_images_are_refused_or_run_within_bounds(sanitized: Path, case: Case) -> None:
    rng, image = random.Random(1), compile_network(drawn(case)).data
    num_run = 0
    for _ in range(NUM_MUTANTS):
        requests = loading(mutant(image, rng)) + 2 * whole_window(case)
        heard = answers(sanitized, framed(requests))
        num_run += any(kind == EVENTS | 0x80 and body[0] == OK for kind, _, body in heard)

    assert 0 < num_run < NUM_MUTANTS


def test_random_pieces_are_taken_whole_or_refused_and_the_agent_lives(sanitized: Path) -> None:
    rng, image = random.Random(2), compile_network(drawn(SMALL)).data
    seen: set[int] = set()
    for _ in range(NUM_STREAMS):
        pieces = [(EVENTS, _piece(rng)) for _ in range(NUM_PIECES)]
        heard = answers(sanitized, framed(loading(image) + pieces + whole_window(SMALL)))
        told = [body[0] for kind, _, body in heard if kind == EVENTS | 0x80]
        assert len(told) == NUM_PIECES + 1
        assert told[-1] == OK
        seen |= set(told)

    assert seen == {OK, raw_agent.BAD_ARG, raw_agent.TOO_LARGE}


def _piece(rng: random.Random) -> bytes:
    """Draw a piece that is mostly one of the network's own, or nearly."""
    counts = np.array([[rng.choice((0, 0, 1, 3)) for _ in range(5)] for _ in range(3)], np.uint8)
    data = bytearray(b"".join(pack(counts)))
    if rng.random() < 0.5:
        at = rng.randrange(len(data))
        data[at : at + rng.choice((0, 1))] = rng.randbytes(rng.choice((0, 1, 3)))
    first = rng.choice((0, 0, 3, 6, rng.choice(EXTREMES)))
    num_steps = rng.choice((3, 3, 3, 2, rng.choice(EXTREMES) % 65536))
    return struct.pack("<IHB", first, num_steps, rng.choice((0, 0, 1, 255))) + bytes(data)
