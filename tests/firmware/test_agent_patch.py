# SPDX-License-Identifier: Apache-2.0
"""Patching is resumable, verified, and the network in force runs on until it is committed."""

import hashlib
import struct
from dataclasses import replace

import numpy as np
import pytest

from boards.layout import Header, seal
from tests.firmware.half_patch import (
    AT_END,
    AT_MIDDLE,
    AT_START,
    MIDDLE,
    NEARLY_OLD,
    NEW,
    OLD,
    X,
    chunk,
    finished,
    half_patched,
    ran,
)
from tests.firmware.raw_agent import (
    BAD_ARG,
    BAD_IMAGE,
    BAD_STATE,
    GREETING,
    HELLO,
    INPUT,
    OK,
    OUTPUT,
    PATCH_BEGIN,
    PATCH_CHUNK,
    PATCH_COMMIT,
    RUN,
    WRONG_BASE,
    WRONG_VERSION,
    RawAgent,
    patch_announcement,
    piece,
)


def test_the_old_network_runs_between_all_frames_and_the_new_one_after_the_commit(
    agent: RawAgent, old_output: bytes, new_output: bytes
) -> None:
    half_patched(agent)
    during = ran(agent)

    committed = finished(agent)

    assert during == old_output != new_output == ran(agent)
    assert committed == (OK, hashlib.sha256(NEW).digest()[:8])
    assert agent.image_hash() == committed[1]


def test_pieces_share_a_frame_and_skip_what_stays(agent: RawAgent, new_output: bytes) -> None:
    agent.load(OLD)
    agent.ask(PATCH_BEGIN, patch_announcement(OLD, NEW))
    differing = [i for i in range(len(OLD)) if OLD[i] != NEW[i]]
    skips = np.diff([-1, *differing]) - 1
    pieces = b"".join(
        piece(int(skip), NEW[i : i + 1]) for i, skip in zip(differing, skips, strict=True)
    )

    status, body = agent.ask(PATCH_CHUNK, chunk(0, pieces))

    assert (status, body) == (OK, struct.pack("<I", differing[-1] + 1))
    assert len(differing) < len(OLD)
    assert agent.ask(PATCH_COMMIT)[0] == OK
    assert ran(agent) == new_output


def test_an_input_goes_on_across_the_frames_of_a_patch(agent: RawAgent, old_output: bytes) -> None:
    agent.load(OLD)
    data = X.tobytes()
    agent.ask(INPUT, chunk(0, data[:100]))
    half_patch = [
        agent.ask(PATCH_BEGIN, patch_announcement(OLD, NEW))[0],
        agent.ask(INPUT, chunk(100, data[100:]))[0],
        agent.ask(PATCH_CHUNK, chunk(0, piece(0, NEW[:MIDDLE])))[0],
        agent.ask(RUN, b"\0")[0],
        agent.ask(PATCH_CHUNK, chunk(MIDDLE, piece(0, NEW[MIDDLE:])))[0],
    ]

    output = agent.ask(OUTPUT, struct.pack("<IH", 0, len(old_output)))

    assert half_patch == [OK] * 5
    assert output == (OK, old_output)


def test_a_commit_forgets_the_input_of_the_network_before(agent: RawAgent) -> None:
    half_patched(agent)
    agent.ask(INPUT, chunk(0, X.tobytes()))

    assert finished(agent)[0] == OK
    assert agent.ask(RUN, b"\0")[0] == BAD_STATE


def test_a_patch_of_another_network_is_refused(agent: RawAgent, old_output: bytes) -> None:
    agent.load(OLD)

    assert agent.ask(PATCH_BEGIN, patch_announcement(NEW, OLD))[0] == WRONG_BASE
    assert agent.ask(PATCH_CHUNK, chunk(0, piece(0, b"x")))[0] == BAD_STATE
    assert agent.ask(PATCH_COMMIT)[0] == BAD_STATE
    assert ran(agent) == old_output


@pytest.mark.parametrize("change", [-16, 16])
def test_a_patch_keeps_the_length(agent: RawAgent, change: int) -> None:
    agent.load(OLD)
    other_length = (NEW + bytes(16))[: len(NEW) + change]

    assert agent.ask(PATCH_BEGIN, patch_announcement(OLD, other_length))[0] == BAD_ARG


