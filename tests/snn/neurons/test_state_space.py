# SPDX-License-Identifier: Apache-2.0
"""Neurons at a time step against the exact solutions of their differential equations."""

import math

import pytest
import torch

from snn.errors import SpikingError
from snn.neurons.adlif import AdLif, coefficients
from snn.neurons.lif import Lif
from snn.neurons.neurons import Neurons
from snn.neurons.state_space import State, StateSpace, step

SILENT = 1e9  # a threshold that nothing reaches


def test_a_lif_neuron_below_threshold_charges_as_its_equation_says() -> None:
    neurons = Lif(3, threshold=SILENT, rng=torch.Generator().manual_seed(1)).double()
    tau_s = neurons.tau_s.detach().clone()
    current = torch.tensor([0.5, -1.0, 2.0], dtype=torch.float64)
    state: State = (torch.zeros(3, dtype=torch.float64),)
    spikes = torch.zeros(3, dtype=torch.float64)

    for _ in range(25):
        state, spikes = step(neurons.at(0.004), state, spikes, current)

    expected = current * (1.0 - torch.exp(-0.1 / tau_s))
    torch.testing.assert_close(state[0].detach(), expected, rtol=1e-6, atol=0.0)


def test_a_lif_neuron_fires_as_often_as_the_closed_form_says() -> None:
    tau_s, dt_s, drive = 0.02, 0.001, 3.0
    neurons = Lif(1, rng=torch.Generator()).double()
    with torch.no_grad():
        neurons.tau_s.fill_(tau_s)
    state: State = (torch.zeros(1, dtype=torch.float64),)
    spikes = torch.zeros(1, dtype=torch.float64)
    fired = []

    for _ in range(4000):
        state, spikes = step(neurons.at(dt_s), state, spikes, torch.full((1,), drive))
        fired.append(float(spikes))

    # Averaged over time, u = drive - theta * rate / (1 - alpha) * alpha lies between 0 and theta.
    alpha = math.exp(-dt_s / tau_s)
    lowest, highest = ((drive - u) * (1 - alpha) / alpha for u in (1.0, 0.0))
    assert lowest < sum(fired) / len(fired) < highest


def test_adaptation_pulls_a_constant_drive_to_its_fixed_point() -> None:
    # u = i - w and w = a u: u = i / (1 + a).
    a = torch.tensor([0.5, 2.0], dtype=torch.float64)
    half = torch.full((2,), 0.5, dtype=torch.float64)
    neurons = coefficients(
        alpha=half, beta=half, a=a, b=torch.zeros_like(a), threshold=SILENT, dt_s=0.01
    )
    state: State = (torch.zeros(2, dtype=torch.float64),) * 2
    spikes = torch.zeros(2, dtype=torch.float64)

    for _ in range(400):
        state, spikes = step(neurons, state, spikes, torch.ones(2, dtype=torch.float64))

    torch.testing.assert_close(state[0], 1.0 / (1.0 + a))
    torch.testing.assert_close(state[1], a / (1.0 + a))


@pytest.mark.parametrize("kind", [Lif, AdLif])
def test_a_spike_lowers_the_potential_by_the_threshold(kind: type[Lif] | type[AdLif]) -> None:
    neurons: Neurons = kind(1, threshold=1.0, rng=torch.Generator().manual_seed(2))
    at = neurons.at(1e-9)  # so short that nothing decays
    state = (torch.full((1,), 1.5), *(torch.zeros(1) for _ in range(at.num_states - 1)))

    after, _ = step(at, state, torch.ones(1), torch.zeros(1))

    assert float(after[0].detach()) == pytest.approx(0.5, abs=1e-4)


@pytest.mark.parametrize("kind", [Lif, AdLif])
def test_what_an_optimizer_moved_too_far_is_brought_back(kind: type[Lif] | type[AdLif]) -> None:
    neurons = kind(4, rng=torch.Generator().manual_seed(3))
    with torch.no_grad():
        for parameter in neurons.parameters():
            parameter.fill_(-7.0)

    neurons.clamp()

    coefficients_ = neurons.at(0.001)
    assert (coefficients_.b[0] > 0.0).all()
    assert (coefficients_.b[0] < 0.2).all()  # 1 - exp(-1 ms / 5 ms): the shortest time constant


def test_shapes_that_do_not_belong_together_are_named() -> None:
    with pytest.raises(SpikingError, match=r"\(2, 2, 5\), \(2, 4\) and \(2, 4\)"):
        StateSpace(
            a=torch.zeros(2, 2, 5),
            b=torch.zeros(2, 4),
            r=torch.zeros(2, 4),
            threshold=1.0,
            dt_s=0.001,
        )
