# SPDX-License-Identifier: Apache-2.0
"""Decisions are taken on views in which nearly all pilots are seen, as the receiver sees them."""

from collections.abc import Sequence

import numpy as np
import pytest
import torch
from torch import Tensor

from channels.scenario import Scenario
from receivers.learning import pilot_learner
from receivers.learning.masking import MaskedView, masked, trusting
from receivers.learning.pilot_learner import PilotLearner
from receivers.learning.policy import Policy
from receivers.learning.screening import screen
from receivers.learning.settings import LearnerSettings
from receivers.learning.update import Update
from receivers.neural.network import Network
from sim.link import Link
from sim.slot import Observation
from tests.receivers.learning.screened_slots import STILL


class Diary(Policy):
    """A policy that remembers what it was shown last."""

    views: Sequence[MaskedView] = ()
    held_out: MaskedView | None = None

    def hear(
        self,
        observation: Observation,
        views: Sequence[MaskedView],
        *,
        llr: Tensor | None = None,
        held_out: MaskedView | None = None,
    ) -> Update | None:
        """Remember, and do as every policy does."""
        self.views, self.held_out = views, held_out
        return super().hear(observation, views, llr=llr, held_out=held_out)


def heard(
    teaching: Scenario,
    network: Network,
    settings: LearnerSettings,
    monkeypatch: pytest.MonkeyPatch,
) -> tuple[Observation, Sequence[MaskedView], MaskedView | None]:
    """Return two mini-batches together, and what the policy was shown of the second."""
    diaries: list[Diary] = []

    def made(network: Network, settings: LearnerSettings) -> Diary:
        diaries.append(Diary(network, settings))
        return diaries[-1]

    monkeypatch.setattr(pilot_learner, "Policy", made)
    learner = PilotLearner(network, settings)
    link = Link(teaching, seed=1)
    first, second = (link.slots(16 * i, 16, snr_db=20.0).observation for i in range(2))
    learner.observe(first)
    learner.observe(second)
    return second, diaries[0].views, diaries[0].held_out


@pytest.mark.parametrize(
    ("hidden_share", "num_hidden"), [(0.5, 3), (0.25, 3), (0.125, 3), (0.05, 1), (0.0, 0)]
)
def test_an_eighth_of_the_pilots_is_hidden_at_most(
    teaching: Scenario,
    network: Network,
    monkeypatch: pytest.MonkeyPatch,
    hidden_share: float,
    num_hidden: int,
) -> None:
    settings = LearnerSettings(gate="open", num_snapshots=0, hidden_share=hidden_share)

    seen, views, held_out = heard(teaching, network, settings, monkeypatch)

    assert held_out is not None
    assert held_out.num_slots == 8
    there = seen.part(start=0, stop=8).learning_mask
    assert (there.flatten(1).sum(1) == 24).all()
    still_seen = held_out.observation.learning_mask
    assert not (still_seen & ~there).any()
    assert ((there & ~still_seen).flatten(1).sum(1) == num_hidden).all()
    assert len(held_out.labels) > 0
    assert all(view.num_slots == 16 for view in views)


def test_what_is_plausible_teaches_and_what_is_certain_decides(
    network: Network, monkeypatch: pytest.MonkeyPatch
) -> None:
    broken = STILL.with_values({"impairments.pilot_saturated_share": 0.2})
    settings = LearnerSettings(gate="open", num_snapshots=0)

    seen, views, held_out = heard(broken, network, settings, monkeypatch)

    found = screen(seen)
    taught = torch.stack([view.labelled for view in views]).any(0)
    assert held_out is not None
    assert torch.equal(taught, found.trusted[:, 0])
    assert not (held_out.labelled & ~found.certain[:8, 0]).any()
    assert int(taught.sum()) > 1.2 * int(found.certain.sum())


def test_a_calm_learner_watches_what_it_would_learn_from(
    teaching: Scenario, network: Network, monkeypatch: pytest.MonkeyPatch
) -> None:
    _, views, held_out = heard(teaching, network, LearnerSettings(), monkeypatch)

    assert held_out is None
    assert [view.num_slots for view in views] == [8]


@pytest.mark.parametrize("num_learned", [0, 2])
def test_a_minibatch_without_a_label_teaches_nothing_and_breaks_nothing(
    teaching: Scenario, network: Network, num_learned: int
) -> None:
    policy = Policy(network, LearnerSettings(gate="open", num_snapshots=0, buffer_bytes=0))
    link, rng = Link(teaching, seed=1), np.random.default_rng(3)
    for i in range(num_learned):
        seen = link.slots(16 * i, 16, snr_db=20.0).observation
        policy.hear(seen, [masked(seen, share=0.5, rng=rng)])
    before = {name: value.clone() for name, value in policy.state()["_clone"]["fast"].items()}
    seen = link.slots(160, 16, snr_db=20.0).observation
    bare = trusting(masked(seen, share=0.5, rng=rng), trusted=torch.zeros_like(seen.learning_mask))

    policy.hear(seen, [bare])

    after = policy.state()["_clone"]["fast"]
    assert all(torch.equal(value, after[name]) for name, value in before.items())
