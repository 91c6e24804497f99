# SPDX-License-Identifier: Apache-2.0
"""The agent executes each request once, in order, and refuses what makes no sense."""

import struct
import zlib

import numpy as np
import pytest

from boards import reference
from tests.firmware import raw_agent
from tests.firmware.operators import Case, convolution_graph, inputs
from tests.firmware.raw_agent import (
    BAD_ARG,
    BAD_STATE,
    COUNTERS,
    FAULT,
    GREETING,
    HELLO,
    INPUT,
    LOAD_BEGIN,
    LOAD_CHUNK,
    LOAD_COMMIT,
    OK,
    OUTPUT,
    PATCH_BEGIN,
    PATCH_CHUNK,
    PATCH_COMMIT,
    PROFILE,
    RAW,
    RESET,
    RUN,
    UNKNOWN,
    WRONG_VERSION,
    RawAgent,
    announcement,
    patch_announcement,
)

INPUT_BYTES, OUTPUT_BYTES = 3 * 9 * 8, 3 * 9 * 4
CONV_2D_KIND = 1


def chunk(offset: int, data: bytes) -> bytes:
    return struct.pack("<I", offset) + data


def test_hello_tells_who_the_device_is(agent: RawAgent) -> None:
    status, body = agent.ask(HELLO, GREETING)

    version, max_payload, image_bytes, arena_bytes, clock_hz, tick_bits, flags = struct.unpack_from(
        "<HHIIIBI", body
    )
    assert status == OK
    assert (version, max_payload) == (2, 8192)
    assert (image_bytes, arena_bytes) == (524_288, 524_288)
    assert (clock_hz, tick_bits) == (0, 0)  # a process has no clock to trust
    assert flags == 1
    assert body[21:29] != bytes(8)
    assert body[29:36] == b"\x06native"
    assert body[36:44] == bytes(8)


def test_hello_answers_hosts_of_other_versions_and_tells_its_own(agent: RawAgent) -> None:
    status, body = agent.ask(HELLO, struct.pack("<H", 1))

    assert status == WRONG_VERSION
    assert struct.unpack_from("<H", body) == (2,)


def test_a_network_runs_as_the_reference_does(agent: RawAgent, network: bytes) -> None:
    graph = convolution_graph(Case(name="", num_out=4))
    x = inputs(graph)

    assert agent.load(network) == OK
    assert agent.ask(INPUT, chunk(0, x.tobytes())) == (OK, struct.pack("<I", INPUT_BYTES))
    status, body = agent.ask(RUN, b"\0")

    assert status == OK
    assert struct.unpack_from("<QI", body) == (0, OUTPUT_BYTES)
    y = np.frombuffer(body[12:], np.int8).reshape(3, 9, 4)
    np.testing.assert_array_equal(y, reference.run(graph, x))
    assert agent.ask(OUTPUT, struct.pack("<IH", 10, 20)) == (OK, body[22:42])


def test_a_repeated_request_is_answered_word_for_word_and_not_executed_again(
    agent: RawAgent, network: bytes
) -> None:
    agent.load(network)
    agent.ask(INPUT, chunk(0, bytes(INPUT_BYTES)))
    agent.ask(RUN, b"\0")
    executed, cached, _, _ = agent.counters()
    agent.send(raw_agent.frame(INPUT, 7, chunk(0, bytes(INPUT_BYTES))))
    agent.receive()

    agent.send(2 * raw_agent.frame(RUN, 8, b"\0"))  # the second run would find no input

    assert agent.receive() == agent.receive()
    assert agent.counters() == (executed + 3, cached + 1, 0, 0)


def test_hello_forgets_the_last_answer(agent: RawAgent) -> None:
    agent.send(raw_agent.frame(COUNTERS, 50) + raw_agent.frame(HELLO, 9, GREETING))
    first, _ = agent.receive(), agent.receive()

    agent.send(raw_agent.frame(COUNTERS, 50))

    assert agent.receive() != first


def test_a_damaged_frame_is_answered_by_nothing_and_counted(agent: RawAgent) -> None:
    damaged = bytearray(raw_agent.frame(COUNTERS, 40))
    damaged[3] ^= 0x40

    agent.send(bytes(damaged) + b"\x05garbage\0")

    assert agent.counters()[2] == 2


def test_empty_frames_mean_nothing(agent: RawAgent) -> None:
    agent.send(bytes(1000))

    assert agent.counters()[2:] == (0, 0)


def test_a_frame_longer_than_any_request_is_dropped_and_counted(agent: RawAgent) -> None:
    agent.send(b"\x01" * 100_000 + b"\0")

    assert agent.counters()[2:] == (0, 1)


def test_the_longest_payload_is_taken(agent: RawAgent) -> None:
    agent.ask(LOAD_BEGIN, announcement(bytes(5000)))

    assert agent.ask(LOAD_CHUNK, chunk(0, bytes(2044))) == (OK, struct.pack("<I", 2044))


@pytest.mark.parametrize("kind", [0x00, 0x18, 0x55, 0x81, 0xFF])
def test_a_request_that_does_not_exist_is_unknown(agent: RawAgent, kind: int) -> None:
    agent.send(raw_agent.frame(kind, 1))

    assert agent.receive() == (kind | 0x80, 1, bytes([UNKNOWN]))


@pytest.mark.parametrize("kind", range(HELLO, PATCH_COMMIT + 1))
def test_a_payload_of_the_wrong_length_is_refused(agent: RawAgent, kind: int) -> None:
    too_short = b"\0" if kind in (LOAD_COMMIT, RESET, COUNTERS, PATCH_COMMIT) else b""

    assert agent.ask(kind, too_short)[0] == BAD_ARG


