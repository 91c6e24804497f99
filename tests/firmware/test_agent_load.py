# SPDX-License-Identifier: Apache-2.0
"""Loading an image is resumable, verified, and changes nothing until it is committed."""

import hashlib
import struct

import pytest

from tests.firmware.raw_agent import (
    BAD_ARG,
    BAD_IMAGE,
    BAD_STATE,
    GREETING,
    HELLO,
    INPUT,
    LOAD_BEGIN,
    LOAD_CHUNK,
    LOAD_COMMIT,
    OK,
    RUN,
    TOO_LARGE,
    RawAgent,
    announcement,
)

INPUT_BYTES = 3 * 9 * 8


def chunk(offset: int, data: bytes) -> bytes:
    return struct.pack("<I", offset) + data


def digest(image: bytes) -> bytes:
    return hashlib.sha256(image).digest()[:8]


def test_an_image_larger_than_its_slot_is_too_large(agent: RawAgent) -> None:
    announced = struct.pack("<II", 524_289, 0) + bytes(32)

    assert agent.ask(LOAD_BEGIN, announced)[0] == TOO_LARGE


def test_an_unfinished_load_is_resumed_where_it_stopped(agent: RawAgent, network: bytes) -> None:
    agent.ask(LOAD_BEGIN, announcement(network))
    agent.ask(LOAD_CHUNK, chunk(0, network[:100]))
    agent.ask(HELLO, GREETING)

    status, body = agent.ask(LOAD_BEGIN, announcement(network))

    assert (status, body) == (OK, struct.pack("<I", 100))
    assert agent.load(network) == OK
    assert agent.image_hash() == digest(network)


def test_another_image_starts_from_the_beginning(
    agent: RawAgent, network: bytes, other_network: bytes
) -> None:
    agent.ask(LOAD_BEGIN, announcement(network))
    agent.ask(LOAD_CHUNK, chunk(0, network[:100]))

    assert agent.ask(LOAD_BEGIN, announcement(other_network)) == (OK, bytes(4))


@pytest.mark.parametrize("offset", [0, 99, 101, 0xFFFFFFFF])
def test_a_chunk_must_start_where_the_last_one_ended(
    agent: RawAgent, network: bytes, offset: int
) -> None:
    agent.ask(LOAD_BEGIN, announcement(network))
    agent.ask(LOAD_CHUNK, chunk(0, network[:100]))

    assert agent.ask(LOAD_CHUNK, chunk(offset, b"x"))[0] == BAD_ARG


def test_the_old_image_stays_in_force_until_a_new_one_is_committed(
    agent: RawAgent, network: bytes, other_network: bytes
) -> None:
    agent.load(network)
    agent.ask(LOAD_BEGIN, announcement(other_network))
    agent.ask(LOAD_CHUNK, chunk(0, other_network[:100]))
    agent.ask(INPUT, chunk(0, bytes(INPUT_BYTES)))

    assert agent.ask(LOAD_COMMIT)[0] == BAD_STATE
    assert agent.ask(RUN, b"\0")[0] == OK
    assert agent.image_hash() == digest(network)


def test_a_damaged_image_is_refused_and_the_old_one_stays(
    agent: RawAgent, network: bytes, other_network: bytes
) -> None:
    agent.load(network)
    damaged = bytearray(other_network)
    damaged[len(damaged) // 2] ^= 1

    refused = agent.load(bytes(damaged))
    wrong_sum = agent.load(
        other_network, begin=struct.pack("<II", len(other_network), 1) + bytes(32)
    )

    assert (refused, wrong_sum) == (BAD_IMAGE, BAD_IMAGE)
    assert agent.image_hash() == digest(network)
    assert agent.ask(INPUT, chunk(0, bytes(INPUT_BYTES)))[0] == OK
    assert agent.ask(RUN, b"\0")[0] == OK
