# SPDX-License-Identifier: Apache-2.0
"""One recurrent LIF network, written for each of several frameworks as their documents show it.

All read the same counts and have two recurrent layers and a linear read-out of mean rates. They are
not the same to the last digit: Norse's neurons have a synapse, and SpikingJelly's container has one
matrix for input and recurrence together, and so more parameters.
"""

from collections.abc import Callable, Mapping
from importlib import import_module
from typing import Any

import torch
from torch import Tensor, nn

from snn.network import NetworkSettings, SpikingNetwork

NUM_INPUTS, NUM_HIDDEN, NUM_CLASSES = 700, 128, 20
NUM_STEPS, NUM_RECORDINGS = 100, 64
DENSITY = 0.03
"""The share of bins with an event: that of spoken digits in bins of 4 to 10 ms."""
_LIVELY = 15.0


class _Peer(nn.Module):
    """A network that is stepped through time; `before` sees all steps at once."""

    def __init__(
        self, step: nn.Module, start: Callable[[], Any], before: nn.Module | None = None
    ) -> None:
        super().__init__()
        self.step, self._start = step, start
        self.before = before or nn.Identity()
        self.readout = nn.Linear(NUM_HIDDEN, NUM_CLASSES)

    def forward(self, counts: Tensor) -> Tensor:
        state = self._start()
        spikes = []
        for input_ in self.before(counts):
            fired, state = self.step(input_, state)
            spikes.append(fired)
        scores: Tensor = self.readout(torch.stack(spikes).mean(dim=0))
        return scores


def ours() -> nn.Module:
    """Return our network, with weights at which some 5 % of its spikes are there."""
    settings = NetworkSettings(
        num_inputs=NUM_INPUTS,
        num_classes=NUM_CLASSES,
        hidden=(NUM_HIDDEN, NUM_HIDDEN),
        neuron="lif",
        is_recurrent=True,
        dropout=0.0,
    )
    network = SpikingNetwork(settings, dt_us=10_000, rng=torch.Generator().manual_seed(1))
    with torch.no_grad():
        for layer in network.spiking_layers():
            layer.weights.mul_(_LIVELY)
    return network


def _norse() -> nn.Module:
    import norse.torch as norse

    class Step(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.first = norse.LIFRecurrentCell(NUM_INPUTS, NUM_HIDDEN)
            self.second = norse.LIFRecurrentCell(NUM_HIDDEN, NUM_HIDDEN)

        def forward(self, input_: Tensor, state: Any) -> tuple[Tensor, Any]:
            spikes, first = self.first(input_, state[0])
            spikes, second = self.second(spikes, state[1])
            return spikes, (first, second)

    return _Peer(Step(), lambda: (None, None))


def _snntorch(*, is_hoisted: bool = False) -> nn.Module:
    """Return the network; hoisted, its first product is taken out of the loop."""
    import snntorch

    first = nn.Linear(NUM_INPUTS, NUM_HIDDEN)

    class Step(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            inside = nn.Identity() if is_hoisted else first
            self.weights = nn.ModuleList([inside, nn.Linear(NUM_HIDDEN, NUM_HIDDEN)])
            self._neurons = [
                snntorch.RLeaky(beta=0.9, linear_features=NUM_HIDDEN) for _ in self.weights
            ]
            self.neurons = nn.ModuleList(self._neurons)

        def start(self) -> list[Any]:
            return [neurons.reset_mem() for neurons in self._neurons]

        def forward(self, spikes: Tensor, state: list[Any]) -> tuple[Tensor, list[Any]]:
            following: list[Any] = []
            for weights, neurons, before in zip(self.weights, self._neurons, state, strict=True):
                spikes, membrane = neurons(weights(spikes), *before)
                following.append((spikes, membrane))
            return spikes, following

    step = Step()
    return _Peer(step, step.start, first if is_hoisted else None)


def _spikingjelly(step_mode: str) -> nn.Module:
    functional, layer, neuron = (
        import_module(f"spikingjelly.activation_based.{name}")  # not in every environment
        for name in ("functional", "layer", "neuron")
    )

    def recurrent() -> nn.Module:
        made: nn.Module = layer.LinearRecurrentContainer(
            neuron.LIFNode(tau=2.0), in_features=NUM_HIDDEN, out_features=NUM_HIDDEN
        )
        return made

    body = nn.Sequential(
        layer.Linear(NUM_INPUTS, NUM_HIDDEN),
        recurrent(),
        layer.Linear(NUM_HIDDEN, NUM_HIDDEN),
        recurrent(),
    )
    functional.set_step_mode(body, step_mode)

    class Network(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.body, self.readout = body, nn.Linear(NUM_HIDDEN, NUM_CLASSES)

        def forward(self, counts: Tensor) -> Tensor:
            functional.reset_net(self.body)
            if step_mode == "m":
                spikes = self.body(counts)
            else:
                spikes = torch.stack([self.body(input_) for input_ in counts])
            scores: Tensor = self.readout(spikes.mean(dim=0))
            return scores

    return Network()


PEERS: Mapping[str, tuple[str, Callable[[], nn.Module]]] = {
    "Norse LIFRecurrentCell": ("norse", _norse),
    "snnTorch RLeaky": ("snntorch", _snntorch),
    "snnTorch RLeaky, input product hoisted": ("snntorch", lambda: _snntorch(is_hoisted=True)),
    "SpikingJelly, single step": ("spikingjelly", lambda: _spikingjelly("s")),
    "SpikingJelly, multi step": ("spikingjelly", lambda: _spikingjelly("m")),
}
"""By name: the package and what builds the network."""
