# SPDX-License-Identifier: Apache-2.0
"""Loads and patches share a slot: one gives up the other, and what was in force is still there."""

import hashlib
import struct
import zlib

from tests.firmware.half_patch import (
    AT_END,
    AT_START,
    MIDDLE,
    NEW,
    OLD,
    chunk,
    finished,
    half_patched,
    ran,
)
from tests.firmware.raw_agent import (
    BAD_IMAGE,
    BAD_STATE,
    LOAD_BEGIN,
    LOAD_CHUNK,
    LOAD_COMMIT,
    OK,
    PATCH_BEGIN,
    PATCH_CHUNK,
    PATCH_COMMIT,
    RESET,
    RawAgent,
    announcement,
    patch_announcement,
    piece,
)


def test_beginning_a_load_gives_up_a_patch_and_starts_at_zero(
    agent: RawAgent, new_output: bytes
) -> None:
    half_patched(agent)

    begun = agent.ask(LOAD_BEGIN, announcement(NEW))

    assert begun == (OK, AT_START)
    assert agent.ask(PATCH_CHUNK, chunk(MIDDLE, piece(0, NEW[MIDDLE:])))[0] == BAD_STATE
    assert agent.load(NEW) == OK
    assert ran(agent) == new_output


def test_beginning_a_patch_gives_up_a_load_and_starts_at_zero(
    agent: RawAgent, old_output: bytes
) -> None:
    agent.load(OLD)
    agent.ask(LOAD_BEGIN, announcement(NEW))
    agent.ask(LOAD_CHUNK, chunk(0, NEW[:100]))

    begun = agent.ask(PATCH_BEGIN, patch_announcement(OLD, NEW))

    assert begun == (OK, AT_START)
    assert agent.ask(LOAD_CHUNK, chunk(100, NEW[100:]))[0] == BAD_STATE
    assert agent.ask(LOAD_COMMIT)[0] == BAD_STATE
    assert agent.ask(LOAD_BEGIN, announcement(NEW)) == (OK, AT_START)
    assert ran(agent) == old_output


def test_a_reset_drops_the_patch(agent: RawAgent) -> None:
    half_patched(agent)

    assert agent.ask(RESET)[0] == OK
    assert agent.ask(PATCH_COMMIT)[0] == BAD_STATE
    assert agent.ask(PATCH_BEGIN, patch_announcement(OLD, NEW))[0] == BAD_STATE


def test_the_network_before_the_patch_comes_back_without_a_byte(
    agent: RawAgent, old_output: bytes, new_output: bytes
) -> None:
    half_patched(agent)
    finished(agent)

    for image, output in ((OLD, old_output), (NEW, new_output)):
        assert agent.ask(LOAD_BEGIN, announcement(image)) == (OK, AT_END)
        assert agent.ask(LOAD_COMMIT)[0] == OK
        assert ran(agent) == output
        assert agent.image_hash() == hashlib.sha256(image).digest()[:8]


def test_a_refused_image_does_not_come_back(agent: RawAgent, old_output: bytes) -> None:
    half_patched(agent)
    wrong_sum = struct.pack("<II", len(NEW), zlib.crc32(NEW) ^ 1) + bytes(32)
    assert agent.load(NEW, begin=wrong_sum) == BAD_IMAGE

    assert agent.ask(LOAD_BEGIN, wrong_sum) == (OK, AT_START)
    assert ran(agent) == old_output
