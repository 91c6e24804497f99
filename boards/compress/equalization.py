# SPDX-License-Identifier: Apache-2.0
r"""Rescale channels between convolutions, so that one scale a tensor fits them all.

An activation may be multiplied by :math:`f_c > 0` a channel if its producer's weights and bias are
multiplied too and its reader's weights are divided; RELU lets a positive factor through, RELU6 does
not. This is done between convolutions that see all channels, or one filter a channel. In float
nothing changes. Before quantization it helps: a quiet channel no longer drowns in the rounding of a
loud one. With r the largest magnitude of a channel and w that of the weights that read it,

.. math:: f_c \propto 1 / r_c \;\text{(depthwise reader)}, \qquad
          f_c \propto \sqrt{w_c / r_c} \;\text{(dense reader)}.

Source
------
Nagel et al., Data-Free Quantization through Weight Equalization and Bias Correction, ICCV 2019,
sec. 4.1; here with ranges seen on calibration data.
"""

from collections.abc import Iterable, Mapping
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from boards import reference
from boards.graph import Activation, Graph, Operator, OperatorKind, Tensor

_DEPTHWISE = OperatorKind.DEPTHWISE_CONV_2D
_CONVOLUTIONS = (OperatorKind.CONV_2D, _DEPTHWISE)
_HOMOGENEOUS = (Activation.NONE, Activation.RELU)
_MAX_FACTOR = 1e3


Factors = Mapping[str, NDArray[np.float64]]
"""What the channels of an activation are multiplied by, float64 [num_channels], by its name."""


def equalize(graph: Graph, calibration: Iterable[NDArray[np.float32]]) -> Graph:
    """Return a float32 graph that computes the same with evener channels.

    Parameters
    ----------
    graph : Graph
        A float32 network.
    calibration : iterable of float32 [height, width, num_channels]
        Inputs as the network will meet them.
    """
    return rescale(graph, balance(graph, calibration))


def balance(graph: Graph, calibration: Iterable[NDArray[np.float32]]) -> Factors:
    """Return the factors that make the channels of a float32 graph even; see `equalize`."""
    magnitudes = _channel_magnitudes(graph, calibration)
    factors: dict[str, NDArray[np.float64]] = {}
    for producer, reader in _pairs(graph):
        weights = rescale(graph, factors).tensors[reader.inputs[1]]
        factors[producer.output] = _factors(magnitudes[producer.output], weights, reader.kind)
    return factors


def rescale(graph: Graph, factors: Factors) -> Graph:
    """Return a float32 graph that computes the same with its channels multiplied by factors.

    The factors may be those of another graph of the same operators: of this one before learning.
    """
    tensors = dict(graph.tensors)
    for producer, reader in _pairs(graph):
        if producer.output not in factors:
            continue
        own = factors[producer.output]
        for name, gain in (
            (producer.inputs[1], _output_gain(own, producer.kind)),
            (producer.inputs[2], own),
            (reader.inputs[1], 1.0 / own),
        ):
            tensors[name] = _scaled(tensors[name], gain)
    return replace(graph, tensors=tensors)


def _pairs(graph: Graph) -> Iterable[tuple[Operator, Operator]]:
    """Yield the convolutions whose output is read by one other convolution and nobody else."""
    producers = {one.output: one for one in graph.operators if one.kind in _CONVOLUTIONS}
    for name, producer in producers.items():
        readers = [operator for operator in graph.operators if name in operator.inputs]
        if name == graph.output or producer.activation not in _HOMOGENEOUS or len(readers) != 1:
            continue
        if _reads_each_channel(graph, readers[0]) and _has_own_constants(graph, producer):
            yield producer, readers[0]


def _reads_each_channel(graph: Graph, reader: Operator) -> bool:
    """Return whether the last axis of a reader's own weights is its input's channels."""
    if reader.kind not in _CONVOLUTIONS or not _has_own_constants(graph, reader):
        return False
    x, weights = (graph.tensors[name] for name in reader.inputs[:2])
    return weights.shape[3] == x.shape[2]


def _has_own_constants(graph: Graph, operator: Operator) -> bool:
    return all(
        sum(one.inputs.count(name) for one in graph.operators) == 1 for name in operator.inputs[1:]
    )


def _channel_magnitudes(
    graph: Graph, calibration: Iterable[NDArray[np.float32]]
) -> Mapping[str, NDArray[np.float64]]:
    """Return the largest magnitude of each channel of what may be rescaled."""
    wanted = [producer.output for producer, _ in _pairs(graph)]
    largest: dict[str, NDArray[np.float64]] = {}
    for x in calibration if wanted else ():
        every = reference.run_all(graph, x)
        for name in wanted:
            seen: NDArray[np.float64] = np.abs(every[name]).max(axis=(0, 1)).astype(np.float64)
            largest[name] = np.maximum(seen, largest[name]) if name in largest else seen
    return largest


def _factors(
    magnitudes: NDArray[np.float64], weights: Tensor, kind: OperatorKind
) -> NDArray[np.float64]:
    """Return one factor a channel, with geometric mean 1 over the channels that live."""
    read = np.abs(np.asarray(weights.data, dtype=np.float64)).max(axis=(0, 1, 2))
    alive = (magnitudes > 0.0) & (read > 0.0)
    wanted = np.ones_like(magnitudes)
    wanted[alive] = 1.0 / magnitudes[alive]
    if kind is not _DEPTHWISE:
        wanted[alive] = np.sqrt(read[alive] / magnitudes[alive])
    if alive.any():
        wanted[alive] /= np.exp(np.log(wanted[alive]).mean())
    return wanted.clip(1.0 / _MAX_FACTOR, _MAX_FACTOR)


def _output_gain(factors: NDArray[np.float64], kind: OperatorKind) -> NDArray[np.float64]:
    return factors if kind is _DEPTHWISE else factors[:, None, None, None]


def _scaled(tensor: Tensor, gain: NDArray[np.float64]) -> Tensor:
    return replace(tensor, data=(np.asarray(tensor.data) * gain).astype(np.float32))
