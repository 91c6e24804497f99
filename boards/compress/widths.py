# SPDX-License-Identifier: Apache-2.0
r"""How many bits the weights of each layer take, and the weights of an int8 network in fewer.

Quantizers use the symmetric range: -31..31, -7..7 or -1..1, one scale an output channel. Of a
channel, the scale is that of least square error among some that clip its largest weights,

.. math:: s = \frac{c \max |w|}{2^{b-1} - 1}, \quad 0.2 \le c \le 1.

Weights that are integers already may use the whole range of two's complement.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

import numpy as np
from numpy.typing import NDArray

from boards.compress.constants import (
    CHANNEL_AXIS,
    along_channels,
    quantized_bias,
    quantized_weights,
    scales_of_channels,
    with_own_constants,
)
from boards.errors import GraphError
from boards.graph import Graph, Operator, OperatorKind, Tensor
from boards.narrow import WIDE, WeightBits, fewest_bits
from boards.requantization import quantization_of


@dataclass(frozen=True, slots=True, kw_only=True)
class Widths:
    """What is wanted: bits for all layers with weights, and for some by name.

    Parameters
    ----------
    every : int or None
        None = whatever holds the weights as they are.
    layers : mapping of str to int
        Wins over `every`. A layer goes by its name, or by what stands before the first semicolon
        of a name that a converter has joined.
    """

    every: WeightBits | None = None
    layers: Mapping[str, WeightBits] = field(default_factory=dict[str, WeightBits])

    def of(self, graph: Graph) -> dict[str, WeightBits]:
        """Return the bits of each layer that is mentioned, by the name of its operator.

        Raises
        ------
        GraphError
            The network has no layer of a name, or none with weights.
        """
        names = [operator.name for operator in layers_of(graph)]
        known = {_short(name): name for name in names} | {name: name for name in names}
        unknown = [name for name in self.layers if name not in known]
        if unknown:
            raise GraphError(
                f"network {graph.name!r} has no weights in {', '.join(map(repr, unknown))}; its "
                f"layers are {', '.join(map(_short, names)) or 'none'}"
            )
        every, found = self.every, dict[str, WeightBits]()
        if every is not None:
            found.update((name, every) for name in names)
        found.update((known[name], bits) for name, bits in self.layers.items())
        return found


EVERY_WIDE = Widths(every=WIDE)


@dataclass(frozen=True, slots=True, kw_only=True)
class Narrowing:
    """A layer whose weights were made to take fewer bits, and what that changed.

    `error` is the mean square of the change over that of the weights, as real numbers.
    """

    layer: str
    bits: WeightBits
    error: float


def _short(name: str) -> str:
    return name.partition(";")[0]


def layers_of(graph: Graph) -> tuple[Operator, ...]:
    """Return the operators with weights."""
    return tuple(one for one in graph.operators if one.kind in CHANNEL_AXIS)


def widths_of(graph: Graph) -> dict[str, WeightBits]:
    """Return what the weights of each layer of an int8 network take."""
    return {
        one.name: quantization_of(graph.tensors[one.inputs[1]]).bits for one in layers_of(graph)
    }


def narrowed(graph: Graph, widths: Widths) -> tuple[Graph, tuple[Narrowing, ...]]:
    """Return an int8 network whose weights take the bits that are wanted, and what changed.

    A layer that is not mentioned takes the fewest bits that hold its weights as they are.

    Raises
    ------
    GraphError
        The network has no such layer, or is not quantized.
    """
    wanted = widths.of(graph)
    graph = with_own_constants(graph)
    tensors, changes = dict(graph.tensors), list[Narrowing]()
    for operator in layers_of(graph):
        weights, bias = (graph.tensors[name] for name in operator.inputs[1:])
        bits = wanted.get(operator.name, _fewest(weights))
        if _fewest(weights) <= bits:
            made, error = (_marked(weights, bits), bias), 0.0
        else:
            source = graph.tensors[operator.inputs[0]]
            made, error = _rounded((weights, bias), source, operator.kind, bits)
        if bits != WIDE:
            changes.append(Narrowing(layer=operator.name, bits=bits, error=error))
        tensors |= {one.name: one for one in made}
    return replace(graph, tensors=tensors), tuple(changes)


def _fewest(weights: Tensor) -> WeightBits:
    if weights.data is None:
        raise GraphError(f"tensor {weights.name!r} is an activation, not weights")
    return fewest_bits(weights.data)


def _marked(weights: Tensor, bits: WeightBits) -> Tensor:
    return replace(weights, quantization=replace(quantization_of(weights), bits=bits))


def _rounded(
    constants: tuple[Tensor, Tensor], source: Tensor, kind: OperatorKind, bits: WeightBits
) -> tuple[tuple[Tensor, Tensor], float]:
    """Return weights and bias of a layer in new scales, and the relative square of the change."""
    weights, bias = constants
    axis = CHANNEL_AXIS[kind]
    real, real_bias = _real(weights, axis), _real(bias, 0)
    scale_in = float(quantization_of(source).scale[0])
    scale = scales_of_channels(real, real_bias, axis=axis, bits=bits, source_scale=scale_in)
    made = quantized_weights(weights, real, scale, axis=axis, bits=bits)
    change = np.asarray(made.data) * along_channels(scale, axis=axis, rank=real.ndim) - real
    power = float(np.mean(real**2))
    error = float(np.mean(change**2)) / power if power > 0.0 else 0.0
    return (made, quantized_bias(bias, real_bias, scale_in * scale)), error


def _real(tensor: Tensor, axis: int) -> NDArray[np.float64]:
    """Return the real numbers that constants stand for, float64."""
    data = np.asarray(tensor.data, dtype=np.float64)
    scale = quantization_of(tensor).scale
    return data * (along_channels(scale, axis=axis, rank=data.ndim) if scale.size > 1 else scale)
