# SPDX-License-Identifier: Apache-2.0
"""A layer of spiking neurons: weights in front, neurons behind, at whatever time step."""

import torch
from torch import Tensor, nn

from snn.neurons.neurons import Neurons
from snn.sparse_product import product
from snn.unrolling import run


class SpikingLayer(nn.Module):
    """Weights, neurons and, if recurrent, weights from the layer's spikes of the step before.

    Parameters
    ----------
    num_inputs, num_neurons : int
    neurons : Neurons
    is_recurrent : bool
    dropout : float
        Share of the spikes that training drops; the others count more.
    rng : torch.Generator
        Draws the first weights.
    """

    def __init__(
        self,
        num_inputs: int,
        num_neurons: int,
        *,
        neurons: Neurons,
        is_recurrent: bool,
        dropout: float,
        rng: torch.Generator,
    ) -> None:
        super().__init__()
        self.neurons = neurons
        bound = num_inputs**-0.5
        self.weights = nn.Parameter(_uniform((num_neurons, num_inputs), bound=bound, rng=rng))
        self.bias = nn.Parameter(_uniform((num_neurons,), bound=bound, rng=rng))
        self.recurrent: nn.Parameter | None = None
        if is_recurrent:
            self.recurrent = nn.Parameter(torch.empty(num_neurons, num_neurons))
            nn.init.orthogonal_(self.recurrent, gain=0.5, generator=rng)
        self._dropout = dropout

    def forward(self, spikes: Tensor, *, dt_s: float) -> Tensor:
        """Return the layer's spikes: float32 [num_steps, num_recordings, num_neurons].

        Parameters
        ----------
        spikes : float32 [num_steps, num_recordings, num_inputs]
        dt_s : float [s]
        """
        current = product(spikes, self.weights, self.bias)
        fired = run(self.neurons.at(dt_s), current, self.recurrent)
        if not self.training or self._dropout == 0.0:
            return fired
        return fired * nn.functional.dropout(torch.ones_like(fired[:1]), self._dropout)


def _uniform(shape: tuple[int, ...], *, bound: float, rng: torch.Generator) -> Tensor:
    return bound * (2.0 * torch.rand(shape, generator=rng) - 1.0)
