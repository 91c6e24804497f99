# SPDX-License-Identifier: Apache-2.0
"""The network as the device sees it: typed operators over named tensors, quantized or not.

Arrays are laid out as LiteRT lays them out: activations [height, width, num_channels] (one slot at
a time, no batch dimension), convolution weights [num_out, kernel_height, kernel_width, num_in],
depthwise weights [1, kernel_height, kernel_width, num_channels], bias [num_out]. For an OFDM slot
height is num_symbols and width is num_subcarriers.
"""

import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

DType = Literal["float32", "int8", "int32"]


class OperatorKind(StrEnum):
    """The operators a device knows; names as in LiteRT."""

    CONV_2D = "CONV_2D"
    DEPTHWISE_CONV_2D = "DEPTHWISE_CONV_2D"
    ADD = "ADD"
    MUL = "MUL"


ELEMENTWISE = (OperatorKind.ADD, OperatorKind.MUL)
"""The operators that join two activations of one shape, value by value."""


class Activation(StrEnum):
    """What is fused behind an operator."""

    NONE = "NONE"
    RELU = "RELU"


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

    Source
    ------
    LiteRT 8-bit quantization specification; Jacob et al., arXiv 1712.05877, eq. (1).
    """

    scale: NDArray[np.float64]
    zero_point: int = 0
    axis: int | None = None


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

    Convolutions read (activation, weights, bias) and pad SAME with stride 1; ADD and MUL read two
    activations of one shape. `dilation` is (height, width).
    """

    name: str
    kind: OperatorKind
    inputs: tuple[str, ...]
    output: str
    activation: Activation = Activation.NONE
    dilation: tuple[int, int] = (1, 1)


@dataclass(frozen=True, slots=True, kw_only=True)
class Graph:
    """A network: operators in the order of execution, one input and one output."""

    name: str
    tensors: Mapping[str, Tensor]
    operators: tuple[Operator, ...]
    input: str
    output: str
    metadata: Mapping[str, str] = field(default_factory=dict[str, str])
