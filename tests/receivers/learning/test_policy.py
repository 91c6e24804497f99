# SPDX-License-Identifier: Apache-2.0
"""Learners: better where they should be, still where nothing drifts, and blind to the truth."""

import ast
import copy
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any, get_type_hints

import numpy as np
import pytest
import torch

import receivers.learning
from channels.scenario import Scenario
from channels.scenario import load as load_scenario
from receivers import catalog
from receivers.learning.clone import slot_losses
from receivers.learning.genie_learner import GenieLearner
from receivers.learning.masking import masked
from receivers.learning.pilot_learner import PilotLearner
from receivers.learning.settings import LearnerSettings
from receivers.learning.update import Update, apply
from receivers.neural.network import Network
from receivers.neural.weights import load
from receivers.receiver import Learner
from sim.link import Link
from sim.slot import Observation, Slot

OPEN = LearnerSettings(gate="open", validate_every=2, num_snapshots=0)


def _minibatches(scenario: Scenario, num: int, *, seed: int = 1) -> Iterator[Slot]:
    link = Link(scenario, seed=seed)
    for i in range(num):
        yield link.slots(16 * i, 16, snr_db=20.0)


def _learned(
    network: Network, slots: Iterator[Slot], settings: LearnerSettings
) -> tuple[Network, PilotLearner, list[Update]]:
    """Return the network after learning, its learner, and the updates."""
    served, learner = copy.deepcopy(network), PilotLearner(network, settings)
    updates: list[Update] = []
    for slot in slots:
        update = learner.observe(slot.observation)
        if update is not None:
            apply(update, served)
            updates.append(update)
    return served, learner, updates


def _loss(network: Network, scenario: Scenario) -> float:
    seen = Link(scenario, seed=99).slots(0, 64, snr_db=20.0).observation
    view = masked(seen, share=0.5, rng=np.random.default_rng(4))
    return float(slot_losses(network, view).mean())


def test_hidden_pilots_alone_teach(teaching: Scenario, network: Network) -> None:
    before = _loss(network, teaching)

    served, learner, updates = _learned(network, _minibatches(teaching, 150), OPEN)

    assert _loss(served, teaching) < 0.85 * before
    assert learner.history.num_learned == 149  # the first one opens the gate
    assert len(updates) == learner.history.num_updates > 10
    assert {update.reason for update in updates} == {"learned"}


def test_a_genie_learns_more_from_the_same_slots(teaching: Scenario, network: Network) -> None:
    served, genie = copy.deepcopy(network), GenieLearner(network, OPEN)
    for slot in _minibatches(teaching, 150):
        update = genie.observe_with_truth(slot.observation, slot.truth)
        if update is not None:
            apply(update, served)

    by_pilots, _, _ = _learned(network, _minibatches(teaching, 150), OPEN)

    assert _loss(served, teaching) < _loss(by_pilots, teaching)


def test_without_masking_it_learns_to_copy(teaching: Scenario, network: Network) -> None:
    unmasked = OPEN.model_copy(update={"hidden_share": 0.0, "num_views": 1})

    served, _, _ = _learned(network, _minibatches(teaching, 150), unmasked)

    by_masks, _, _ = _learned(network, _minibatches(teaching, 150), OPEN)
    seen = Link(teaching, seed=99).slots(0, 64, snr_db=20.0).observation
    copied = masked(seen, share=0.0, rng=np.random.default_rng(4))
    assert float(slot_losses(served, copied).mean()) < 0.75 * _loss(served, teaching)
    assert _loss(served, teaching) > 1.1 * _loss(by_masks, teaching)


def test_while_nothing_drifts_nothing_is_learned(teaching: Scenario, network: Network) -> None:
    calm = LearnerSettings()

    _, learner, updates = _learned(network, _minibatches(teaching, 100), calm)

    assert updates == []
    assert learner.history.num_learned == 0
    assert learner.history.num_minibatches == 100
    assert learner.history.events == []


