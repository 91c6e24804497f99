# SPDX-License-Identifier: Apache-2.0
"""Forward reuse: the pass that detects is the pass that teaches."""

import numpy as np
import pytest
import torch

from channels.randomness import generator
from channels.scenario import Scenario
from receivers.learning.forward_reuse import ForwardReuse
from receivers.learning.masking import masked
from receivers.learning.settings import LearnerSettings
from receivers.neural.network import Network
from receivers.neural.neural_receiver import NeuralReceiver
from sim.link import Link

OPEN = LearnerSettings(
    design="forward-reuse",
    gate="open",
    validate_every=2,
    num_snapshots=0,
    buffer_bytes=0,
    screening=False,
)


def test_it_detects_with_the_pilots_that_are_left(teaching: Scenario, network: Network) -> None:
    seen = Link(teaching, seed=1).slots(0, 8, snr_db=20.0).observation
    view = masked(seen, share=0.5, rng=generator(seed=1, stream="learner/masks", index=0))

    llr = ForwardReuse(network, OPEN).detect(seen)

    torch.testing.assert_close(llr, NeuralReceiver(network).detect(view.observation))
    assert not llr.requires_grad


@pytest.mark.parametrize("cadence", [1, 2, 3])
def test_it_learns_from_every_so_many_minibatches(
    teaching: Scenario, network: Network, cadence: int
) -> None:
    receiver = ForwardReuse(network, OPEN.model_copy(update={"cadence": cadence}))
    link = Link(teaching, seed=1)

    with torch.no_grad():  # as a trial does
        for i in range(12 * cadence):
            receiver.detect(link.slots(8 * i, 8, snr_db=20.0).observation)

    assert receiver.history.num_minibatches == 6 * cadence
    assert receiver.history.num_learned == 5  # the first one opens the gate


def test_its_own_pass_teaches(teaching: Scenario, network: Network) -> None:
    receiver, link = ForwardReuse(network, OPEN), Link(teaching, seed=1)
    frozen = NeuralReceiver(network)
    rates: list[tuple[float, float]] = []

    with torch.no_grad():
        for i in range(240):
            slot = link.slots(8 * i, 8, snr_db=20.0)
            sent = slot.truth.coded_bits > 0
            both = (each.detect(slot.observation) > 0 for each in (receiver, frozen))
            learned, unlearned = (float((decided != sent).float().mean()) for decided in both)
            rates.append((learned, unlearned))

    learned, unlearned = np.mean(rates[-40:], axis=0)
    assert learned < 0.8 * unlearned
