# SPDX-License-Identifier: Apache-2.0
r"""What a device is told to learn the head of its network with: a table, factors, labels.

Bytes are laid out as `firmware/wire/messages.h` says; what they do as `firmware/learn/head.h` says.

A channel of the head's input that is loud would learn faster than a quiet one. The factors even
that out. In real numbers one step is

.. math:: w_{oc} \leftarrow w_{oc} - \eta \, \frac{\overline{e_o x_c}}{E[x_c^2]}, \qquad
          b_o \leftarrow b_o - \eta \, \overline{e_o}, \qquad e_o = p_o - b_o,

Newton's method for features that are uncorrelated, but for the constant :math:`p (1 - p)`. In steps
of int8 weights the scales :math:`1 / (s_o s_x)` come in, once an output.
"""

import struct
from dataclasses import dataclass
from typing import Self

import numpy as np
from numpy.typing import NDArray

from boards import reference
from boards.affine import INT8_MAX, INT8_MIN
from boards.compress.fixed_point import FixedPoint, quantize_multiplier
from boards.graph import Graph, Quantization
from boards.requantization import quantization_of

WEIGHT_FRACTION_BITS = 20
BIAS_FRACTION_BITS = 8
ERROR_BITS = 15
GRADIENT_SHIFT = 8
MAX_MOMENTUM_SHIFT = 7

_Q31_BITS = 31
FACTOR = struct.Struct("<IB")
_LABEL = np.dtype([("element", "<u2"), ("bits", "u1")])
LABEL_BYTES = _LABEL.itemsize


@dataclass(frozen=True, slots=True, kw_only=True)
class HeadLabels:
    """Elements of one slot whose bits are known.

    Parameters
    ----------
    elements : int64 [num_labels]
        Row times width plus column, each 0..65535.
    bits : uint8 [num_labels, num_out]
        0 or 1, in the order of the head's outputs.
    """

    elements: NDArray[np.int64]
    bits: NDArray[np.uint8]

    @classmethod
    def of_slot(cls, labelled: NDArray[np.bool_], bits: NDArray[np.uint8]) -> Self:
        """Return the labels of a slot.

        Parameters
        ----------
        labelled : bool [num_symbols, num_subcarriers]
            True where bits are known.
        bits : uint8 [num_labels, num_bits_per_symbol]
            Of these elements, symbol by symbol, subcarrier by subcarrier.
        """
        return cls(elements=np.flatnonzero(labelled), bits=bits)

    @property
    def num_labels(self) -> int:
        """Return the number of elements."""
        return len(self.elements)

    def pack(self) -> bytes:
        """Return the bytes of `learn_label_t`, one behind the other."""
        packed = np.zeros(self.num_labels, _LABEL)
        packed["element"] = self.elements
        packed["bits"] = (self.bits.astype(np.int64) << np.arange(self.bits.shape[1])).sum(axis=1)
        return packed.tobytes()


@dataclass(frozen=True, slots=True, kw_only=True)
class HeadSettings:
    """How a head learns.

    Parameters
    ----------
    probability_q15 : uint16 [256]
        Probability that a bit is 1, for outputs from -128 on; 0..32768.
    inputs : tuple of FixedPoint
        Factor of each input channel, the bias last.
    outputs : tuple of FixedPoint
        Factor of each output.
    momentum_shift : int
        0..7: a step keeps 1 - 2^-momentum_shift of the gradients before it; 0 keeps nothing.
    """

    probability_q15: NDArray[np.uint16]
    inputs: tuple[FixedPoint, ...]
    outputs: tuple[FixedPoint, ...]
    momentum_shift: int

    @property
    def num_in(self) -> int:
        """Return the channels of the head's input."""
        return len(self.inputs) - 1

    @property
    def num_out(self) -> int:
        """Return the outputs of the head."""
        return len(self.outputs)

    def pack(self) -> bytes:
        """Return the bytes of the settings that follow `learn_begin_t`."""
        factors = (pack_factor(factor) for factor in (*self.inputs, *self.outputs))
        return self.probability_q15.astype("<u2").tobytes() + b"".join(factors)


def settings_for(graph: Graph, x: NDArray[np.int8], *, momentum_shift: int = 3) -> HeadSettings:
    """Return the settings of an int8 network, evened out over slots of the kind it will meet.

    Parameters
    ----------
    graph : Graph
        An int8 network that ends in a 1 x 1 convolution.
    x : int8 [num_slots, height, width, num_channels]
        Inputs; a few slots are enough.
    momentum_shift : int
        As in `HeadSettings`.
    """
    activation, weights, _ = graph.operators[-1].inputs
    seen = quantization_of(graph.tensors[activation])
    centred = reference.run_all(graph, x)[activation].astype(np.float64) - seen.zero_point
    energy = np.maximum(np.square(centred).reshape(-1, centred.shape[-1]).mean(axis=0), 1.0)
    bits = WEIGHT_FRACTION_BITS - ERROR_BITS + GRADIENT_SHIFT
    bias_bits = BIAS_FRACTION_BITS - ERROR_BITS + GRADIENT_SHIFT
    sum_scales = quantization_of(graph.tensors[weights]).scale * seen.scale[0]
    num_out = graph.tensors[graph.output].shape[-1]
    return HeadSettings(
        probability_q15=probabilities(quantization_of(graph.tensors[graph.output])),
        inputs=tuple(quantize_multiplier(f) for f in [*(2.0**bits / energy), 2.0**bias_bits]),
        outputs=tuple(quantize_multiplier(f) for f in np.broadcast_to(1 / sum_scales, (num_out,))),
        momentum_shift=momentum_shift,
    )


def probabilities(output: Quantization) -> NDArray[np.uint16]:
    """Return the probability in Q15 that a bit is 1, uint16 [256], for LLRs from -128 on."""
    llr = output.scale[0] * (np.arange(INT8_MIN, INT8_MAX + 1) - output.zero_point)
    probability: NDArray[np.float64] = 1.0 / (1.0 + np.exp(-np.clip(llr, -700.0, 700.0)))
    table: NDArray[np.uint16] = np.rint(probability * 2**ERROR_BITS).astype(np.uint16)
    return table


def step_factor(rate: float, *, num_labels: int) -> FixedPoint:
    """Return the rate of a step on the mean over its labels, for a device that has their sum.

    Raises
    ------
    GraphError
        The rate is negative, not finite, or 2^30 and more.
    """
    return quantize_multiplier(rate / max(num_labels, 1))


def right_shift_of(factor: FixedPoint) -> int:
    """Return s of a factor written as multiplier / 2^s."""
    return _Q31_BITS - factor.shift


def pack_factor(factor: FixedPoint) -> bytes:
    """Return the bytes of `learn_factor_t`."""
    return FACTOR.pack(factor.multiplier, right_shift_of(factor))
