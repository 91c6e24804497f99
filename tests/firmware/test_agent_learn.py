# SPDX-License-Identifier: Apache-2.0
"""Learning on the device: what it takes and when, and that the old network stays on any error."""

import hashlib
import struct
from collections.abc import Callable

import numpy as np
import pytest

from boards.head import head_of, with_head
from boards.head_settings import HeadLabels, settings_for, step_factor
from boards.image import Image
from tests.firmware.half_patch import OLD, OLD_GRAPH, X, chunk, half_patched, ran
from tests.firmware.learning_cases import begun
from tests.firmware.operators import Case, compiled, convolution_graph
from tests.firmware.raw_agent import (
    BAD_ARG,
    BAD_STATE,
    INPUT,
    LEARN_BEGIN,
    LEARN_LABELS,
    LEARN_STEP,
    LOAD_BEGIN,
    LOAD_COMMIT,
    NO_HEAD,
    OK,
    OUTPUT,
    PATCH_BEGIN,
    PATCH_CHUNK,
    PATCH_COMMIT,
    RESET,
    TOO_LARGE,
    WRONG_BASE,
    RawAgent,
    announcement,
    frame,
    patch_announcement,
    piece,
)

SETTINGS = settings_for(OLD_GRAPH, X[None])
SHA256 = hashlib.sha256(OLD).digest()
FITTING = struct.pack("<HBB", 8, 4, 3)
RATE = step_factor(1.0, num_labels=2)
STEP = struct.pack("<IB", RATE.multiplier, 31 - RATE.shift)
LABELS = bytes([0, 0, 0b1010, 26, 0, 0b0001])
TAUGHT = b"\2\0\0\0"


def begin(image: bytes = OLD, shape: bytes = FITTING, settings: bytes = b"") -> bytes:
    return hashlib.sha256(image).digest() + shape + (settings or SETTINGS.pack())


def learning(agent: RawAgent) -> None:
    """Load the network, and begin to learn."""
    assert agent.load(OLD) == OK
    assert agent.ask(LEARN_BEGIN, begin()) == (OK, b"")


def learned(agent: RawAgent) -> bytes:
    """Run a slot, tell its labels, and take a step; return the image that the reference has."""
    y = ran(agent)
    assert agent.ask(LEARN_LABELS, LABELS)[1][8:] == TAUGHT
    assert agent.ask(LEARN_STEP, STEP)[0] == OK
    return stepped(y)


def stepped(y: bytes) -> bytes:
    """Return the image after the labels of a slot, by the reference."""
    bits = np.array([[0, 1, 0, 1], [1, 0, 0, 0]], np.uint8)
    labels = HeadLabels(elements=np.array([0, 26]), bits=bits)
    output = np.frombuffer(y, np.int8).reshape(3, 9, 4)
    learner = begun(Image(OLD), SETTINGS).teach(X, output, labels).step(RATE)
    return with_head(Image(OLD), learner.head).data


def test_a_step_puts_the_image_of_the_reference_in_force_and_tells_its_head(
    agent: RawAgent,
) -> None:
    learning(agent)
    y = ran(agent)
    agent.ask(LEARN_LABELS, LABELS)

    status, body = agent.ask(LEARN_STEP, STEP)

    image = stepped(y)
    head = head_of(Image(image))
    assert (status, body[8:40]) == (OK, hashlib.sha256(image).digest())
    assert body[40:] == head.weights.tobytes() + head.biases.astype("<i4").tobytes()
    assert agent.image_hash() == body[8:16] != SHA256[:8]
    assert ran(agent) != y


def test_a_repeated_step_is_executed_once(agent: RawAgent) -> None:
    learning(agent)
    y = ran(agent)
    agent.ask(LEARN_LABELS, LABELS)

    for _ in range(3):
        agent.send(frame(LEARN_STEP, 7, STEP))
    answers = [agent.receive() for _ in range(3)]

    assert answers[0] == answers[1] == answers[2]
    assert agent.image_hash() == hashlib.sha256(stepped(y)).digest()[:8]


