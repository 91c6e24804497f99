# SPDX-License-Identifier: Apache-2.0
"""Learners that are taken up elsewhere: LLR for LLR and event for event what they would have been.

The reference is the same learner without an interruption; nothing less than equal bits will do.
"""

import io
from dataclasses import dataclass
from functools import cache

import pytest
import torch
from torch import Tensor

from channels.scenario import Scenario
from receivers import catalog
from receivers.learning.adaptive import AdaptiveReceiver
from receivers.learning.adaptive_genie import AdaptiveGenie
from receivers.learning.event_kind import EventKind
from receivers.learning.forward_reuse import ForwardReuse
from receivers.learning.genie_learner import GenieLearner
from receivers.learning.pilot_learner import PilotLearner
from receivers.learning.serving import FloatServing
from receivers.learning.settings import LearnerSettings
from receivers.neural.weights import load
from receivers.state import State
from sim.link import Link
from sim.slot import Slot

Adaptive = AdaptiveReceiver | AdaptiveGenie | ForwardReuse

GROUP = 8
SCENARIO = Scenario.model_validate(
    {
        "name": "narrow",
        "schema": 1,
        "title": "a narrow link",
        "grid": {"num_symbols": 14, "num_subcarriers": 12},
        "antennas": {"num_rx_ant": 2},
        "channel": {"kind": "rayleigh", "slots_per_drop": 1},
        "link": {"dmrs": {"kind": "random", "num_pilots": 36, "slots_per_draw": 16, "seed": 1}},
        "snr": {"kind": "snr_db", "values": [5.0]},
    }
)
OPEN = LearnerSettings(gate="open", validate_every=2, minibatch_slots=8, buffer_bytes=8192)


@dataclass(frozen=True, kw_only=True)
class Case:
    """A policy that hears some groups, and is taken up elsewhere behind every so many of them.

    `expected` are the kinds of events that it has met by then, lest this be no test of them.
    """

    name: str
    settings: LearnerSettings
    num_groups: int = 24
    every: int = 1
    expected: frozenset[EventKind] = frozenset()
    num_updates: int = 1


CASES = (
    Case(name="open gate", settings=OPEN),
    Case(
        name="a mini-batch in collection and an update that waits",
        settings=OPEN.model_copy(
            update={"minibatch_slots": 24, "cadence": 2, "validation": False, "averaging": 0.0}
        ),
        num_groups=36,
    ),
    Case(
        name="adaptive depth",
        settings=OPEN.model_copy(update={"trained": "adaptive", "freeze_below": 1.0}),
    ),
    Case(
        name="Page-Hinkley, from calm to a drift",
        settings=OPEN.model_copy(update={"gate": "page-hinkley", "learning_rate": 0.02}),
        num_groups=240,
        every=11,
        expected=frozenset({"drift", "rolled back"}),
    ),
    Case(
        name="likelihood ratio, to other weights that settle and a recall of the shipped ones",
        settings=OPEN.model_copy(
            update={
                "gate": "glr",
                "learning_rate": 0.1,
                "validation": False,
                "averaging": 0.0,
                "buffer_bytes": 65_536,
            }
        ),
        num_groups=176,
        every=16,
        expected=frozenset({"drift", "settled", "recalled"}),
    ),
    Case(
        name="forward reuse behind a gate",
        settings=OPEN.model_copy(update={"gate": "glr", "design": "forward-reuse"}),
        num_groups=120,
        every=12,
        expected=frozenset({"drift"}),
    ),
    Case(
        name="DDM",
        settings=OPEN.model_copy(update={"gate": "ddm"}),
        num_groups=140,
        every=7,
        expected=frozenset({"drift"}),
    ),
    Case(
        name="forward reuse",
        settings=OPEN.model_copy(update={"design": "forward-reuse", "minibatch_slots": 16}),
    ),
    Case(
        name="forward reuse at every second mini-batch",
        settings=OPEN.model_copy(update={"design": "forward-reuse", "cadence": 2}),
        num_groups=36,
    ),
    Case(name="genie", settings=OPEN.model_copy(update={"labels": "truth"})),
)


@cache
def heard(num_groups: int) -> tuple[Slot, ...]:
    """Return groups of slots whose noise rises by 25 dB between the 80th and the 240th."""
    link = Link(SCENARIO, seed=3)
    snr_db = [0.0 if 80 <= i < 240 else 25.0 for i in range(num_groups)]
    return tuple(link.slots(GROUP * i, GROUP, snr_db=snr) for i, snr in enumerate(snr_db))


def made(settings: LearnerSettings) -> Adaptive:
    network = load(catalog.networks()["neural-xxs"]).network
    if settings.design == "forward-reuse":
        return ForwardReuse(network, settings)
    if settings.labels == "truth":
        return AdaptiveGenie(FloatServing(network), GenieLearner(network, settings), settings)
    return AdaptiveReceiver(FloatServing(network), PilotLearner(network, settings), settings)


def detected(receiver: Adaptive, slot: Slot) -> Tensor:
    with torch.no_grad():
        if isinstance(receiver, AdaptiveGenie):
            return receiver.detect_with_truth(slot.observation, slot.truth)
        return receiver.detect(slot.observation)


def through_a_file(state: State) -> State:
    file = io.BytesIO()
    torch.save(state, file)
    file.seek(0)
    read: State = torch.load(file, weights_only=True)
    return read


@pytest.mark.slow
@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_a_learner_taken_up_elsewhere_is_the_learner_it_was(case: Case) -> None:
    whole, parted = made(case.settings), made(case.settings)

    for i, slot in enumerate(heard(case.num_groups)):
        if i % case.every == 0:
            state = through_a_file(parted.state())
            parted = made(case.settings)
            parted.restore(state)
        assert torch.equal(detected(whole, slot), detected(parted, slot)), i

    assert case.expected <= {event.kind for event in whole.history.events}
    assert whole.history.num_updates >= case.num_updates
    assert parted.history == whole.history
    assert parted.stopwatch.num_slots == whole.stopwatch.num_slots == GROUP * case.num_groups


def test_a_state_is_of_one_moment_and_does_not_go_on() -> None:
    slots = heard(24)
    learner = made(OPEN)
    for slot in slots[:12]:
        detected(learner, slot)
    state = learner.state()
    before = through_a_file(state)

    for slot in slots[12:]:
        detected(learner, slot)

    assert flat(state) == flat(before) != flat(learner.state())


def flat(state: object) -> list[object]:
    """Return the leaves of a state, tensors as lists."""
    if isinstance(state, dict):
        return [leaf for value in state.values() for leaf in flat(value)]
    if isinstance(state, list | tuple):
        return [leaf for value in state for leaf in flat(value)]
    return [state.tolist() if isinstance(state, Tensor) else state]
