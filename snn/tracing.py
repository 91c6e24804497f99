# SPDX-License-Identifier: Apache-2.0
"""A network step by step: what no training keeps, for whoever looks at states."""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from snn.layer import SpikingLayer
from snn.network import SpikingNetwork
from snn.neurons.state_space import State, step


@dataclass(frozen=True, slots=True, kw_only=True)
class LayerTrace:
    """What the neurons of a layer did, at the time step of their network.

    Parameters
    ----------
    potentials : float32 [num_steps, num_neurons]
        The first state, that of the step in which a spike is fired still above the threshold.
    spikes : bool [num_steps, num_neurons]
    threshold : float
    """

    potentials: NDArray[np.float32]
    spikes: NDArray[np.bool_]
    threshold: float


def states(layer: SpikingLayer, events: Tensor, *, dt_s: float) -> Iterator[tuple[State, Tensor]]:
    """Yield the states of a layer and its spikes after each step, from rest.

    Parameters
    ----------
    layer : SpikingLayer
    events : float32 [num_steps, num_recordings, num_inputs]
    dt_s : float [s]
    """
    neuron = layer.neurons.at(dt_s)
    current = nn.functional.linear(events, layer.weights, layer.bias)
    fired = torch.zeros_like(current[0])
    state: State = (fired,) * neuron.num_states
    for input_ in current:
        drive = input_ if layer.recurrent is None else input_ + fired @ layer.recurrent.T
        state, fired = step(neuron, state, fired, drive)
        yield state, fired


def trace(network: SpikingNetwork, counts: NDArray[np.uint8]) -> tuple[LayerTrace, ...]:
    """Return what every layer does with one recording, the first layer first.

    Parameters
    ----------
    network : SpikingNetwork
    counts : uint8 [num_steps, num_inputs]
        Events of each bin of the network's time step.
    """
    events = torch.from_numpy(counts[:, None]).float()
    traces: list[LayerTrace] = []
    with torch.no_grad():
        for layer in network.eval().spiking_layers():
            steps = list(states(layer, events, dt_s=network.dt_s))
            events = torch.stack([fired for _, fired in steps])
            traces.append(
                LayerTrace(
                    potentials=torch.cat([state[0] for state, _ in steps]).numpy(),
                    spikes=events[:, 0].bool().numpy(),
                    threshold=layer.neurons.threshold,
                )
            )
    return tuple(traces)
