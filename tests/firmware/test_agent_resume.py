# SPDX-License-Identifier: Apache-2.0
"""A device goes on with what another one had learned, and takes no value out of its range."""

import hashlib
import struct
from dataclasses import replace

import numpy as np
import pytest

from boards.head import with_head
from boards.head_learning import HeadLearner
from boards.head_settings import HeadLabels
from boards.image import Image
from sim.twin import Twin
from tests.firmware.half_patch import OLD, X, ran
from tests.firmware.learning_cases import begun
from tests.firmware.raw_agent import (
    BAD_ARG,
    BAD_STATE,
    LEARN_BEGIN,
    LEARN_LABELS,
    LEARN_RESUME,
    LEARN_STEP,
    OK,
    TOO_LARGE,
    RawAgent,
)
from tests.firmware.test_agent_learn import LABELS, RATE, SETTINGS, STEP, begin, learning, stepped

LEARNED_LABELS = struct.pack("<I", 2)


def left() -> tuple[HeadLearner, bytes]:
    """Return a learner behind a step and the labels of one more slot, and the image of the step."""
    bits = np.array([[0, 1, 0, 1], [1, 0, 0, 0]], np.uint8)
    labels = HeadLabels(elements=np.array([0, 26]), bits=bits)
    learner, image = begun(Image(OLD), SETTINGS), Image(OLD)
    learner = learner.teach(X, Twin(image).run(X), labels).step(RATE)
    image = with_head(image, learner.head)
    return learner.teach(X, Twin(image).run(X), labels), image.data


def values(learner: HeadLearner) -> bytes:
    """Return what a learner has learned, as the wire has it."""
    return learner.velocities.astype("<i8").tobytes() + learner.masters.astype("<i4").tobytes()


def test_a_learner_goes_on_where_another_was(agent: RawAgent) -> None:
    learner, image = left()
    assert agent.load(image) == OK
    assert agent.ask(LEARN_BEGIN, begin(image)) == (OK, b"")

    assert agent.ask(LEARN_RESUME, LEARNED_LABELS + values(learner)) == (OK, b"")
    status, body = agent.ask(LEARN_STEP, STEP)

    expected = with_head(Image(image), learner.step(RATE).head).data
    assert status == OK
    assert expected != image
    assert body[8:40] == hashlib.sha256(expected).digest()


def test_resumed_labels_count_towards_the_most_of_a_step(agent: RawAgent) -> None:
    learner, image = left()
    agent.load(image)
    agent.ask(LEARN_BEGIN, begin(image))
    agent.ask(LEARN_RESUME, struct.pack("<I", 65_534) + values(learner))
    ran(agent)

    assert agent.ask(LEARN_LABELS, LABELS) == (TOO_LARGE, b"")
    assert agent.ask(LEARN_LABELS, LABELS[:3])[1][8:] == struct.pack("<I", 65_535)


def spoilt(*, velocity: int = 0, weight: int = 0, bias: int = 0) -> bytes:
    """Return values with one of each kind put into the last output."""
    learner, _ = left()
    velocities, masters = learner.velocities.copy(), learner.masters.copy()
    velocities[-1, 0], masters[-1, 0], masters[-1, -1] = velocity, weight, bias
    return values(replace(learner, velocities=velocities, masters=masters))


@pytest.mark.parametrize(
    "payload",
    [
        pytest.param(LEARNED_LABELS + spoilt()[:-1], id="a byte too few"),
        pytest.param(LEARNED_LABELS + spoilt() + b"\0", id="a byte too many"),
        pytest.param(LEARNED_LABELS[:3], id="cut short"),
        pytest.param(struct.pack("<I", 65_536) + spoilt(), id="too many labels"),
        pytest.param(LEARNED_LABELS + spoilt(velocity=2**45 + 1), id="a velocity too large"),
        pytest.param(LEARNED_LABELS + spoilt(velocity=-(2**63)), id="the least velocity"),
        pytest.param(LEARNED_LABELS + spoilt(weight=(127 << 20) + 1), id="a weight too large"),
        pytest.param(LEARNED_LABELS + spoilt(weight=-(2**31)), id="the least weight"),
        pytest.param(LEARNED_LABELS + spoilt(bias=(1 << 30) + 1), id="a bias too large"),
        pytest.param(LEARNED_LABELS + spoilt(bias=-(1 << 30) - 1), id="a bias too small"),
    ],
)
def test_values_out_of_their_range_change_nothing(agent: RawAgent, payload: bytes) -> None:
    learning(agent)
    y = ran(agent)
    agent.ask(LEARN_LABELS, LABELS)

    assert agent.ask(LEARN_RESUME, payload) == (BAD_ARG, b"")
    agent.ask(LEARN_STEP, STEP)
    assert agent.image_hash() == hashlib.sha256(stepped(y)).digest()[:8]


def test_values_at_the_ends_of_their_range_are_taken(agent: RawAgent) -> None:
    learning(agent)

    for sign in (-1, 1):
        extreme = spoilt(velocity=sign << 45, weight=sign * (127 << 20), bias=sign << 30)
        assert agent.ask(LEARN_RESUME, LEARNED_LABELS + extreme) == (OK, b"")
        assert agent.ask(LEARN_STEP, STEP)[0] == OK


def test_nobody_goes_on_before_a_learner_has_begun(agent: RawAgent) -> None:
    agent.load(OLD)

    assert agent.ask(LEARN_RESUME, LEARNED_LABELS + spoilt()) == (BAD_STATE, b"")
