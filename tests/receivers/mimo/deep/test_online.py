# SPDX-License-Identifier: Apache-2.0
"""A detector that learns while it detects. Truth: linear detection, and itself."""

import copy
from itertools import pairwise

import pytest
import torch

from receivers import interpolation
from receivers.learning.adaptive import AdaptiveReceiver
from receivers.learning.settings import LearnerSettings
from receivers.ls import LeastSquares
from receivers.mimo.deep.gnn_sic import GnnSic
from receivers.mimo.deep.lora_unfolded import LoraUnfolded
from receivers.mimo.deep.online import DetectorLearner, ElementServing, ready_to_learn
from receivers.mimo.deep.online_settings import OnlineSettings
from sim.link import Link
from sim.modulation import Modulation
from sim.slot import Slot
from tests.receivers.mimo.deep.teaching import SNR_DB, teaching

ESTIMATOR = LeastSquares(interpolation.linear)
SETTINGS = OnlineSettings(num_steps=10, learning_rate=5e-3)


def _network() -> GnnSic:
    return GnnSic(Modulation.QAM16, num_iterations=2)


def _learner() -> DetectorLearner:
    return DetectorLearner(_network(), ESTIMATOR, SETTINGS)


def _slots(num_batches: int) -> list[Slot]:
    link = Link(teaching(), seed=1)
    return [link.slots(8 * i, 8, snr_db=SNR_DB) for i in range(num_batches)]


def _wrong(llr: torch.Tensor, slot: Slot) -> int:
    return int(((llr > 0) != slot.truth.coded_bits.bool()).sum())


def test_from_its_first_weights_it_learns_to_detect() -> None:
    serving = ElementServing(_network(), ESTIMATOR)
    receiver = AdaptiveReceiver(serving, _learner(), LearnerSettings(minibatch_slots=8))
    slots = _slots(30)

    wrong = [_wrong(receiver.detect(slot.observation), slot) for slot in slots]

    linear = sum(_wrong(ESTIMATOR.detect(slot.observation), slot) for slot in slots[-5:])
    num_bits = slots[0].truth.coded_bits.numel()
    assert wrong[0] > 0.4 * num_bits
    assert sum(wrong[-5:]) < 1.5 * linear < 0.2 * 5 * num_bits


def test_what_is_served_is_never_worse_on_what_neither_has_learned_from() -> None:
    learner, slots = _learner(), _slots(10)
    serving = ElementServing(_network(), ESTIMATOR)
    wrong = []

    for slot in slots:
        update = learner.observe(slot.observation)
        if update is not None:
            before = _wrong(serving.detect(slot.observation), slot)
            serving.update(update)
            wrong.append((before, _wrong(serving.detect(slot.observation), slot)))

    assert len(wrong) >= 5
    assert sum(after for _, after in wrong) < sum(before for before, _ in wrong)
    assert learner.history.num_updates == len(wrong)


def test_a_clone_that_has_gone_wrong_goes_back() -> None:
    settings = OnlineSettings(num_steps=1, learning_rate=1.0)
    learner = DetectorLearner(_network(), ESTIMATOR, settings)

    updates = [learner.observe(slot.observation) for slot in _slots(6)]

    assert "rolled back" in {event.kind for event in learner.history.events}
    assert not all(updates[1:])


def test_a_clone_that_has_diverged_goes_back_and_learns_again() -> None:
    learner = DetectorLearner(_network(), ESTIMATOR, SETTINGS)
    first, second, third, *rest = _slots(8)
    learner.observe(first.observation)
    state = dict(learner.state())
    clone = {name: value * float("nan") for name, value in state["_clone"].items()}
    moments = {
        index: {**kept, "exp_avg": kept["exp_avg"] * float("nan")}
        for index, kept in state["optimizer"]["state"].items()
    }
    learner.restore(
        {**state, "_clone": clone, "optimizer": {**state["optimizer"], "state": moments}}
    )

    assert learner.observe(second.observation) is None

    assert [event.kind for event in learner.history.events] == ["rolled back"]
    assert any(learner.observe(slot.observation) for slot in (third, *rest))


def test_where_only_channel_factors_may_change_nothing_else_does() -> None:
    settings = SETTINGS.model_copy(update={"trained": "channel-factors"})
    network = ready_to_learn(LoraUnfolded(Modulation.QAM16, num_stages=2), settings.trained)
    learner = DetectorLearner(network, ESTIMATOR, settings)

    updates = [update for slot in _slots(6) if (update := learner.observe(slot.observation))]

    assert {name for update in updates for name in update.weights} == {
        f"layers.{layer}.channel_{side}" for layer in range(3) for side in ("up", "down")
    }


def test_channel_factors_keep_to_the_room_of_devices_while_they_learn() -> None:
    settings = SETTINGS.model_copy(update={"trained": "channel-factors", "learning_rate": 1.0})
    network = ready_to_learn(LoraUnfolded(Modulation.QAM16, num_stages=2), settings.trained)
    learner = DetectorLearner(network, ESTIMATOR, settings)
    learner.observe(_slots(1)[0].observation)
    clone = learner.state()["_clone"]

    confined = copy.deepcopy(network)
    confined.load_state_dict(clone)
    confined.confine()

    for name, weights in confined.state_dict().items():
        torch.testing.assert_close(weights, clone[name])
    first = "layers.0.channel_up"
    assert not torch.equal(clone[first], network.state_dict()[first])


def test_a_network_without_channel_factors_is_refused() -> None:
    settings = SETTINGS.model_copy(update={"trained": "channel-factors"})

    with pytest.raises(TypeError, match="only unfolded detectors have channel factors"):
        ready_to_learn(_network(), settings.trained)
    with pytest.raises(ValueError, match="the network has no channel factors"):
        DetectorLearner(_network(), ESTIMATOR, settings)


def test_another_one_goes_on_where_it_was() -> None:
    slots = _slots(6)
    whole, first, second = _learner(), _learner(), _learner()
    for slot in slots[:3]:
        whole.observe(slot.observation)
        first.observe(slot.observation)

    second.restore(first.state())

    for slot in slots[3:]:
        expected, found = whole.observe(slot.observation), second.observe(slot.observation)
        assert (expected is None) == (found is None)
        if expected is not None and found is not None:
            for name, value in expected.weights.items():
                assert torch.equal(found.weights[name], value)
    assert whole.history.num_updates == second.history.num_updates


def test_the_newest_elements_are_kept() -> None:
    settings = OnlineSettings(num_steps=1, num_kept=300)
    learner = DetectorLearner(_network(), ESTIMATOR, settings)
    kept = []

    for slot in _slots(3):
        learner.observe(slot.observation)
        kept.append(learner.state()["_elements"][0])

    assert [len(y) for y in kept] == [256, 300, 300]
    for earlier, later in pairwise(kept):
        assert torch.equal(later[:44], earlier[-44:])
