# SPDX-License-Identifier: Apache-2.0
"""The network as the device sees it: typed operators over named tensors, quantized or not.

Arrays are laid out as LiteRT lays them out, one slot at a time, without the batch dimension:
activations of planes [height, width, num_channels], convolution weights [num_out, kernel_height,
kernel_width, num_in], depthwise weights [1, kernel_height, kernel_width, num_out], weights of
FULLY_CONNECTED [num_out, num_in], bias [num_out]. For an OFDM slot height is num_symbols and width
is num_subcarriers.
"""

import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from boards.narrow import WIDE, WeightBits
from boards.options import Options

DType = Literal["float32", "int8", "int32"]


Padding = tuple[tuple[int, int], tuple[int, int]]


class OperatorKind(StrEnum):
    """The operators of a network; names as in LiteRT."""

    CONV_2D = "CONV_2D"
    DEPTHWISE_CONV_2D = "DEPTHWISE_CONV_2D"
    FULLY_CONNECTED = "FULLY_CONNECTED"
    ADD = "ADD"
    SUB = "SUB"
    MUL = "MUL"
    AVERAGE_POOL_2D = "AVERAGE_POOL_2D"
    MAX_POOL_2D = "MAX_POOL_2D"
    MEAN = "MEAN"
    SOFTMAX = "SOFTMAX"
    LOGISTIC = "LOGISTIC"
    TANH = "TANH"
    RELU = "RELU"
    RELU6 = "RELU6"
    LEAKY_RELU = "LEAKY_RELU"
    QUANTIZE = "QUANTIZE"
    DEQUANTIZE = "DEQUANTIZE"
    RESHAPE = "RESHAPE"
    TRANSPOSE = "TRANSPOSE"
    CONCATENATION = "CONCATENATION"
    PAD = "PAD"
    STRIDED_SLICE = "STRIDED_SLICE"
    RESIZE_NEAREST_NEIGHBOR = "RESIZE_NEAREST_NEIGHBOR"


ELEMENTWISE = (OperatorKind.ADD, OperatorKind.MUL)
"""The operators that join two activations of one shape, value by value, in float networks."""


class Activation(StrEnum):
    """What is fused behind an operator."""

    NONE = "NONE"
    RELU = "RELU"
    RELU_N1_TO_1 = "RELU_N1_TO_1"
    RELU6 = "RELU6"


REAL_RANGES: Mapping[Activation, tuple[float | None, float | None]] = {
    Activation.NONE: (None, None),
    Activation.RELU: (0.0, None),
    Activation.RELU_N1_TO_1: (-1.0, 1.0),
    Activation.RELU6: (0.0, 6.0),
}
"""What a fused activation leaves of the real numbers; None = no bound."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Quantization:
    """Affine quantization: real = scale * (integer - zero_point).

    Parameters
    ----------
    scale : float64 [1] or [num_channels]
        One scale, or one a channel along `axis`.
    zero_point : int
        The integer that stands for 0; always 0 for weights and bias.
    axis : int or None
        The dimension the scales run along; None = per tensor.
    bits : int
        What a weight takes in an image: 8, or 6, 4 or 2, which all integers fit then. They stay
        int8 here.

    Source
    ------
    LiteRT 8-bit quantization specification; Jacob et al., arXiv 1712.05877, eq. (1).
    """

    scale: NDArray[np.float64]
    zero_point: int = 0
    axis: int | None = None
    bits: WeightBits = WIDE


@dataclass(frozen=True, slots=True, kw_only=True)
class Tensor:
    """One named array; `data` is None for activations."""

    name: str
    shape: tuple[int, ...]
    dtype: DType
    quantization: Quantization | None = None
    data: NDArray[Any] | None = None

    @property
    def num_elements(self) -> int:
        """Return the number of elements."""
        return math.prod(self.shape)

    @property
    def num_bytes(self) -> int:
        """Return the number of bytes the elements take."""
        return self.num_elements * np.dtype(self.dtype).itemsize


@dataclass(frozen=True, slots=True, kw_only=True)
class Operator:
    """One node.

    Parameters
    ----------
    name : str
    kind : OperatorKind
    inputs : tuple of str
        Convolutions and FULLY_CONNECTED: activation, weights, bias. ADD, SUB and MUL: two that
        broadcast, either may be constant. CONCATENATION: one or more. All others: one activation.
    output : str
    activation : Activation
        Fused behind it.
    dilation, stride : (int, int)
        Of convolutions and pools, height and width.
    padding : ((int, int), (int, int)) or None
        Of convolutions and pools: rows above and below, columns left and right; None = SAME.
    options : Options or None
        What only operators of its kind have.
    """

    name: str
    kind: OperatorKind
    inputs: tuple[str, ...]
    output: str
    activation: Activation = Activation.NONE
    dilation: tuple[int, int] = (1, 1)
    stride: tuple[int, int] = (1, 1)
    padding: Padding | None = None
    options: Options | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Graph:
    """A network: operators in the order of execution, one input and one output."""

    name: str
    tensors: Mapping[str, Tensor]
    operators: tuple[Operator, ...]
    input: str
    output: str
    metadata: Mapping[str, str] = field(default_factory=dict[str, str])
