# SPDX-License-Identifier: Apache-2.0
"""The linear state-space neuron, which every other neuron becomes at a time step.

Between spikes the state x obeys x' = M x + N i, with the input i held for a time step dt:

    x_t = A x_{t-1} + B i_t + R s_{t-1},    s_t = 1 where x_t[0] > theta, else 0

A = exp(M dt), B = M^-1 (A - 1) N; R is what a spike does to the state one step later. The first
state is the membrane potential u. After Karilanova, Fabre, Neftci and Ozcelikkale, "Zero-Shot
Temporal Resolution Domain Adaptation for Spiking Neural Networks", arXiv 2411.04760.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import torch
from torch import Tensor

from snn.errors import SpikingError

State = tuple[Tensor, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class StateSpace:
    """The coefficients of a layer of neurons, at one time step.

    Parameters
    ----------
    a : float [num_states, num_states, num_neurons]
        Row i is what state i takes over from each state.
    b : float [num_states, num_neurons]
        What each state takes of the input.
    r : float [num_states, num_neurons]
        What the neuron's own spike adds to each state, one step later.
    threshold : float
        The neuron fires where its first state is above.
    dt_s : float [s]
    """

    a: Tensor
    b: Tensor
    r: Tensor
    threshold: float
    dt_s: float

    def __post_init__(self) -> None:
        """Raise SpikingError if the shapes do not belong together."""
        num_states, num_neurons = self.b.shape
        fits = self.a.shape == (num_states, num_states, num_neurons)
        if not fits or self.r.shape != self.b.shape:
            shapes = f"{tuple(self.a.shape)}, {tuple(self.b.shape)} and {tuple(self.r.shape)}"
            raise SpikingError(
                f"a, b and r have the shapes {shapes}: they must be [states, states, neurons], "
                "[states, neurons] and [states, neurons]"
            )

    @property
    def num_states(self) -> int:
        """Return how many states a neuron has."""
        return self.b.shape[0]

    @property
    def num_neurons(self) -> int:
        """Return the number of neurons."""
        return self.b.shape[1]


def step(neuron: StateSpace, state: State, spikes: Tensor, current: Tensor) -> tuple[State, Tensor]:
    """Return the next state and the spikes: state in, state out.

    Parameters
    ----------
    state : tuple of float [..., num_neurons]
        One tensor for each state.
    spikes, current : float [..., num_neurons]
        The spikes of the step before, and the input of this one.
    """
    following = tuple(
        sum((neuron.a[i, j] * state[j] for j in range(neuron.num_states)), neuron.b[i] * current)
        + neuron.r[i] * spikes
        for i in range(neuron.num_states)
    )
    return following, (following[0] > neuron.threshold).to(current.dtype)


def stacked(rows: Sequence[Sequence[Tensor]]) -> Tensor:
    """Return coefficients [num_states, num_states, num_neurons] from a matrix of vectors."""
    return torch.stack([torch.stack(list(row)) for row in rows])