def test_repeated_labels_are_taken_once(agent: RawAgent) -> None:
    learning(agent)
    ran(agent)

    for _ in range(3):
        agent.send(frame(LEARN_LABELS, 7, LABELS))
    answers = [agent.receive() for _ in range(3)]

    assert {body[9:] for _, _, body in answers} == {TAUGHT}


@pytest.mark.parametrize(
    ("payload", "status"),
    [
        pytest.param(b"\0" + begin()[1:], WRONG_BASE, id="another image"),
        pytest.param(begin()[:-1], BAD_ARG, id="a byte too few"),
        pytest.param(begin() + b"\0", BAD_ARG, id="a byte too many"),
        pytest.param(begin()[:35], BAD_ARG, id="cut short"),
        pytest.param(begin(shape=struct.pack("<HBB", 4, 8, 3)), BAD_ARG, id="another shape"),
        pytest.param(begin(shape=struct.pack("<HBB", 8, 4, 8)), BAD_ARG, id="momentum"),
        pytest.param(
            begin(settings=b"\1\x80" + SETTINGS.pack()[2:]), BAD_ARG, id="a probability above 1"
        ),
        pytest.param(
            begin(settings=SETTINGS.pack()[:-1] + b"\x3f"), BAD_ARG, id="a shift beyond 62"
        ),
        pytest.param(
            begin(settings=SETTINGS.pack()[:-2] + b"\x80\x1f"), BAD_ARG, id="a factor beyond Q31"
        ),
    ],
)
def test_a_bad_beginning_is_refused(agent: RawAgent, payload: bytes, status: int) -> None:
    agent.load(OLD)

    assert agent.ask(LEARN_BEGIN, payload) == (status, b"")
    ran(agent)
    assert agent.ask(LEARN_LABELS, LABELS)[0] == BAD_STATE
    assert agent.ask(LEARN_STEP, STEP)[0] == BAD_STATE


def test_without_a_network_nothing_is_learned(agent: RawAgent) -> None:
    assert agent.ask(LEARN_BEGIN, begin())[0] == BAD_STATE


@pytest.mark.parametrize(
    ("case", "status"),
    [
        pytest.param(Case(name="", kernel=(3, 3), num_out=4), NO_HEAD, id="3x3"),
        pytest.param(Case(name="", num_out=9), NO_HEAD, id="nine outputs"),
        pytest.param(
            Case(name="", num_in=1, num_out=1, height=257, width=256), NO_HEAD, id="large"
        ),
        pytest.param(Case(name="", num_in=1100, num_out=8, width=3), TOO_LARGE, id="a long answer"),
    ],
)
def test_networks_that_cannot_learn_are_refused(agent: RawAgent, case: Case, status: int) -> None:
    image = compiled(convolution_graph(case)).data
    assert agent.load(image) == OK
    settings = bytes(512 + 5 * (case.num_in + 1 + case.num_out))
    shape = struct.pack("<HBB", case.num_in, case.num_out, 0)

    assert agent.ask(LEARN_BEGIN, begin(image, shape, settings)) == (status, b"")


@pytest.mark.parametrize(
    "labels",
    [
        pytest.param(LABELS + b"\0", id="a byte too many"),
        pytest.param(LABELS + bytes([27, 0, 0]), id="an element behind the slot"),
        pytest.param(LABELS + bytes([0xFF, 0xFF, 0]), id="the last element there could be"),
        pytest.param(LABELS + bytes([0, 0, 0x10]), id="a bit that has no output"),
    ],
)
def test_bad_labels_change_nothing(agent: RawAgent, labels: bytes) -> None:
    learning(agent)
    y = ran(agent)

    assert agent.ask(LEARN_LABELS, labels) == (BAD_ARG, b"")
    assert agent.ask(LEARN_LABELS, LABELS)[1][8:] == TAUGHT
    agent.ask(LEARN_STEP, STEP)
    assert agent.image_hash() == hashlib.sha256(stepped(y)).digest()[:8]


def test_a_step_holds_65535_labels(agent: RawAgent) -> None:
    learning(agent)
    ran(agent)
    many = LABELS[:3] * 2621

    statuses = [agent.ask(LEARN_LABELS, many)[0] for _ in range(26)]

    assert statuses == [OK] * 25 + [TOO_LARGE]
    assert agent.ask(LEARN_LABELS, LABELS[:3] * 10)[1][8:] == struct.pack("<I", 65_535)