@pytest.mark.parametrize(
    "bad",
    [
        pytest.param(b"\x05", id="a skip without a length"),
        pytest.param(b"\x80", id="a number cut short"),
        pytest.param(b"\x80\x80\x80\x80\x00\x01x", id="a number of five bytes"),
        pytest.param(b"\x00\x00", id="an empty piece"),
        pytest.param(b"\x00\x05abcd", id="fewer bytes than announced"),
        pytest.param(piece(len(NEW) - 49, b"x"), id="behind the image"),
        pytest.param(piece(len(NEW) - 50, b"xy"), id="across the end of the image"),
        pytest.param(piece((1 << 28) - 1, b"x"), id="the largest skip"),
        pytest.param(b"\x00\xff\xff\xff\x7fxy", id="the largest length"),
    ],
)
def test_a_frame_with_a_bad_piece_changes_nothing(agent: RawAgent, bad: bytes) -> None:
    """The good piece before it, had it been written, would show in the checksum."""
    agent.load(OLD)
    agent.ask(PATCH_BEGIN, patch_announcement(OLD, NEARLY_OLD))
    agent.ask(PATCH_CHUNK, chunk(0, piece(12, NEARLY_OLD[12:48])))

    refused = agent.ask(PATCH_CHUNK, chunk(48, piece(0, bytes([OLD[48] ^ 0xFF])) + bad))
    resumed = agent.ask(PATCH_BEGIN, patch_announcement(OLD, NEARLY_OLD))
    rest = piece(len(OLD) - 49, NEARLY_OLD[-1:])

    assert refused[0] == BAD_ARG
    assert resumed == (OK, struct.pack("<I", 48))
    assert agent.ask(PATCH_CHUNK, chunk(48, rest)) == (OK, AT_END)
    assert agent.ask(PATCH_COMMIT)[0] == OK


@pytest.mark.parametrize("offset", [0, MIDDLE - 1, MIDDLE + 1, 0xFFFFFFFF])
def test_pieces_must_start_where_the_last_ones_ended(agent: RawAgent, offset: int) -> None:
    half_patched(agent)

    assert agent.ask(PATCH_CHUNK, chunk(offset, piece(0, b"x")))[0] == BAD_ARG


def test_an_unfinished_patch_is_resumed_where_it_stopped(
    agent: RawAgent, new_output: bytes
) -> None:
    half_patched(agent)
    agent.ask(HELLO, GREETING)

    resumed = agent.ask(PATCH_BEGIN, patch_announcement(OLD, NEW))

    assert resumed == (OK, AT_MIDDLE)
    assert finished(agent)[0] == OK
    assert ran(agent) == new_output


def test_a_patch_to_another_image_starts_afresh_from_the_image_in_force(agent: RawAgent) -> None:
    half_patched(agent)
    pieces = piece(12, NEARLY_OLD[12:48]) + piece(len(OLD) - 49, NEARLY_OLD[-1:])

    begun = agent.ask(PATCH_BEGIN, patch_announcement(OLD, NEARLY_OLD))

    assert begun == (OK, AT_START)
    assert agent.ask(PATCH_CHUNK, chunk(0, pieces)) == (OK, AT_END)
    assert agent.ask(PATCH_COMMIT) == (OK, hashlib.sha256(NEARLY_OLD).digest()[:8])


@pytest.mark.parametrize("end", [0, MIDDLE])
def test_a_patch_committed_too_early_is_refused_and_dropped(
    agent: RawAgent, old_output: bytes, end: int
) -> None:
    agent.load(OLD)
    agent.ask(PATCH_BEGIN, patch_announcement(OLD, NEW))
    if end:
        agent.ask(PATCH_CHUNK, chunk(0, piece(0, NEW[:end])))

    assert agent.ask(PATCH_COMMIT) == (BAD_IMAGE, b"")
    assert agent.ask(PATCH_COMMIT)[0] == BAD_STATE
    assert agent.ask(PATCH_BEGIN, patch_announcement(OLD, NEW)) == (OK, AT_START)
    assert ran(agent) == old_output
    assert agent.image_hash() == hashlib.sha256(OLD).digest()[:8]


def test_a_damaged_patch_is_refused_and_the_old_network_stays(
    agent: RawAgent, old_output: bytes
) -> None:
    damaged = bytearray(NEW)
    damaged[MIDDLE + 1] ^= 1
    half_patched(agent)

    assert finished(agent, image=bytes(damaged)) == (BAD_IMAGE, b"")
    assert ran(agent) == old_output
    assert agent.image_hash() == hashlib.sha256(OLD).digest()[:8]


@pytest.mark.parametrize(
    ("invalid", "status"),
    [
        pytest.param(
            OLD[:128] + bytes([99]) + OLD[129:],
            BAD_IMAGE,
            id="an operator that does not exist",
        ),
        pytest.param(
            replace(Header.unpack(OLD), version=9).pack() + OLD[128:],
            WRONG_VERSION,
            id="an image of another version",
        ),
    ],
)
def test_an_invalid_image_is_refused_and_the_old_network_stays(
    agent: RawAgent, old_output: bytes, invalid: bytes, status: int
) -> None:
    """All its checksums are right; what refuses it is the validator."""
    image = seal(invalid)
    half_patched(agent, image=image)

    assert finished(agent, image=image) == (status, b"")
    assert ran(agent) == old_output
