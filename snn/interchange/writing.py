# SPDX-License-Identifier: Apache-2.0
"""A spiking network as a NIR file: LIF as NIR has it, other neurons as nodes of our own.

    Input -> [Affine -> neurons (<-> Linear)] ... -> Affine -> Output

The scores of a network are the mean over time of what comes out: the last Affine contains the gain
of the read-out, and its metadata the weights without, which a division would not give back to the
last bit. No Scale stands there, since snnTorch 1.0.0 reads none.
"""

import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from snn.errors import InterchangeError
from snn.interchange import extension
from snn.interchange.extension import Note, array
from snn.layer import SpikingLayer
from snn.network import READOUT_GAIN, SpikingNetwork
from snn.neurons.lif import Lif
from snn.neurons.neurons import Neurons

_Edges = list[tuple[str, str]]
_Nodes = dict[str, dict[str, object]]


@dataclass(frozen=True, slots=True, kw_only=True)
class _Unchecked:
    """A graph with nodes that the package `nir` does not know: it writes them all the same."""

    fields: Mapping[str, object]

    def to_dict(self) -> Mapping[str, object]:
        """Return the graph as nested dictionaries."""
        return self.fields


def write(path: Path, network: SpikingNetwork, *, allow_extension: bool = False) -> None:
    """Write a network as a NIR file, from which `reading.read` returns it bit for bit.

    A crash leaves the old file or the whole new one.

    Parameters
    ----------
    path : Path
    network : SpikingNetwork
    allow_extension : bool
        Whether neurons that NIR has no node for may be written as nodes of our own.

    Raises
    ------
    InterchangeError
        If NIR has no node for a neuron and `allow_extension` is not given, the package `nir` is
        missing, or the file cannot be written.
    """
    fields = fields_of(network)
    others = sorted({type(one).__name__ for one in _neurons(network) if not isinstance(one, Lif)})
    if others and not allow_extension:
        raise InterchangeError(
            f"NIR has no node for neurons of the kind {', '.join(others)}: no other tool could "
            "read them. --allow-extension writes nodes of our own, for this program"
        )
    try:
        import nir
    except ImportError:
        raise InterchangeError(
            "writing NIR needs the package nir: pip install 'airloop[nir]'"
        ) from None
    graph: Any = _Unchecked(fields=fields)  # nir.write asks for no more than to_dict
    if not others:
        graph = nir.NIRGraph.from_dict(fields)
    partial = path.with_name(f".{path.name}.{os.getpid()}")
    try:
        nir.write(partial, graph)
        partial.replace(path)
    except OSError as error:
        raise InterchangeError(f"{path} cannot be written: {error}") from None
    finally:
        partial.unlink(missing_ok=True)


def fields_of(network: SpikingNetwork) -> dict[str, object]:
    """Return a network as nested dictionaries, in the layout of `nir.NIRGraph.to_dict()`."""
    settings = network.settings
    nodes: _Nodes = {"input": {"type": "Input", "shape": np.array([settings.num_inputs])}}
    edges: _Edges = []
    last = "input"
    for i, layer in enumerate(network.spiking_layers()):
        last = _add_layer(nodes, edges, last, f"layer_{i}", layer, network.dt_s)
    by_rate = array(network.readout.weight)
    readout = _affine(READOUT_GAIN * by_rate, array(network.readout.bias))
    readout["metadata"] = {extension.BY_RATE: by_rate}
    output: dict[str, object] = {"type": "Output", "shape": np.array([settings.num_classes])}
    nodes |= {"readout": readout, "output": output}
    edges += [(last, "readout"), ("readout", "output")]
    note = Note(
        dt_us=network.dt_us,
        neuron=settings.neuron,
        dropout=settings.dropout,
        time_scale=settings.time_scale,
    )
    metadata = note.to_metadata()
    return {"type": "NIRGraph", "nodes": nodes, "edges": edges, "metadata": metadata}


def _add_layer(
    nodes: _Nodes, edges: _Edges, last: str, name: str, layer: SpikingLayer, dt_s: float
) -> str:
    """Add weights and neurons, and return the neurons' name."""
    weights, neurons = f"{name}_weights", f"{name}_neurons"
    nodes[weights] = _affine(array(layer.weights), array(layer.bias))
    nodes[neurons] = _fields(layer.neurons, dt_s)
    edges += [(last, weights), (weights, neurons)]
    if layer.recurrent is not None:
        back = f"{name}_recurrent"
        nodes[back] = {"type": "Linear", "weight": array(layer.recurrent)}
        edges += [(neurons, back), (back, neurons)]
    return neurons


def _fields(neurons: Neurons, dt_s: float) -> dict[str, object]:
    if not isinstance(neurons, Lif):
        return extension.fields_of(neurons, dt_s)
    tau = array(neurons.tau_s)
    return {
        "type": "LIF",
        "tau": tau,
        "r": np.ones(len(tau)),
        "v_leak": np.zeros(len(tau)),
        "v_threshold": np.full(len(tau), neurons.threshold),
        "v_reset": np.zeros(len(tau)),
    }


def _affine(weights: object, bias: object) -> dict[str, object]:
    return {"type": "Affine", "weight": weights, "bias": bias}


def _neurons(network: SpikingNetwork) -> list[Neurons]:
    return [layer.neurons for layer in network.spiking_layers()]
