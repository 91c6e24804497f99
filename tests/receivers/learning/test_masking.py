# SPDX-License-Identifier: Apache-2.0
"""The masked view: labels are what was sent, and the network cannot see them."""

import numpy as np
import pytest
import torch
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from channels.scenario import Scenario
from receivers.learning.masking import complementary, joined, masked, part
from receivers.neural.planes import planes
from sim.link import Link
from sim.slot import Slot


@pytest.fixture
def slots(teaching: Scenario) -> Slot:
    return Link(teaching, seed=1).slots(0, 6, snr_db=20.0)


def test_labels_are_the_bits_of_what_was_sent(slots: Slot) -> None:
    view = masked(slots.observation, share=0.5, rng=np.random.default_rng(1))

    sent = slots.truth.x[:, 0][view.labelled]
    weights = torch.tensor([8.0, 4.0, 2.0, 1.0])
    distinct = {
        (int(label @ weights), complex(symbol))
        for label, symbol in zip(view.labels, sent, strict=True)
    }
    assert len({label for label, _ in distinct}) == len(distinct) == len({s for _, s in distinct})


@settings(
    max_examples=30,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(share=st.floats(0.01, 0.99), seed=st.integers(0, 1000))
def test_every_slot_hides_the_same_share(slots: Slot, share: float, seed: int) -> None:
    observation = slots.observation

    view = masked(observation, share=share, rng=np.random.default_rng(seed))

    hidden = view.labelled.flatten(1).sum(1)
    assert hidden.unique().tolist() == [max(1, round(share * 24))]
    assert not (view.labelled & view.observation.pilot_mask[:, 0]).any()
    before, after = observation.pilot_mask[:, 0], view.observation.pilot_mask[:, 0]
    assert torch.equal(before, after | view.labelled)


def test_nothing_that_is_hidden_reaches_the_input(slots: Slot) -> None:
    view = masked(slots.observation, share=0.5, rng=np.random.default_rng(1))

    seen = planes(view.observation)

    at_hidden = seen[:, 4:9].permute(0, 2, 3, 1)[view.labelled]
    assert at_hidden.abs().max() == 0.0
    assert view.observation.pilots[:, 0][view.labelled].abs().max() == 0.0


@pytest.mark.parametrize("num_views", [2, 3, 4, 5])
def test_complementary_views_label_every_pilot_once(slots: Slot, num_views: int) -> None:
    observation = slots.observation

    views = complementary(observation, num_views=num_views, rng=np.random.default_rng(1))

    times_labelled = torch.stack([view.labelled for view in views]).sum(0)
    assert torch.equal(times_labelled, observation.learning_mask[:, 0].long())
    for view in views:
        assert torch.equal(
            view.observation.pilot_mask[:, 0], observation.pilot_mask[:, 0] & ~view.labelled
        )
        num_hidden = view.labelled.flatten(1).sum(1)
        assert num_hidden.min() >= 24 // num_views
        assert num_hidden.max() <= -(-24 // num_views)


def test_without_masking_every_pilot_is_label_and_input(slots: Slot) -> None:
    view = masked(slots.observation, share=0.0, rng=np.random.default_rng(1))

    assert view.observation is slots.observation
    assert torch.equal(view.labelled, slots.observation.learning_mask[:, 0])


def test_pilots_that_do_not_teach_are_never_hidden(teaching: Scenario) -> None:
    hybrid = teaching.with_values(
        {"link.dmrs": {"kind": "hybrid", "num_pilots": 24, "num_learning": 8}}
    )
    observation = Link(hybrid, seed=1).slots(0, 4, snr_db=20.0).observation

    view = masked(observation, share=0.5, rng=np.random.default_rng(1))

    assert view.labelled.flatten(1).sum(1).tolist() == [4] * 4
    assert not (view.labelled & ~observation.learning_mask[:, 0]).any()


def test_parts_and_joins_keep_labels_with_their_slots(slots: Slot) -> None:
    view = masked(slots.observation, share=0.5, rng=np.random.default_rng(1))

    first = part(view, stop=2)
    twice = joined([first, view])

    assert first.labels.shape == (24, 4)
    assert torch.equal(twice.labels[:24], view.labels[:24])
    assert torch.equal(twice.labels[24:], view.labels)
    assert twice.num_slots == 8
