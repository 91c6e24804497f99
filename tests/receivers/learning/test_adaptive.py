# SPDX-License-Identifier: Apache-2.0
"""When a receiver hears its learner: between mini-batches, and late where learning takes long."""

from dataclasses import dataclass, field

import pytest
import torch
from torch import Tensor

from channels.scenario import Scenario
from receivers.learning.adaptive import AdaptiveReceiver
from receivers.learning.events import History
from receivers.learning.settings import LearnerSettings
from receivers.learning.update import Update
from receivers.state import State
from sim.link import Link
from sim.slot import Observation


@dataclass
class Diary:
    """Serves and learns nothing, and writes down what it is asked to do."""

    entries: list[str] = field(default_factory=list)
    history: History = field(default_factory=History)
    num_updates: int = 0
    is_learning: bool = True

    def detect(self, observation: Observation) -> Tensor:
        self.entries.append(f"detect {observation.num_slots}")
        return torch.zeros(observation.num_slots, 1, 4)

    def probe(self, observation: Observation) -> Tensor:
        self.entries.append(f"probe {observation.num_slots}")
        return torch.zeros(observation.num_slots, 1, 4)

    def update(self, update: Update) -> None:
        self.entries.append(f"update {int(update.weights['w'])}")

    def state(self) -> State:
        return {"num_updates": self.num_updates}

    def restore(self, state: State) -> None:
        self.num_updates = state["num_updates"]

    def observe(self, observation: Observation) -> Update:
        self.entries.append(f"learn {observation.num_slots}")
        self.num_updates += 1
        return Update(weights={"w": torch.tensor(float(self.num_updates))}, reason="learned")


def _entries(
    scenario: Scenario, *, cadence: int, num_groups: int, is_learning: bool = True
) -> list[str]:
    diary, link = Diary(is_learning=is_learning), Link(scenario, seed=1)
    settings = LearnerSettings(cadence=cadence, minibatch_slots=16)
    receiver = AdaptiveReceiver(diary, diary, settings)
    for i in range(num_groups):
        receiver.detect(link.slots(8 * i, 8, snr_db=20.0).observation)
    return diary.entries


def test_every_minibatch_is_learned_from_between_two_of_them(teaching: Scenario) -> None:
    expected = ["detect 8", "detect 8", "learn 16", "update 1"]

    entries = _entries(teaching, cadence=1, num_groups=4)

    assert entries == [*expected, *expected[:3], "update 2"]


def test_a_probe_is_neither_detected_nor_learned_from(teaching: Scenario) -> None:
    diary, link = Diary(), Link(teaching, seed=1)
    receiver = AdaptiveReceiver(diary, diary, LearnerSettings(minibatch_slots=16))
    seen = link.slots(0, 8, snr_db=20.0).observation

    for act in (receiver.detect, receiver.probe, receiver.probe, receiver.detect):
        act(seen)

    assert diary.entries == [
        "detect 8",
        "probe 8",
        "probe 8",
        "detect 8",
        "learn 16",
        "update 1",
    ]
    assert receiver.stopwatch.num_slots == 16


@pytest.mark.parametrize("cadence", [2, 3])
def test_what_takes_long_is_in_force_late(teaching: Scenario, cadence: int) -> None:
    entries = _entries(teaching, cadence=cadence, num_groups=4 * cadence)

    learned = [i for i, entry in enumerate(entries) if entry == "learn 16"]
    assert len(learned) == 2
    between = entries[learned[0] + 1 : learned[1]]
    assert between.count("detect 8") == 2 * cadence
    assert between[-1] == "update 1"
    assert entries[-1] == "learn 16"


def test_a_learner_that_does_not_learn_has_the_time_to_watch_every_minibatch(
    teaching: Scenario,
) -> None:
    entries = _entries(teaching, cadence=3, num_groups=8, is_learning=False)

    assert entries.count("learn 16") == 4


def test_watching_and_learning_are_timed_apart(teaching: Scenario) -> None:
    diary, link = Diary(), Link(teaching, seed=1)
    receiver = AdaptiveReceiver(diary, diary, LearnerSettings(minibatch_slots=16))
    for i in range(6):
        diary.is_learning = i >= 4
        receiver.detect(link.slots(8 * i, 8, snr_db=20.0).observation)

    stopwatch = receiver.stopwatch
    assert (stopwatch.num_watched_slots, stopwatch.num_learned_slots) == (32, 16)
    assert stopwatch.watching_s > 0.0
    assert stopwatch.learning_s > 0.0
