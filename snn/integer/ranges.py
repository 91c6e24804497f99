# SPDX-License-Identifier: Apache-2.0
"""How large the states of a network become, seen on recordings."""

import torch
from torch import Tensor, nn

from snn.layer import SpikingLayer
from snn.network import SpikingNetwork
from snn.neurons.state_space import StateSpace, step

Peaks = tuple[float, ...]


def peaks(network: SpikingNetwork, counts: Tensor) -> tuple[Peaks, ...]:
    """Return, for each layer, the largest magnitude of each state.

    Parameters
    ----------
    network : SpikingNetwork
    counts : float32 [num_steps, num_recordings, num_inputs]
        Recordings like those to come.
    """
    found: list[Peaks] = []
    spikes = counts
    with torch.no_grad():
        for layer in network.spiking_layers():
            spikes, largest = _run(layer, layer.neurons.at(network.dt_s), spikes)
            found.append(largest)
    return tuple(found)


def _run(layer: SpikingLayer, neuron: StateSpace, events: Tensor) -> tuple[Tensor, Peaks]:
    current = nn.functional.linear(events, layer.weights, layer.bias)
    fired = torch.zeros_like(current[0])
    state = (fired,) * neuron.num_states
    largest = [0.0] * neuron.num_states
    spikes = torch.empty_like(current)
    for input_, out in zip(current, spikes, strict=True):
        drive = input_ if layer.recurrent is None else input_ + fired @ layer.recurrent.T
        state, fired = step(neuron, state, fired, drive)
        largest = [max(a, float(b.abs().max())) for a, b in zip(largest, state, strict=True)]
        out[:] = fired
    return spikes, tuple(largest)
