# SPDX-License-Identifier: Apache-2.0
"""Traces of a network: the spikes of its forward pass, and potentials of the closed form."""

import numpy as np
import pytest
import torch

from snn.network import NetworkSettings, SpikingNetwork
from snn.neurons.lif import Lif
from snn.tracing import trace


@pytest.mark.parametrize("is_recurrent", [False, True], ids=["feed-forward", "recurrent"])
@pytest.mark.parametrize("neuron", ["lif", "adlif"])
def test_a_trace_has_the_spikes_of_the_forward_pass(neuron: str, *, is_recurrent: bool) -> None:
    settings = NetworkSettings(
        num_inputs=6, num_classes=3, hidden=(8, 5), neuron=neuron, is_recurrent=is_recurrent
    )
    network = SpikingNetwork(settings, dt_us=4000, rng=torch.Generator().manual_seed(1)).eval()
    with torch.no_grad():
        for layer in network.spiking_layers():
            layer.weights.mul_(4.0)
    counts = np.random.default_rng(2).poisson(2.0, (40, 6)).astype(np.uint8)

    found = trace(network, counts)

    expected = network.spikes(torch.from_numpy(counts[:, None]).float())
    assert sum(int(one.spikes.sum()) for one in found) > 10
    for one, spikes in zip(found, expected, strict=True):
        np.testing.assert_array_equal(one.spikes, spikes[:, 0].detach().numpy() > 0)
        np.testing.assert_array_equal(one.spikes, one.potentials > one.threshold)


def test_a_potential_below_the_threshold_is_that_of_the_equation() -> None:
    settings = NetworkSettings(num_inputs=1, num_classes=2, hidden=(1,), neuron="lif")
    network = SpikingNetwork(settings, dt_us=2000, rng=torch.Generator().manual_seed(1))
    (layer,) = network.spiking_layers()
    neurons = layer.neurons
    assert isinstance(neurons, Lif)
    with torch.no_grad():
        layer.weights.fill_(0.9)
        layer.bias.zero_()
        neurons.tau_s.fill_(0.02)

    (found,) = trace(network, np.ones((30, 1), np.uint8))

    times_s = 0.002 * np.arange(1, 31)
    expected = 0.9 * (1.0 - np.exp(-times_s / 0.02))
    np.testing.assert_allclose(found.potentials[:, 0], expected, rtol=1e-5)
    assert not found.spikes.any()
