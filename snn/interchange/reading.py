# SPDX-License-Identifier: Apache-2.0
"""A spiking network from a NIR graph, at a time step that the file or the reader gives."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import torch
from torch import Tensor

from snn.errors import InterchangeError
from snn.interchange import extension, neurons
from snn.interchange.chain import in_order
from snn.interchange.conventions import Convention
from snn.interchange.extension import Note
from snn.interchange.folding import Part, bias_of, folded, parts
from snn.interchange.graph import Array, Graph, load
from snn.layer import SpikingLayer
from snn.network import READOUT_GAIN, NetworkSettings, SpikingNetwork
from snn.neurons.fixed import FixedNeurons
from snn.neurons.neurons import Neurons


@dataclass(frozen=True, slots=True, kw_only=True)
class Layer:
    """A layer of a graph: float64 weights [num_neurons, num_inputs], and what fires behind them."""

    weights: Array
    bias: Array
    recurrent: Array | None
    neurons: Neurons

    @property
    def num_neurons(self) -> int:
        """Return the number of neurons."""
        return len(self.weights)


def read(path: Path, convention: Convention | None = None) -> SpikingNetwork:
    """Return the network of a NIR file, in evaluation mode.

    Parameters
    ----------
    path : Path
    convention : Convention or None
        How steps are made of the equations; None for a file of ours, which says it.

    Raises
    ------
    NetworkFileError
        If the file cannot be read.
    InterchangeError
        If the graph has no counterpart here, or leaves open what nobody gave.
    """
    graph = load(path)
    try:
        return network_of(graph, convention)
    except InterchangeError as error:
        raise InterchangeError(f"{path}: {error}") from None


def network_of(graph: Graph, convention: Convention | None = None) -> SpikingNetwork:
    """Return the network of a graph; its spikes are told from `layers_of` and `read`."""
    note = extension.note(graph.metadata)
    if note is not None and convention is not None and convention != note.convention:
        raise InterchangeError(
            f"the file says itself that a step is {note.dt_us} us and how it is made; read it as "
            "it is and adapt the network afterwards"
        )
    found = parts(in_order(graph))
    layers = layers_of(found, _agreed(note, convention), is_ours=note is not None)
    return _network(layers, found, note, _agreed(note, convention)).eval()


def layers_of(
    found: Sequence[Part], convention: Convention, *, is_ours: bool = False
) -> tuple[Layer, ...]:
    """Return the layers that spike; raises InterchangeError."""
    layers: list[Layer] = []
    for part in found:
        if part.neurons is not None:
            num_inputs = layers[-1].num_neurons if layers else None
            layers.append(_layer(part, convention, num_inputs=num_inputs, is_ours=is_ours))
    return tuple(layers)


def _agreed(note: Note | None, convention: Convention | None) -> Convention:
    if note is not None:
        return note.convention
    if convention is None:
        raise InterchangeError(
            "the file says neither its time step nor its reset: name the tool that wrote it "
            "(--tool), or give --dt-us and --reset"
        )
    return convention


def _layer(part: Part, convention: Convention, *, num_inputs: int | None, is_ours: bool) -> Layer:
    link = part.neurons
    if link is None:
        raise InterchangeError("a part without neurons is no layer")
    weights, bias = folded(part.linear)
    if weights is None:
        size = _size(part) if num_inputs is None else num_inputs
        weights = np.eye(size)
    if num_inputs not in {None, weights.shape[1]}:
        first = part.linear[0].name if part.linear else link.node.name
        raise InterchangeError(
            f"node {first} takes {weights.shape[1]} values, and {num_inputs} come"
        )
    bias = np.zeros(len(weights)) if bias is None else bias
    recurrent = None
    if link.recurrent is not None:
        recurrent = link.recurrent.array("weight")
        _require_square(link.recurrent.name, recurrent, len(weights))
        extra = bias_of(link.recurrent)
        if extra is not None and extra.shape != bias.shape:
            raise InterchangeError(
                f"node {link.recurrent.name}: {extra.size} biases for {bias.size} neurons"
            )
        bias = bias if extra is None else bias + extra
    fires = _neurons(part, convention, num_neurons=len(weights), is_ours=is_ours)
    return Layer(weights=weights, bias=bias, recurrent=recurrent, neurons=fires)


def _size(part: Part) -> int:
    link = part.neurons
    key = "b" if link is not None and link.node.kind in extension.KINDS else "v_threshold"
    return 0 if link is None else np.atleast_1d(link.node.array(key)).shape[-1]


def _require_square(name: str, weights: Array, num_neurons: int) -> None:
    if weights.shape != (num_neurons, num_neurons):
        raise InterchangeError(
            f"node {name}: weights of {weights.shape} lead from {num_neurons} neurons to themselves"
        )


def _neurons(part: Part, convention: Convention, *, num_neurons: int, is_ours: bool) -> Neurons:
    link = part.neurons
    if link is None:
        raise InterchangeError("a part without neurons is no layer")
    node = link.node
    if node.kind in extension.KINDS:
        if not is_ours:
            raise InterchangeError(f"node {node.name} ({node.kind}): the graph gives no dt_us")
        return extension.neurons_of(node, num_neurons=num_neurons, dt_s=convention.dt_s)
    if is_ours and node.kind == "LIF" and part.synapse is None:
        own = extension.lif_of(node, num_neurons=num_neurons)
        if own is not None:
            return own
    membrane = neurons.membrane(node, num_neurons=num_neurons, convention=convention)
    if part.synapse is not None:
        if membrane.synapse is not None or link.recurrent is not None:
            raise InterchangeError(
                f"node {node.name}: a leaky integrator in front of neurons that have a synapse of "
                "their own or feed themselves is not read"
            )
        synapse = neurons.synapse_of(part.synapse, num_neurons=num_neurons, convention=convention)
        membrane = replace(membrane, synapse=synapse)
    return FixedNeurons(neurons.at_step(membrane, convention))


def _network(
    layers: Sequence[Layer], found: Sequence[Part], note: Note | None, convention: Convention
) -> SpikingNetwork:
    """Return the layers as a network; without a read-out, a class's score is its neuron's rate."""
    last = layers[-1].num_neurons
    weights, bias = None, None
    if found[-1].neurons is None:
        weights, bias = folded(found[-1].linear, gain=READOUT_GAIN)
        noted = extension.by_rate(found[-1].linear[-1], gain=READOUT_GAIN)
        weights = weights if noted is None or len(found[-1].linear) > 1 else noted
    weights = np.eye(last) / READOUT_GAIN if weights is None else weights
    settings = NetworkSettings(
        num_inputs=layers[0].weights.shape[1],
        num_classes=len(weights),
        hidden=tuple(layer.num_neurons for layer in layers),
        neuron="lif" if note is None else note.neuron,
        is_recurrent=any(layer.recurrent is not None for layer in layers),
        dropout=0.0 if note is None else note.dropout,
        time_scale=1.0 if note is None else note.time_scale,
    )
    network = SpikingNetwork(settings, dt_us=convention.dt_us, rng=torch.Generator())
    dtype = _precision(found)
    network.to(dtype)
    with torch.no_grad():
        for layer, source in zip(network.spiking_layers(), layers, strict=True):
            _fill(layer, source, dtype)
        _set(network.readout.weight, weights)
        _set(network.readout.bias, np.zeros(len(weights)) if bias is None else bias)
    return network


def _fill(layer: SpikingLayer, source: Layer, dtype: torch.dtype) -> None:
    _set(layer.weights, source.weights)
    _set(layer.bias, source.bias)
    if layer.recurrent is not None:
        none = np.zeros((source.num_neurons, source.num_neurons))
        _set(layer.recurrent, none if source.recurrent is None else source.recurrent)
    layer.neurons = source.neurons.to(dtype)


def _set(target: Tensor, values: Array) -> None:
    if target.shape != values.shape:
        raise InterchangeError(
            f"weights of {values.shape} stand where {tuple(target.shape)} are expected"
        )
    target.copy_(torch.from_numpy(values))


def _precision(found: Sequence[Part]) -> torch.dtype:
    """Return what the weights of a file were written with."""
    kinds = {
        np.asarray(node.fields["weight"]).dtype
        for part in found
        for node in part.linear
        if "weight" in node.fields
    }
    return torch.float64 if kinds == {np.dtype(np.float64)} else torch.float32
