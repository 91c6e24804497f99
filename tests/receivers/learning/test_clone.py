# SPDX-License-Identifier: Apache-2.0
"""How far a step may go, and what counts of a view whose slots do not all have labels."""

from dataclasses import replace

import numpy as np
import pytest
import torch

from channels.scenario import Scenario
from receivers.learning.clone import Clone, mean_loss, slot_losses
from receivers.learning.masking import MaskedView, masked, part, trusting
from receivers.learning.settings import LearnerSettings, OptimizerKind
from receivers.neural.network import Network
from sim.link import Link


@pytest.fixture
def view(teaching: Scenario) -> MaskedView:
    seen = Link(teaching, seed=1).slots(0, 16, snr_db=20.0).observation
    return masked(seen, share=0.5, rng=np.random.default_rng(1))


def distance(one: Network, other: Network) -> float:
    pairs = zip(one.parameters(), other.parameters(), strict=True)
    return float(torch.cat([(a - b).detach().flatten() for a, b in pairs]).norm())


@pytest.mark.parametrize("optimizer", ["eigen-adam", "adam"])
def test_a_step_goes_no_farther_than_it_may(
    network: Network, view: MaskedView, optimizer: OptimizerKind
) -> None:
    gone: dict[float, float] = {}
    for most in (0.01, 100.0):
        settings = LearnerSettings(optimizer=optimizer, max_step_norm=most)
        clone = Clone(network, settings)
        clone.step(mean_loss(clone.fast, [view]), rate=1.0)
        gone[most] = distance(clone.fast, network)

    assert gone[0.01] == pytest.approx(0.01, rel=1e-3)
    assert 0.02 < gone[100.0] < 100.0


def test_a_short_step_keeps_its_direction(network: Network, view: MaskedView) -> None:
    moved: list[torch.Tensor] = []
    for most in (0.01, 100.0):
        clone = Clone(network, LearnerSettings(max_step_norm=most))
        clone.step(mean_loss(clone.fast, [view]), rate=1.0)
        pairs = zip(clone.fast.parameters(), network.parameters(), strict=True)
        moved.append(torch.cat([(a - b).detach().flatten() for a, b in pairs]))

    cosine = torch.nn.functional.cosine_similarity(moved[0], moved[1], dim=0)
    assert float(cosine) == pytest.approx(1.0, abs=1e-3)


def test_slots_without_labels_have_no_loss(network: Network, view: MaskedView) -> None:
    """A slot whose pilots were all found broken says nothing, and not that all is well."""
    trusted = view.labelled[:, None].clone()
    trusted[[1, 4]] = False

    losses = slot_losses(network, trusting(view, trusted=trusted))

    kept = [i for i in range(16) if i not in (1, 4)]
    torch.testing.assert_close(losses, slot_losses(network, view)[kept])


def test_a_view_without_any_labels_has_no_losses(network: Network, view: MaskedView) -> None:
    nothing = replace(
        part(view, stop=8),
        labelled=torch.zeros_like(view.labelled[:8]),
        labels=view.labels[:0],
    )

    assert slot_losses(network, nothing).shape == (0,)
