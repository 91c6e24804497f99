# SPDX-License-Identifier: Apache-2.0
"""Neurons that are given at one time step, at that step and at others."""

import pytest
import torch

from snn.adaptation.adapt import adapt
from snn.errors import AdaptationError
from snn.network import NetworkSettings, SpikingNetwork

SETTINGS = NetworkSettings(num_inputs=3, num_classes=2, hidden=(4,), neuron="lif")


@pytest.mark.parametrize("dt_us", [900, 1700, 7000, 7001])
def test_a_network_runs_at_steps_that_no_power_of_two_leads_to(dt_us: int) -> None:
    network = SpikingNetwork(SETTINGS, dt_us=4000, rng=torch.Generator().manual_seed(1))

    scores = adapt(network, dt_us=dt_us)(torch.ones(5, 1, 3))

    assert bool(torch.isfinite(scores).all())


def test_another_step_is_refused_however_near() -> None:
    network = SpikingNetwork(SETTINGS, dt_us=4000, rng=torch.Generator().manual_seed(1))
    (layer,) = adapt(network, dt_us=1000).spiking_layers()

    with pytest.raises(AdaptationError, match="given at a time step of 1 ms"):
        layer.neurons.at(1.0001e-3)
