# SPDX-License-Identifier: Apache-2.0
"""A feed-forward or recurrent spiking network that classifies by the rates of its last layer."""

import itertools
import math
from dataclasses import dataclass
from typing import cast

import torch
from torch import Tensor, nn

from snn import catalog
from snn.errors import SpikingError
from snn.layer import SpikingLayer

READOUT_GAIN = 10.0


@dataclass(frozen=True, slots=True, kw_only=True)
class NetworkSettings:
    """What a network is made of.

    Parameters
    ----------
    num_inputs, num_classes : int
    hidden : tuple of int
        The number of neurons of each layer.
    neuron : str
        Key of `snn.catalog.NEURONS`.
    is_recurrent : bool
    dropout : float
        Share of the spikes of each layer that training drops.
    time_scale : float
        Time constants begin and stay within so many times what suits speech.
    """

    num_inputs: int
    num_classes: int
    hidden: tuple[int, ...] = (128, 128)
    neuron: str = "adlif"
    is_recurrent: bool = False
    dropout: float = 0.2
    time_scale: float = 1.0

    def __post_init__(self) -> None:
        """Raise SpikingError if there is nothing to take, to fire or to tell, or no time."""
        numbers = (self.num_inputs, self.num_classes, *self.hidden)
        if not self.hidden or min(numbers) < 1:
            raise SpikingError(
                f"{self.num_inputs} inputs, layers of {list(self.hidden)} neurons and "
                f"{self.num_classes} classes: there must be one of each at least"
            )
        if not 0.0 < self.time_scale < math.inf:
            raise SpikingError(f"a time scale of {self.time_scale}: it must be above 0")


class SpikingNetwork(nn.Module):
    """Layers of spiking neurons and a linear read-out of how often the last ones fire.

    Parameters
    ----------
    settings : NetworkSettings
    dt_us : int [us]
        The time step that it works at.
    rng : torch.Generator
        Draws all first values.
    """

    def __init__(self, settings: NetworkSettings, *, dt_us: int, rng: torch.Generator) -> None:
        super().__init__()
        self.settings, self.dt_us = settings, dt_us
        sizes = (settings.num_inputs, *settings.hidden)
        self.layers = nn.ModuleList(
            SpikingLayer(
                num_inputs,
                num_neurons,
                neurons=catalog.neurons(
                    settings.neuron, num_neurons, time_scale=settings.time_scale, rng=rng
                ),
                is_recurrent=settings.is_recurrent,
                dropout=settings.dropout,
                rng=rng,
            )
            for num_inputs, num_neurons in itertools.pairwise(sizes)
        )
        blank = nn.utils.skip_init(nn.Linear, sizes[-1], settings.num_classes)
        self.readout = cast(nn.Linear, blank)
        bound = sizes[-1] ** -0.5
        with torch.no_grad():
            self.readout.weight.uniform_(-bound, bound, generator=rng)
            self.readout.bias.uniform_(-bound, bound, generator=rng)

    @property
    def dt_s(self) -> float:
        """Return the time step [s]."""
        return self.dt_us * 1e-6

    def spiking_layers(self) -> tuple[SpikingLayer, ...]:
        """Return the layers of neurons, the first one first."""
        return tuple(layer for layer in self.layers if isinstance(layer, SpikingLayer))

    def forward(self, counts: Tensor) -> Tensor:
        """Return the score of each class: float32 [num_recordings, num_classes].

        Parameters
        ----------
        counts : float32 [num_steps, num_recordings, num_inputs]
            Events of each bin of `dt_us`.
        """
        return self.scores(self.spikes(counts)[-1])

    def spikes(self, counts: Tensor) -> tuple[Tensor, ...]:
        """Return the spikes of each layer: float32 [num_steps, num_recordings, num_neurons]."""
        fired, layers = counts, []
        for layer in self.spiking_layers():
            fired = layer(fired, dt_s=self.dt_s)
            layers.append(fired)
        return tuple(layers)

    def scores(self, spikes: Tensor) -> Tensor:
        """Return the score of each class from the last layer's spikes, by their rates."""
        scores: Tensor = self.readout(READOUT_GAIN * spikes.mean(dim=0))
        return scores

    def clamp(self) -> None:
        """Bring the neurons' parameters back to their limits, behind an optimizer's step."""
        for layer in self.spiking_layers():
            layer.neurons.clamp()
