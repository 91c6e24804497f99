# SPDX-License-Identifier: Apache-2.0
"""Whatever the agent is told, it neither crashes nor touches memory that is not its own.

The agent is built with the address and undefined-behaviour sanitizers, which end it at the first
fault; `--stdio` takes everything at once.
"""

import math
import random
import struct
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from boards import image, memory
from boards.compress import int8
from boards.layout import Header, OperatorRecord, RescaleRecord, seal
from tests.boards.networks import calibration_slots, residual_network
from tests.firmware import raw_agent
from tests.firmware.raw_agent import (
    HELLO,
    INPUT,
    LOAD_BEGIN,
    LOAD_CHUNK,
    LOAD_COMMIT,
    OK,
    PATCH_BEGIN,
    PATCH_CHUNK,
    PATCH_COMMIT,
    RAW,
    RUN,
    TALLY,
)
from tests.firmware.test_operators import KINDS, drawn
from tests.host.built_firmware import ROOT

pytestmark = pytest.mark.slow

NUM_STREAMS = 60
NUM_MUTANTS = 400
NUM_DRAWN, NUM_OPERATOR_MUTANTS = 3, 30
HEADER_BYTES = Header.LAYOUT.size
INPUT_BYTES = 6 * 8 * 3
EXTREMES = (0, 1, 2, 0x7F, 0x80, 0xFF, 0x7FFF, 0xFFFF, 0x7FFFFFFF, 0x80000000, 0xFFFFFFFF)


@pytest.fixture(scope="module")
def sanitized() -> Path:
    command = ["make", "-s", "-C", str(ROOT / "firmware"), "BOARD=native", "SANITIZE=1"]
    subprocess.run(command, check=True)
    return ROOT / "build" / "firmware" / "native-sanitize" / "airloop-agent"


@pytest.fixture(scope="module")
def network() -> bytes:
    graph = int8.quantize(residual_network(), calibration_slots(num_slots=4))
    return image.compile(graph, memory.plan(graph)).data


def answers(program: Path, data: bytes) -> list[tuple[int, int, bytes]]:
    """Feed the agent, and return what it said until its input ended."""
    done = subprocess.run(
        [str(program), "--stdio"], input=data, capture_output=True, timeout=120, check=False
    )
    assert done.returncode == 0, done.stderr.decode(errors="replace")[-3000:]
    return [raw_agent.parse(encoded) for encoded in done.stdout.split(b"\0") if encoded]


def test_random_bytes_do_no_harm(sanitized: Path) -> None:
    rng = random.Random(1)
    for _ in range(NUM_STREAMS):
        answers(sanitized, rng.randbytes(rng.choice((10, 1000, 20_000))))


def test_frames_with_random_contents_are_all_answered(sanitized: Path) -> None:
    """RAW is left out: behind it come unframed bytes."""
    rng = random.Random(2)
    kinds = [kind for kind in range(TALLY + 1) if kind != RAW]
    frames = [
        raw_agent.frame(
            rng.choice([*kinds, 0x77]), seq, rng.randbytes(rng.choice((0, 1, 4, 40, 8192)))
        )
        for seq in range(3000)
    ]

    assert len(answers(sanitized, b"".join(frames))) == len(frames)


def test_cut_and_damaged_conversations_do_no_harm(sanitized: Path, network: bytes) -> None:
    rng = random.Random(3)
    whole = conversation(network, input_bytes=INPUT_BYTES) + patching(network, altered(network))
    for _ in range(NUM_STREAMS):
        data = bytearray(whole)
        for _ in range(rng.randint(1, 20)):
            at = rng.randrange(len(data))
            data[at : at + rng.choice((0, 1, 7))] = rng.randbytes(rng.choice((0, 1, 7)))
        answers(sanitized, bytes(data))


def test_mutated_images_are_refused_or_run_within_bounds(sanitized: Path, network: bytes) -> None:
    """The checksums of each mutant are right: what protects the agent is its validator."""
    num_run = 0
    for mutant in mutants(network, random.Random(4)):
        heard = answers(sanitized, conversation(mutant, input_bytes=INPUT_BYTES))
        num_run += any(kind == RUN | 0x80 and payload[0] == 0 for kind, _, payload in heard)

    assert 0 < num_run < NUM_MUTANTS // 2


@pytest.mark.parametrize("name", KINDS)
def test_mutants_of_every_operator_are_refused_or_run_within_bounds(
    sanitized: Path, name: str
) -> None:
    for seed in range(NUM_DRAWN):
        _, drawn_image, _ = drawn(name, seed)
        input_bytes = math.prod(drawn_image.input_shape)
        for mutant in mutants(drawn_image.data, random.Random(seed), number=NUM_OPERATOR_MUTANTS):
            answers(sanitized, conversation(mutant, input_bytes=input_bytes))


def test_patches_to_mutated_images_are_refused_or_run_within_bounds(
    sanitized: Path, network: bytes
) -> None:
    """What is refused at the commit leaves the network from before, so that every input runs."""
    num_in_force = 0
    for mutant in mutants(network, random.Random(5)):
        data = conversation(network, input_bytes=INPUT_BYTES) + patching(network, mutant)
        heard = answers(sanitized, data + run(1, input_bytes=INPUT_BYTES))
        (committed,) = [payload[0] for kind, _, payload in heard if kind == PATCH_COMMIT | 0x80]
        num_in_force += committed == OK
        if committed != OK:
            assert heard[-1][2][0] == OK

    assert 0 < num_in_force < NUM_MUTANTS // 2


