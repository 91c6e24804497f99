# SPDX-License-Identifier: Apache-2.0
"""The agent with a spiking network: pieces in order, refusals that change nothing."""

import struct
from dataclasses import replace

import pytest

from boards.image import Image
from boards.layout import OperatorRecord, seal
from boards.parameters import Spiking
from sim.errors import TwinError
from sim.spiking_twin import SpikingTwin
from snn.events.packing import pack
from snn.integer import reference
from snn.integer.image import compile_network
from tests.firmware.raw_agent import (
    BAD_ARG,
    BAD_IMAGE,
    BAD_STATE,
    EVENTS,
    INPUT,
    LOAD_BEGIN,
    OK,
    OUTPUT,
    PROFILE,
    RESET,
    RUN,
    TALLY,
    TEXT,
    TOO_LARGE,
    RawAgent,
    announcement,
)
from tests.snn.integer.spiking_cases import CASES, Case, drawn, events

CASE = CASES[4]
IMAGE = compile_network(drawn(CASE))
STEPS = pack(events(CASE)[:, 0])
OUTCOME = reference.run(drawn(CASE), events(CASE))


def piece(first: int, steps: tuple[bytes, ...], *, flags: int = 0) -> bytes:
    """Return the payload of EVENTS."""
    return struct.pack("<IHB", first, len(steps), flags) + b"".join(steps)


def scores(body: bytes) -> list[int]:
    """Return the scores behind the fields of an answer to EVENTS."""
    return [score for (score,) in struct.iter_unpack("<i", body[16:])]


@pytest.fixture
def loaded(agent: RawAgent) -> RawAgent:
    assert agent.load(IMAGE.data) == OK
    return agent


def test_scores_come_with_every_piece_and_the_last_are_those_of_the_window(
    loaded: RawAgent,
) -> None:
    body = b""
    for first in range(0, len(STEPS), 9):
        status, body = loaded.ask(EVENTS, piece(first, STEPS[first : first + 9]))
        assert status == OK
        assert struct.unpack_from("<QII", body)[1:] == (min(first + 9, len(STEPS)), 28)

    assert scores(body) == OUTCOME.scores[0].tolist()
    assert loaded.ask(OUTPUT, struct.pack("<IH", 4, 8)) == (OK, body[20:28])


def test_a_tally_tells_what_every_operator_did(loaded: RawAgent) -> None:
    loaded.ask(EVENTS, piece(0, STEPS))

    status, body = loaded.ask(TALLY, struct.pack("<H", 1))

    expected = [
        (int(one.events[0]), int(one.spikes[0]), int(one.saturations[0]))
        for one in OUTCOME.tallies[1:]
    ]
    assert status == OK
    assert struct.unpack_from("<H", body) == (3,)
    assert list(struct.iter_unpack("<III", body[2:])) == expected


@pytest.mark.parametrize(
    ("payload", "status"),
    [
        (piece(21, STEPS[21:]), BAD_ARG),
        (piece(19, STEPS[19:]), BAD_ARG),
        (piece(20, (b"\x01\x1e",)), BAD_ARG),
        (piece(20, (b"\x02\x01",)), BAD_ARG),
        (piece(20, (b"\x00", b"")), BAD_ARG),
        (piece(20, (b"\x00\x00",)), BAD_ARG),
        (piece(20, (b"\x80\x80\x80\x80\x01",)), BAD_ARG),
        (piece(20, (b"\x00",), flags=2), BAD_ARG),
        (piece(20, (b"\xff\x7f" + bytes(16383),)), BAD_ARG),
        (piece(20, (b"\x64" + bytes(100),)), TOO_LARGE),
        (piece(20, 65_535 * (b"",)), TOO_LARGE),
        (b"\0\0\0", BAD_ARG),
    ],
    ids=[
        "a step left out", "a step again", "no such channel", "a step cut short",
        "too few steps", "bytes left over", "a number without an end", "unknown flag",
        "longer than any frame", "too many events", "too many steps", "no whole request",
    ],
)  # fmt: skip
def test_what_makes_no_sense_is_refused_and_the_window_goes_on(
    loaded: RawAgent, payload: bytes, status: int
) -> None:
    assert loaded.ask(EVENTS, piece(0, STEPS[:20]))[0] == OK

    if len(payload) <= 8192:
        assert loaded.ask(EVENTS, payload) == (status, b"")
    told, body = loaded.ask(EVENTS, piece(20, STEPS[20:]))

    assert told == OK
    assert scores(body) == OUTCOME.scores[0].tolist()


def test_step_0_begins_another_window_at_any_time(loaded: RawAgent) -> None:
    other = pack(events(CASE)[:, 1])
    loaded.ask(EVENTS, piece(0, other[:13]))

    _, body = loaded.ask(EVENTS, piece(0, STEPS))

    assert scores(body) == OUTCOME.scores[0].tolist()


def test_without_a_spiking_network_there_is_no_window(agent: RawAgent, network: bytes) -> None:
    assert agent.ask(EVENTS, piece(0, STEPS)) == (BAD_STATE, b"")
    assert agent.load(network) == OK

    assert agent.ask(EVENTS, piece(0, STEPS)) == (BAD_STATE, b"")
    assert agent.ask(TALLY, bytes(2)) == (BAD_STATE, b"")