def test_nothing_runs_without_an_image(agent: RawAgent) -> None:
    statuses = [
        agent.ask(kind, payload)[0]
        for kind, payload in (
            (INPUT, chunk(0, b"x")),
            (RUN, b"\0"),
            (OUTPUT, struct.pack("<IH", 0, 0)),
            (PROFILE, struct.pack("<H", 0)),
            (LOAD_CHUNK, chunk(0, b"x")),
            (LOAD_COMMIT, b""),
            (PATCH_BEGIN, patch_announcement(b"", b"x")),
            (PATCH_CHUNK, chunk(0, b"")),
            (PATCH_COMMIT, b""),
        )
    ]

    assert statuses == [BAD_STATE] * 9


def test_a_run_needs_the_whole_input_and_eats_it(agent: RawAgent, network: bytes) -> None:
    agent.load(network)
    half = INPUT_BYTES // 2

    statuses = [agent.ask(RUN, b"\0")[0], agent.ask(INPUT, chunk(0, bytes(half)))[0]]
    statuses += [agent.ask(RUN, b"\0")[0], agent.ask(INPUT, chunk(half, bytes(half)))[0]]
    statuses += [agent.ask(RUN, b"\0")[0], agent.ask(RUN, b"\0")[0]]

    assert statuses == [BAD_STATE, OK, BAD_STATE, OK, OK, BAD_STATE]


@pytest.mark.parametrize(
    ("offset", "length"), [(1, 10), (0, INPUT_BYTES + 1), (INPUT_BYTES, 1), (0xFFFFFFFF, 1)]
)
def test_input_outside_its_tensor_is_refused(
    agent: RawAgent, network: bytes, offset: int, length: int
) -> None:
    agent.load(network)

    assert agent.ask(INPUT, chunk(offset, bytes(length)))[0] == BAD_ARG


def test_new_input_invalidates_the_output(agent: RawAgent, network: bytes) -> None:
    agent.load(network)
    agent.ask(INPUT, chunk(0, bytes(INPUT_BYTES)))
    agent.ask(RUN, b"\0")

    agent.ask(INPUT, chunk(0, b"\x01"))

    assert agent.ask(OUTPUT, struct.pack("<IH", 0, 1))[0] == BAD_STATE


@pytest.mark.parametrize(
    ("offset", "length"), [(0, OUTPUT_BYTES + 1), (OUTPUT_BYTES + 1, 0), (0xFFFFFFFF, 2)]
)
def test_output_outside_its_tensor_is_refused(
    agent: RawAgent, network: bytes, offset: int, length: int
) -> None:
    agent.load(network)
    agent.ask(INPUT, chunk(0, bytes(INPUT_BYTES)))
    agent.ask(RUN, b"\0")

    assert agent.ask(OUTPUT, struct.pack("<IH", offset, length))[0] == BAD_ARG


def test_only_profiled_runs_have_a_profile(agent: RawAgent, network: bytes) -> None:
    agent.load(network)
    agent.ask(INPUT, chunk(0, bytes(INPUT_BYTES)))
    agent.ask(RUN, b"\0")
    before = agent.ask(PROFILE, struct.pack("<H", 0))
    agent.ask(INPUT, chunk(0, bytes(INPUT_BYTES)))
    agent.ask(RUN, b"\x01")

    whole = agent.ask(PROFILE, struct.pack("<H", 0))

    assert before == (BAD_STATE, b"")
    assert whole == (OK, struct.pack("<HB3xI", 1, CONV_2D_KIND, 0))
    assert agent.ask(PROFILE, struct.pack("<H", 1)) == (OK, struct.pack("<H", 1))
    assert agent.ask(PROFILE, struct.pack("<H", 2))[0] == BAD_ARG


def test_flags_of_a_run_that_do_not_exist_are_refused(agent: RawAgent, network: bytes) -> None:
    agent.load(network)
    agent.ask(INPUT, chunk(0, bytes(INPUT_BYTES)))

    assert agent.ask(RUN, b"\x02")[0] == BAD_ARG


def test_reset_forgets_the_image_and_keeps_the_counters(agent: RawAgent, network: bytes) -> None:
    agent.load(network)
    executed = agent.counters()[0]

    assert agent.ask(RESET)[0] == OK
    assert agent.image_hash() == bytes(8)
    assert agent.ask(RUN, b"\0")[0] == BAD_STATE
    assert agent.counters()[0] == executed + 3  # RESET, RUN and this COUNTERS; HELLO is left out


def test_raw_bytes_to_the_device_are_summed(agent: RawAgent) -> None:
    data = bytes(i & 0xFF for i in range(70_000))
    assert agent.ask(RAW, struct.pack("<BI", 0, len(data))) == (OK, b"")

    agent.send(data)

    assert agent.receive() == (0x8C, agent.seq, b"\0" + struct.pack("<I", zlib.crc32(data)))


def test_raw_bytes_to_the_host_follow_the_pattern(agent: RawAgent) -> None:
    assert agent.ask(RAW, struct.pack("<BI", 1, 1000)) == (OK, b"")

    assert agent.receive_raw(1000) == bytes(i & 0xFF for i in range(1000))
    assert agent.ask(RAW, struct.pack("<BI", 2, 1))[0] == BAD_ARG


def test_impossible_fault_rates_are_refused(agent: RawAgent) -> None:
    assert agent.ask(FAULT, struct.pack("<III", 1_000_001, 0, 1))[0] == BAD_ARG
    assert agent.ask(FAULT, struct.pack("<III", 0, 0, 1))[0] == OK
