# SPDX-License-Identifier: Apache-2.0
"""The neurons that there are, by name."""

from collections.abc import Callable, Mapping

import torch

from snn.errors import UnknownNameError
from snn.neurons.adlif import AdLif
from snn.neurons.lif import Lif
from snn.neurons.neurons import Neurons

NEURONS: Mapping[str, Callable[..., Neurons]] = {"lif": Lif, "adlif": AdLif}


def neurons(name: str, num_neurons: int, *, rng: torch.Generator) -> Neurons:
    """Return a layer of neurons by name; raises UnknownNameError."""
    if name not in NEURONS:
        raise UnknownNameError(kind="neuron", name=name, legal=tuple(NEURONS))
    return NEURONS[name](num_neurons, rng=rng)