def test_random_pieces_stay_inside_the_slot(sanitized: Path, network: bytes) -> None:
    """Heads are drawn where lengths and skips are about those of image and frame, or extreme."""
    rng = random.Random(6)
    num_taken = 0
    for _ in range(NUM_STREAMS):
        frames = [
            raw_agent.frame(PATCH_BEGIN, 100, raw_agent.patch_announcement(network, network)),
            *(raw_agent.frame(PATCH_CHUNK, 101 + i, pieces(rng, network)) for i in range(50)),
            raw_agent.frame(PATCH_COMMIT, 99),
        ]
        data = conversation(network, input_bytes=INPUT_BYTES) + b"".join(frames)
        heard = answers(sanitized, data + run(1, input_bytes=INPUT_BYTES))
        chunks = [payload for kind, _, payload in heard if kind == PATCH_CHUNK | 0x80]
        num_taken += sum(payload[0] == OK for payload in chunks)
        assert heard[-1][2][0] == OK
        assert len(chunks) == 50

    assert 0 < num_taken < 25 * NUM_STREAMS


def pieces(rng: random.Random, network: bytes) -> bytes:
    """Draw the payload of a PATCH_CHUNK, mostly behind offset 0."""
    drawn = bytearray(struct.pack("<I", rng.choice((0, 0, 0, 1, len(network), 0xFFFFFFFF))))
    for _ in range(rng.randint(0, 4)):
        data = rng.randbytes(rng.choice((0, 1, 100, len(network))))
        length = rng.choice((len(data), len(data), len(data), len(data) + 1, *EXTREMES))
        skip = rng.choice((0, 0, 1, 127, 128, len(network), rng.randrange(len(network)), *EXTREMES))
        drawn += raw_agent.number(skip) + raw_agent.number(length) + data
    return bytes(drawn)


def altered(network: bytes) -> bytes:
    """Return the network with another last weight."""
    return seal(network[:-1] + bytes([network[-1] ^ 1]))


def patching(old: bytes, new: bytes) -> bytes:
    """Patch a network that is in force, in frames of 500 bytes."""
    chunks = [
        (PATCH_CHUNK, struct.pack("<I", at) + raw_agent.piece(0, new[at : at + 500]))
        for at in range(0, len(new), 500)
    ]
    requests = [
        (PATCH_BEGIN, raw_agent.patch_announcement(old, new)),
        *chunks,
        (PATCH_COMMIT, b""),
    ]
    return b"".join(raw_agent.frame(kind, 200 + i, body) for i, (kind, body) in enumerate(requests))


def run(first_seq: int, *, input_bytes: int) -> bytes:
    """Give the network input, and run it."""
    x = bytes(i % 256 for i in range(input_bytes))
    requests = [(INPUT, bytes(4) + x), (RUN, b"\1")]
    return b"".join(
        raw_agent.frame(kind, first_seq + i, body) for i, (kind, body) in enumerate(requests)
    )


def conversation(data: bytes, *, input_bytes: int) -> bytes:
    """Load an image, give it input, run it."""
    chunks = [
        (LOAD_CHUNK, struct.pack("<I", offset) + data[offset : offset + 1000])
        for offset in range(0, len(data), 1000)
    ]
    requests = [
        (HELLO, raw_agent.GREETING),
        (LOAD_BEGIN, raw_agent.announcement(data)),
        *chunks,
        (LOAD_COMMIT, b""),
    ]
    loading = (raw_agent.frame(kind, i, body) for i, (kind, body) in enumerate(requests))
    return b"".join(loading) + run(len(requests), input_bytes=input_bytes)


def mutants(network: bytes, rng: random.Random, *, number: int = NUM_MUTANTS) -> Iterator[bytes]:
    """Yield images with one or two fields of header, operators or first tables overwritten."""
    header = Header.unpack(network)
    records_end = HEADER_BYTES + header.num_operators * OperatorRecord.LAYOUT.size
    first_table = records_end + -records_end % 16
    table_end = min(first_table + 8 * RescaleRecord.LAYOUT.size, len(network))
    for _ in range(number):
        data = bytearray(network)
        for _ in range(rng.randint(1, 2)):
            start, end = rng.choice(
                (
                    (48, HEADER_BYTES),
                    (HEADER_BYTES, records_end),
                    (HEADER_BYTES, records_end),
                    (first_table, table_end) if table_end > first_table else (48, HEADER_BYTES),
                )
            )
            width = rng.choice((1, 2, 4))
            at = rng.randrange(start // width, end // width) * width
            old = int.from_bytes(data[at : at + width], "little")
            new = rng.choice((*EXTREMES, old + 1, old - 1, old * 2, rng.getrandbits(32)))
            data[at : at + width] = (new % (1 << 8 * width)).to_bytes(width, "little")
        yield seal(bytes(data))