def test_a_spiking_network_takes_no_slots_and_no_text(loaded: RawAgent) -> None:
    size = 2 * (1 + drawn(CASE).max_events)

    assert loaded.ask(INPUT, bytes(4) + bytes(size)) == (BAD_STATE, b"")
    assert loaded.ask(RUN, b"\0") == (BAD_STATE, b"")
    assert loaded.ask(TEXT, struct.pack("<BIB16s", 0, 0, 32, b"model")) == (BAD_STATE, b"")


def test_nothing_is_told_of_a_window_before_it_or_behind_another_image(loaded: RawAgent) -> None:
    assert loaded.ask(TALLY, bytes(2)) == (BAD_STATE, b"")
    loaded.ask(EVENTS, piece(0, STEPS))
    assert loaded.load(compile_network(drawn(CASE, seed=1)).data) == OK

    assert loaded.ask(TALLY, bytes(2)) == (BAD_STATE, b"")
    assert loaded.ask(EVENTS, piece(len(STEPS), STEPS[:1])) == (BAD_ARG, b"")
    assert loaded.ask(RESET) == (OK, b"")
    assert loaded.ask(EVENTS, piece(0, STEPS)) == (BAD_STATE, b"")


def test_a_load_under_way_does_not_disturb_a_window(loaded: RawAgent) -> None:
    loaded.ask(EVENTS, piece(0, STEPS[:10]))
    loaded.ask(LOAD_BEGIN, announcement(compile_network(drawn(CASE, seed=1)).data))

    _, body = loaded.ask(EVENTS, piece(10, STEPS[10:]))

    assert scores(body) == OUTCOME.scores[0].tolist()


def test_a_profile_sums_the_steps_of_a_piece(loaded: RawAgent) -> None:
    loaded.ask(EVENTS, piece(0, STEPS, flags=1))

    status, body = loaded.ask(PROFILE, bytes(2))

    assert status == OK
    assert [body[2 + 8 * i] for i in range(3)] == [15, 15, 16]


FIRST, SECOND, READOUT = IMAGE.operators


def _with(i: int, changed: OperatorRecord, **parameters: int) -> bytes:
    """Return the image with another operator, and parameters of it changed."""
    assert isinstance(changed.parameters, Spiking)
    record = replace(changed, parameters=replace(changed.parameters, **parameters))
    at = IMAGE.header.operators_offset + i * OperatorRecord.LAYOUT.size
    data = IMAGE.data[:at] + record.pack() + IMAGE.data[at + OperatorRecord.LAYOUT.size :]
    return seal(data)


def _with_neuron(offset: int, value: int, *, data: bytes = IMAGE.data) -> bytes:
    """Return an image with a word of the first neuron changed."""
    at = IMAGE.operators[0].weights_offset + offset
    return seal(data[:at] + struct.pack("<i", value) + data[at + 4 :])


BAD_IMAGES = {
    "more events than lists are for": _with(0, FIRST, max_events=40_000),
    "a state too many": _with(0, FIRST, num_states=3),
    "a shift that overflows": _with(0, FIRST, weights_shift=8),
    "a leak shift beyond a word": _with(0, FIRST, leak_shift=16),
    "weights of 6 bits": _with(0, replace(FIRST, weight_bits=6)),
    "an input that is a constant": _with(0, replace(FIRST, in_image=(True, False))),
    "states in the image": _with(0, replace(FIRST, in_image=(False, True))),
    "a sum that drives too hard": _with(0, FIRST, sum_limit=1 << 20),
    "a negative limit": _with(0, FIRST, sum_limit=-1),
    "a window that overflows scores": _with(2, READOUT, max_steps=1 << 20),
    "states that lie askew": _with(0, replace(FIRST, inputs=(0, FIRST.inputs[1] + 2))),
    "states on the list of another": _with(0, replace(FIRST, inputs=(0, SECOND.output))),
    "spikes on states": _with(1, replace(SECOND, output=FIRST.inputs[1])),
    "a layer that nobody feeds": _with(1, replace(SECOND, inputs=(0, SECOND.inputs[1]))),
    "a leak too large": _with_neuron(0, 0x7FFF7FFF, data=_with(0, FIRST, leak_shift=0)),
    "a leak without a negative": _with_neuron(0, 0x00008000),
    "a gain too large": _with_neuron(8, 1 << 30),
    "a bias too large": _with_neuron(16, -(1 << 31)),
    "a reset too large": _with_neuron(24, 1 << 29),
}


@pytest.mark.parametrize("name", BAD_IMAGES)
def test_an_image_that_could_do_harm_is_refused(agent: RawAgent, name: str) -> None:
    data = BAD_IMAGES[name]

    assert agent.load(data) == BAD_IMAGE
    with pytest.raises(TwinError, match="refuses it with status 3"):
        SpikingTwin(Image(data))


def test_the_last_neuron_is_looked_at_as_well() -> None:
    small = compile_network(drawn(Case(name="", sizes=(2, 3, 1), num_states=1)))
    at = small.operators[0].weights_offset + 2 * 16 + 12
    data = seal(small.data[:at] + struct.pack("<i", 1 << 29) + small.data[at + 4 :])

    with pytest.raises(TwinError):
        SpikingTwin(Image(data))
