# SPDX-License-Identifier: Apache-2.0
"""The neurons that there are, by name."""

from collections.abc import Callable, Mapping

import torch

from snn.errors import UnknownNameError
from snn.neurons.adlif import AdLif
from snn.neurons.lif import Lif
from snn.neurons.neurons import Neurons

NEURONS: Mapping[str, Callable[..., Neurons]] = {"lif": Lif, "adlif": AdLif}


def neurons(name: str, num_neurons: int, *, time_scale: float, rng: torch.Generator) -> Neurons:
    """Return a layer of neurons by name; raises UnknownNameError.

    Their time constants, and the limits of those, are `time_scale` times the defaults.
    """
    if name not in NEURONS:
        raise UnknownNameError(kind="neuron", name=name, legal=tuple(NEURONS))
    return NEURONS[name](num_neurons, time_scale=time_scale, rng=rng)
