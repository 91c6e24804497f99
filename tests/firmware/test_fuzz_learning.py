# SPDX-License-Identifier: Apache-2.0
"""Whatever a learner is told, the sanitized agent neither crashes nor leaves its memory."""

import hashlib
import random
import struct
from pathlib import Path

import pytest

from boards.layout import Header, OperatorRecord, seal
from tests.firmware import raw_agent
from tests.firmware.raw_agent import (
    BAD_STATE,
    LEARN_BEGIN,
    LEARN_LABELS,
    LEARN_RESUME,
    LEARN_STEP,
    NO_HEAD,
    OK,
    RUN,
)
from tests.firmware.test_fuzz import (
    EXTREMES,
    INPUT_BYTES,
    NUM_STREAMS,
    answers,
    conversation,
    mutants,
    network,
    run,
    sanitized,
)

pytestmark = pytest.mark.slow

__all__ = ["network", "sanitized"]
NUM_IN, NUM_OUT = 8, 2
SETTINGS_BYTES = 512 + 5 * (NUM_IN + 1 + NUM_OUT)
Frames = list[tuple[int, bytes]]


def test_random_settings_labels_and_rates_stay_inside_the_head(
    sanitized: Path, network: bytes
) -> None:
    """Settings are drawn so that most are taken; every input still runs afterwards."""
    rng = random.Random(1)
    num_steps = num_resumed = 0
    for _ in range(NUM_STREAMS):
        heard = answers(sanitized, learning(network, lesson(rng, network)))
        num_steps += sum(taken(heard, LEARN_STEP))
        num_resumed += sum(taken(heard, LEARN_RESUME))
        assert heard[-1][2][0] == OK

    assert num_resumed > NUM_STREAMS / 2
    assert NUM_STREAMS < num_steps < 10 * NUM_STREAMS


def test_cut_and_damaged_lessons_do_no_harm(sanitized: Path, network: bytes) -> None:
    rng = random.Random(2)
    for _ in range(NUM_STREAMS):
        data = bytearray(learning(network, lesson(rng, network)))
        for _ in range(rng.randint(1, 20)):
            at = rng.randrange(len(data))
            data[at : at + rng.choice((0, 1, 7))] = rng.randbytes(rng.choice((0, 1, 7)))
        answers(sanitized, bytes(data))


def test_mutated_images_learn_within_bounds_or_not_at_all(sanitized: Path, network: bytes) -> None:
    rng = random.Random(3)
    num_begun = num_steps = 0
    for mutant in mutants(network, rng):
        heard = answers(sanitized, learning(mutant, lesson(rng, mutant)))
        num_begun += any(taken(heard, LEARN_BEGIN))
        num_steps += any(taken(heard, LEARN_STEP))

    assert num_begun > 20
    assert num_steps > 20


@pytest.mark.parametrize(
    ("field", "refused"),
    [
        pytest.param("weights_offset", NO_HEAD, id="weights: any bytes are weights"),
        pytest.param("rescales_offset", BAD_STATE, id="rescales: operators are none, so no load"),
    ],
)
def test_a_head_that_lies_over_other_records_changes_none_of_them(
    sanitized: Path, network: bytes, field: str, refused: int
) -> None:
    """Over the operators it may not learn; over other constants what it learned is checked."""
    rng = random.Random(4)
    at = OFFSETS[field]
    first, end = Header.LAYOUT.size, len(network)
    statuses: set[int] = set()
    for offset in range(first, end - 200, 16):
        mutant = bytearray(network)
        struct.pack_into("<I", mutant, LAST + at, offset)
        image = seal(bytes(mutant))
        heard = answers(sanitized, learning(image, lesson(rng, image)))
        statuses |= {body[0] for kind, _, body in heard if kind == LEARN_BEGIN | 0x80}
        assert heard[-1][0] == RUN | 0x80

    assert {OK, refused} <= statuses


LAST = Header.LAYOUT.size + 5 * OperatorRecord.LAYOUT.size
OFFSETS = {"rescales_offset": 16, "weights_offset": 24}


def taken(heard: list[tuple[int, int, bytes]], kind: int) -> list[bool]:
    """Return of each request of a kind whether it was taken."""
    return [body[0] == OK for answer, _, body in heard if answer == kind | 0x80]


def learning(image: bytes, frames: Frames) -> bytes:
    """Load an image, run it, learn, and run it again."""
    told = b"".join(raw_agent.frame(kind, 1000 + i, body) for i, (kind, body) in enumerate(frames))
    start = conversation(image, input_bytes=INPUT_BYTES)
    return start + told + run(5000, input_bytes=INPUT_BYTES)


def lesson(rng: random.Random, image: bytes) -> Frames:
    """Draw a beginning, and steps of one slot each."""
    frames: Frames = [(LEARN_BEGIN, beginning(rng, image))]
    for _ in range(10):
        labels = b"".join(
            struct.pack("<HB", rng.choice((0, 47, 47, 48, rng.randrange(48))), rng.randrange(4))
            for _ in range(rng.choice((0, 1, 3, 40)))
        )
        x = rng.randbytes(INPUT_BYTES)
        frames += [(raw_agent.INPUT, bytes(4) + x), (RUN, b"\0"), (LEARN_LABELS, labels)]
        frames.append((LEARN_STEP, factor(rng)))
        if rng.random() < 0.2:
            frames.append((LEARN_RESUME, learned(rng)))
    return frames


def learned(rng: random.Random) -> bytes:
    """Draw what a learner may have learned, mostly within its ranges, and mostly all of it."""
    count = NUM_OUT * (NUM_IN + 1)
    velocity = rng.choice((0, 2**45, 2**45, 2**45, 2**63 - 1))
    master = rng.choice((0, 2**20, 127 << 20, 127 << 20, 2**31 - 1))
    velocities = [rng.randint(-velocity, velocity) for _ in range(count)]
    masters = [rng.randint(-master, master) for _ in range(count)]
    values = struct.pack(f"<I{count}q{count}i", rng.choice((0, 64, 65_535)), *velocities, *masters)
    return values[: rng.choice((*(len(values),) * 8, rng.randrange(len(values))))]


def beginning(rng: random.Random, image: bytes) -> bytes:
    """Draw settings, mostly within their ranges, and mostly of the right length."""
    table = b"".join(struct.pack("<H", rng.randint(0, 2**15)) for _ in range(256))
    settings = table + b"".join(factor(rng) for _ in range(NUM_IN + 1 + NUM_OUT))
    shape = struct.pack("<HBB", NUM_IN, NUM_OUT, rng.choice((0, 1, 3, 7, 7, 7, 7, 8)))
    cut = rng.choice((*(SETTINGS_BYTES,) * 8, rng.randrange(SETTINGS_BYTES)))
    return hashlib.sha256(image).digest() + shape + settings[:cut]


def factor(rng: random.Random) -> bytes:
    """Draw a factor, mostly within its range."""
    extreme = rng.choice(EXTREMES) if rng.random() < 0.01 else 2**31 - 1
    multiplier = rng.choice((0, 1, 2**30, 2**31 - 1, rng.getrandbits(31), extreme))
    return struct.pack("<IB", multiplier, rng.choice((21, 22, 25, 31, 40, 62)))
