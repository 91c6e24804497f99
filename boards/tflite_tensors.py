# SPDX-License-Identifier: Apache-2.0
"""The tensors of a `.tflite` model, as those of a graph: checked, named apart, without a batch."""

import math
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from boards.errors import GraphError
from boards.graph import DType, Quantization, Tensor
from boards.narrow import WIDE, WeightBits

_Raw = Any  # the schema's classes have no types
_FLOAT32, _INT32, _INT8 = 0, 2, 9  # of the schema's TensorType
_DTYPES: dict[int, DType] = {_FLOAT32: "float32", _INT32: "int32", _INT8: "int8"}
_PACKED: Mapping[int, WeightBits] = {17: 4, 19: 2}  # INT4 and INT2: several in a byte
_MOST_ELEMENTS = 1 << 28
_MOST_AXES = 6


class TensorTable:
    """Reads tensors by their number in the model.

    Parameters
    ----------
    tensors, buffers : sequence
        Of the schema's `TensorT` and `BufferT`.
    """

    def __init__(self, tensors: Sequence[_Raw] | None, buffers: Sequence[_Raw] | None) -> None:
        self._tensors: Sequence[_Raw] = tensors or ()
        self._buffers: Sequence[_Raw] = buffers or ()
        self._names: dict[int, str] = {}
        for i, tensor in enumerate(self._tensors):
            name = (tensor.name or b"").decode() or f"tensor_{i}"
            self._names[i] = f"{name}_{i}" if name in self._names.values() else name

    def activation(self, index: int) -> Tensor:
        """Return a tensor that operators make, without its batch dimension."""
        tensor, shape = self._at(index)
        if len(shape) < 2 or shape[0] != 1:
            raise GraphError(
                f"tensor {self._names[index]!r} has the shape {list(shape)}; the first size must "
                "be 1: one slot at a time"
            )
        return Tensor(
            name=self._names[index],
            shape=shape[1:],
            dtype=self._dtype(index, tensor),
            quantization=self._quantization(index, tensor, shape, is_activation=True),
        )

    def constant(self, index: int) -> Tensor | None:
        """Return a tensor whose values stand in the model; None for an activation."""
        tensor, shape = self._at(index)
        buffer = self._buffers[tensor.buffer]
        if buffer.data is None or len(buffer.data) == 0:
            return None
        bits = _PACKED.get(tensor.type, WIDE)
        dtype: DType = "int8" if bits != WIDE else self._dtype(index, tensor)
        stored = np.asarray(buffer.data, np.uint8)
        data = stored.view(np.dtype(dtype).newbyteorder("<"))
        if bits != WIDE:
            data = _unpacked(stored, bits, num_values=math.prod(shape))
        if data.size != math.prod(shape):
            raise GraphError(
                f"tensor {self._names[index]!r} holds {data.size} values; {list(shape)} are "
                f"{math.prod(shape)}"
            )
        return Tensor(
            name=self._names[index],
            shape=shape,
            dtype=dtype,
            quantization=self._quantization(index, tensor, shape, is_activation=False, bits=bits),
            data=data.reshape(shape).astype(dtype),
        )

    def integers(self, index: int) -> tuple[int, ...]:
        """Return the values of a constant of integers, such as axes or paddings."""
        found = self.constant(index)
        if found is None or found.data is None or found.dtype != "int32":
            raise GraphError(f"tensor {self._names[index]!r} is no constant of 32-bit integers")
        return tuple(int(value) for value in found.data.ravel())

    def _at(self, index: int) -> tuple[_Raw, tuple[int, ...]]:
        if not 0 <= index < len(self._tensors):
            raise GraphError(f"there is no tensor {index}")
        tensor = self._tensors[index]
        shape = tuple(int(size) for size in (() if tensor.shape is None else tensor.shape))
        if len(shape) > _MOST_AXES or any(size < 1 for size in shape):
            raise GraphError(f"tensor {self._names[index]!r} has the shape {list(shape)}")
        if math.prod(shape) > _MOST_ELEMENTS:
            raise GraphError(f"tensor {self._names[index]!r} has {math.prod(shape)} elements")
        return tensor, shape

    def _dtype(self, index: int, tensor: _Raw) -> DType:
        if tensor.type not in _DTYPES:
            raise GraphError(
                f"tensor {self._names[index]!r} has the type {tensor.type} of the schema; float32, "
                "int32 and int8 are supported, int4 and int2 of weights"
            )
        return _DTYPES[tensor.type]

    def _quantization(
        self,
        index: int,
        tensor: _Raw,
        shape: tuple[int, ...],
        *,
        is_activation: bool,
        bits: WeightBits = WIDE,
    ) -> Quantization | None:
        given = tensor.quantization
        if given is None or given.scale is None or len(given.scale) == 0:
            return None
        scales = [float(scale) for scale in given.scale]
        if not all(0.0 < scale < math.inf for scale in scales):
            raise GraphError(f"tensor {self._names[index]!r} has a scale that is not above 0")
        scale: NDArray[np.float64] = np.array(scales)
        zeros = [0] if given.zeroPoint is None else [int(zero) for zero in given.zeroPoint]
        name, axis = self._names[index], int(given.quantizedDimension)
        per_axis = len(scale) > 1
        if len(set(zeros)) != 1 or not -128 <= zeros[0] <= 127:
            raise GraphError(f"tensor {name!r} has the zero points {zeros[:8]}")
        fits = not is_activation and 0 <= axis < len(shape) and shape[axis] == len(scale)
        if per_axis and not fits:
            raise GraphError(f"tensor {name!r} has {len(scale)} scales along axis {axis}")
        if per_axis and zeros[0]:
            raise GraphError(f"tensor {name!r} has several scales and the zero point {zeros[0]}")
        return Quantization(
            scale=scale, zero_point=zeros[0], axis=axis if per_axis else None, bits=bits
        )


def _unpacked(stored: NDArray[np.uint8], bits: WeightBits, *, num_values: int) -> NDArray[np.int8]:
    """Return integers that lie several in a byte, the first in the lowest bits, as int8."""
    fields = (stored[:, np.newaxis] >> np.arange(0, 8, bits, dtype=np.uint8)).ravel()
    if not num_values <= fields.size < num_values + 8 // bits:
        return fields.astype(np.int8)  # too many or too few
    top = (fields[:num_values] << (8 - bits)).astype(np.int8)
    signed: NDArray[np.int8] = top >> (8 - bits)
    return signed