def test_labels_need_the_slot_they_belong_to(agent: RawAgent) -> None:
    learning(agent)
    before_any = agent.ask(LEARN_LABELS, LABELS)[0]
    ran(agent)
    agent.ask(INPUT, chunk(0, X.tobytes()[:10]))

    assert before_any == BAD_STATE
    assert agent.ask(LEARN_LABELS, LABELS) == (BAD_STATE, b"")


def test_fetching_the_output_leaves_the_slot_for_its_labels(agent: RawAgent) -> None:
    learning(agent)
    y = ran(agent)
    agent.ask(OUTPUT, struct.pack("<IH", 0, 108))

    assert agent.ask(LEARN_LABELS, LABELS)[1][8:] == TAUGHT
    assert ran(agent) == y


def test_a_rate_that_would_shift_to_the_left_is_refused_and_changes_nothing(
    agent: RawAgent,
) -> None:
    learning(agent)
    y = ran(agent)
    agent.ask(LEARN_LABELS, LABELS)

    assert agent.ask(LEARN_STEP, struct.pack("<IB", 1, 0)) == (BAD_ARG, b"")
    assert agent.ask(LEARN_STEP, struct.pack("<IB", 1, 63)) == (BAD_ARG, b"")
    assert agent.ask(LEARN_STEP, struct.pack("<IB", 1 << 31, 31)) == (BAD_ARG, b"")
    assert ran(agent) == y
    assert agent.image_hash() == SHA256[:8]
    agent.ask(LEARN_STEP, STEP)
    assert agent.image_hash() == hashlib.sha256(stepped(y)).digest()[:8]


def test_the_image_before_a_step_comes_back_without_a_chunk(agent: RawAgent) -> None:
    learning(agent)
    y = ran(agent)
    learned(agent)

    assert agent.ask(LOAD_BEGIN, announcement(OLD)) == (OK, struct.pack("<I", len(OLD)))
    assert agent.ask(LOAD_COMMIT)[0] == OK
    assert ran(agent) == y


def test_a_learned_image_is_the_base_of_a_patch(agent: RawAgent) -> None:
    learning(agent)
    y = ran(agent)
    image = learned(agent)

    assert agent.ask(PATCH_BEGIN, patch_announcement(OLD, OLD))[0] == WRONG_BASE
    assert agent.ask(PATCH_BEGIN, patch_announcement(image, OLD))[0] == OK
    rest = chunk(0, piece(0, OLD))
    assert agent.ask(PATCH_CHUNK, rest)[0] == OK
    assert agent.ask(PATCH_COMMIT) == (OK, SHA256[:8])
    assert ran(agent) == y


def test_a_step_gives_up_a_patch_that_is_under_way(agent: RawAgent) -> None:
    half_patched(agent)
    agent.ask(LEARN_BEGIN, begin())

    image = learned(agent)

    assert agent.ask(PATCH_COMMIT)[0] == BAD_STATE
    assert agent.image_hash() == hashlib.sha256(image).digest()[:8]


@pytest.mark.parametrize(
    "change",
    [
        pytest.param(lambda agent: agent.load(OLD), id="a load, even of the same"),
        pytest.param(lambda agent: agent.ask(RESET), id="a reset"),
    ],
)
def test_learning_ends_with_its_network(
    agent: RawAgent, change: Callable[[RawAgent], object]
) -> None:
    learning(agent)
    change(agent)
    agent.load(OLD)
    ran(agent)

    assert agent.ask(LEARN_LABELS, LABELS)[0] == BAD_STATE
    assert agent.ask(LEARN_STEP, STEP)[0] == BAD_STATE
    assert agent.image_hash() == SHA256[:8]


def test_learning_goes_on_across_sessions(agent: RawAgent) -> None:
    learning(agent)
    y = ran(agent)
    agent.ask(LEARN_LABELS, LABELS)
    agent.image_hash()

    assert agent.ask(LEARN_STEP, STEP)[1][8:40] == hashlib.sha256(stepped(y)).digest()