def test_the_same_slots_give_the_same_updates(teaching: Scenario, network: Network) -> None:
    _, _, once = _learned(network, _minibatches(teaching, 20), OPEN)
    _, _, again = _learned(network, _minibatches(teaching, 20), OPEN)

    assert len(once) == len(again) > 2
    for one, other in zip(once, again, strict=True):
        assert all(torch.equal(one.weights[name], other.weights[name]) for name in one.weights)


def test_without_validation_every_minibatch_is_served(teaching: Scenario, network: Network) -> None:
    plain = OPEN.model_copy(update={"validation": False, "rate": "constant", "averaging": 0.0})

    _, learner, updates = _learned(network, _minibatches(teaching, 9), plain)

    assert len(updates) == learner.history.num_updates == 8
    assert learner.history.events == []


def test_an_open_gate_never_settles(teaching: Scenario, network: Network) -> None:
    still = OPEN.model_copy(update={"learning_rate": 1e-9})

    _, learner, _ = _learned(network, _minibatches(teaching, 80), still)

    assert learner.history.num_learned == 79
    assert learner.history.count("settled") == learner.history.count("drift") == 0


def test_the_head_alone_makes_small_updates(teaching: Scenario, network: Network) -> None:
    head = OPEN.model_copy(update={"trained": "head"})

    _, _, updates = _learned(network, _minibatches(teaching, 40), head)

    assert updates
    assert all(set(update.weights) <= {"head.weight", "head.bias"} for update in updates)
    assert updates[0].num_values == 12 * 4 + 4


def test_pilots_that_lie_do_not_ruin_what_was_learned() -> None:
    still = load_scenario("delay-still")
    shipped = load(catalog.networks()["neural-s-16qam"]).network
    clean = list(_minibatches(still, 70, seed=2))
    false = [_with_wrong_pilots(slot) for slot in _minibatches(still, 40, seed=3)]

    unscreened = LearnerSettings(screening=False)

    served, learner, _ = _learned(shipped, iter([*clean, *false]), unscreened)

    assert learner.history.count("drift") == 1
    assert learner.history.count("vetoed") + learner.history.count("rolled back") > 0
    assert _loss(served, still) < 1.5 * _loss(shipped, still)


def _with_wrong_pilots(slot: Slot) -> Slot:
    """Return a slot with a fifth of its pilots sent half a turn off."""
    seen = slot.observation
    generator = torch.Generator().manual_seed(1)
    is_wrong = torch.rand(seen.pilots.shape, generator=generator) < 0.2
    return replace(
        slot, observation=replace(seen, pilots=torch.where(is_wrong, -seen.pilots, seen.pilots))
    )


def test_a_learner_cannot_reach_the_truth() -> None:
    hints: dict[str, Any] = get_type_hints(Learner.observe, {"Update": Update})
    assert set(hints) == {"observation", "return"}
    assert hints["observation"] is Observation
    folder = Path(receivers.learning.__path__[0])
    importing = {path.name for path in folder.glob("*.py") if "Truth" in _imported(path)}
    assert importing == {"adaptive_genie.py", "genie_learner.py"}
    assert not {"truth", "coded_bits", "h"} & set(Observation.__dataclass_fields__)


def _imported(path: Path) -> set[str]:
    tree = ast.parse(path.read_text())
    nodes = (node for node in ast.walk(tree) if isinstance(node, ast.ImportFrom))
    return {alias.name for node in nodes for alias in node.names}


@pytest.mark.parametrize("problem", [{"hidden_share": 1.0}, {"minibatch_slots": 12}])
def test_settings_that_cannot_be_are_refused(problem: dict[str, float]) -> None:
    with pytest.raises(ValueError, match=next(iter(problem))):
        LearnerSettings.model_validate(problem)


def test_a_genie_cannot_reuse_its_pass() -> None:
    with pytest.raises(ValueError, match="a genie learns in parallel"):
        LearnerSettings(labels="truth", design="forward-reuse")
