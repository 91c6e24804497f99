# SPDX-License-Identifier: Apache-2.0
"""How large the states of a network become, seen on recordings."""

import torch
from torch import Tensor

from snn.layer import SpikingLayer
from snn.network import SpikingNetwork
from snn.tracing import states

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
            spikes, largest = _run(layer, spikes, dt_s=network.dt_s)
            found.append(largest)
    return tuple(found)


def _run(layer: SpikingLayer, events: Tensor, *, dt_s: float) -> tuple[Tensor, Peaks]:
    spikes = events.new_empty((*events.shape[:2], len(layer.bias)))
    largest: list[float] = []
    for out, (state, fired) in zip(spikes, states(layer, events, dt_s=dt_s), strict=True):
        now = [float(one.abs().max()) for one in state]
        largest = [max(a, b) for a, b in zip(largest or now, now, strict=True)]
        out[:] = fired
    return spikes, tuple(largest)
