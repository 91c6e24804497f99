# SPDX-License-Identifier: Apache-2.0
"""Whatever the text front hears, it answers every command, within bounds, and frames come back.

The agent is built with sanitizers, as in `test_fuzz.py`.
"""

import random
import subprocess
from pathlib import Path

import pytest

from boards.layout import Header
from tests.firmware import raw_agent
from tests.firmware.command_streams import READY, stream
from tests.firmware.raw_agent import HELLO, OK, TEXT
from tests.firmware.test_fuzz import conversation, mutants
from tests.firmware.text_front import ENERGY, UNSIGNED, text
from tests.host.built_firmware import ROOT

pytestmark = pytest.mark.slow

NUM_STREAMS, STREAMS_A_PROCESS = 1000, 50
NUM_MUTANTS = 300


@pytest.fixture(scope="module")
def sanitized() -> Path:
    command = ["make", "-s", "-C", str(ROOT / "firmware"), "BOARD=native", "SANITIZE=1"]
    subprocess.run(command, check=True)
    return ROOT / "build" / "firmware" / "native-sanitize" / "airloop-agent"


def pieces_of(program: Path, data: bytes) -> list[bytes]:
    """Feed the agent; return what it said, cut at its zero bytes."""
    done = subprocess.run(
        [str(program), "--stdio"], input=data, capture_output=True, timeout=120, check=False
    )
    assert done.returncode == 0, done.stderr.decode(errors="replace")[-3000:]
    return done.stdout.split(b"\0")


def visit(rng: random.Random, *, seq: int, num_bytes: int) -> tuple[bytes, int]:
    """Return a visit to the text, and how many of its commands a percent sign ends."""
    payload = text(flags=rng.choice((0, ENERGY, UNSIGNED, ENERGY | UNSIGNED)))
    heard = stream(rng, num_bytes=num_bytes).replace(b"\0", b"") + b"%name%"
    request = raw_agent.frame(TEXT, seq, payload)
    greeting = raw_agent.frame(HELLO, seq + 1, raw_agent.GREETING)
    return request + heard + b"\0" + greeting, heard.count(b"%")


@pytest.mark.parametrize("seed", range(NUM_STREAMS // STREAMS_A_PROCESS))
def test_every_command_of_a_random_stream_is_answered(
    sanitized: Path, network: bytes, seed: int
) -> None:
    rng = random.Random(seed)
    num_bytes = Header.unpack(network).input.num_bytes
    loading = conversation(network, input_bytes=num_bytes)
    visits = [visit(rng, seq=1000 + 2 * i, num_bytes=num_bytes) for i in range(STREAMS_A_PROCESS)]

    said = pieces_of(sanitized, loading + b"".join(data for data, _ in visits))

    heard = said[-1 - 3 * STREAMS_A_PROCESS : -1]
    for i, (_, num_commands) in enumerate(visits):
        accepted, answers, greeted = heard[3 * i : 3 * i + 3]
        assert raw_agent.parse(accepted) == (TEXT | 0x80, 1000 + 2 * i, bytes([OK]))
        assert answers.count(READY) == 1 + num_commands
        assert answers.endswith(b"m-name-dut-[native]\r\n" + READY)
        assert raw_agent.parse(greeted)[2][0] == OK


def test_streams_with_zero_bytes_do_no_harm(sanitized: Path, network: bytes) -> None:
    rng = random.Random(1)
    num_bytes = Header.unpack(network).input.num_bytes
    data = conversation(network, input_bytes=num_bytes)
    for i in range(200):
        request = raw_agent.frame(TEXT, 1000 + i, text())
        data += request + stream(rng, num_bytes=num_bytes) + rng.randbytes(20) + b"\0"

    greeting = raw_agent.frame(HELLO, 9, raw_agent.GREETING)
    said = pieces_of(sanitized, data + b"\0" + greeting)

    assert raw_agent.parse(said[-2])[:2] == (HELLO | 0x80, 9)


def test_mutated_images_answer_in_text_within_bounds(sanitized: Path, network: bytes) -> None:
    """Scales, zero points and shapes that the validator lets pass are the text front's to judge."""
    num_bytes = Header.unpack(network).input.num_bytes
    num_served = 0
    rng = random.Random(2)
    for mutant in mutants(network, rng, number=NUM_MUTANTS):
        in_force = max(1, Header.unpack(mutant).input.num_bytes)
        loads = "".join(
            f"db {'5a' * min(31, in_force - i)}%" for i in range(0, min(in_force, 9000), 31)
        )
        commands = f"db load {in_force}%{loads}infer 2 1%results%db print%".encode()
        payload = text(flags=rng.choice((0, UNSIGNED, 2)))
        data = conversation(mutant, input_bytes=num_bytes)
        said = pieces_of(sanitized, data + raw_agent.frame(TEXT, 500, payload) + commands + b"\0")
        num_served += any(b"m-results-[" in one for one in said)

    assert 0 < num_served < NUM_MUTANTS
