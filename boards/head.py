# SPDX-License-Identifier: Apache-2.0
"""The head of a network, the 1 x 1 convolution it ends in, taken out of an image and put back."""

import struct
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from boards.errors import ImageError
from boards.image import Image
from boards.layout import OperatorRecord, RescaleRecord, seal
from boards.narrow import WIDE
from boards.packing import BLOCK_DEPTH, BLOCK_OUTPUTS, fold_zero_point, pack_convolution
from boards.parameters import DeviceKind
from boards.scratch import reads_in_place

_BIAS = struct.Struct("<i")


@dataclass(frozen=True, slots=True, kw_only=True)
class Head:
    """Weights and biases of a 1 x 1 convolution.

    Parameters
    ----------
    weights : int8 [num_out, num_in]
    biases : int32 [num_out]
        Without the part of the input's zero point.
    """

    weights: NDArray[np.int8]
    biases: NDArray[np.int32]

    @property
    def num_told_bytes(self) -> int:
        """Return the bytes of `told`."""
        return self.weights.size + 4 * self.biases.size

    @classmethod
    def told(cls, data: bytes, *, num_in: int, num_out: int) -> "Head":
        """Return the head in the bytes that a device tells it in, see `wire/messages.h`.

        Raises
        ------
        ValueError
            There are more or fewer bytes than such a head has.
        """
        num_weights = num_in * num_out
        if len(data) != num_weights + 4 * num_out:
            raise ValueError(f"{len(data)} bytes are no head of {num_in} to {num_out}")
        return cls(
            weights=np.frombuffer(data, np.int8, num_weights).reshape(num_out, num_in),
            biases=np.frombuffer(data, "<i4", num_out, num_weights).astype(np.int32),
        )


def head_record(image: Image) -> OperatorRecord:
    """Return the operator that is the head.

    Raises
    ------
    ImageError
        The network does not end in a 1 x 1 convolution without an activation, or in one that
        writes over its input, or with weights of fewer than 8 bits.
    """
    record = image.operators[-1]
    if record.kind is DeviceKind.CONV_2D and record.weight_bits != WIDE:
        raise ImageError(
            f"{image.source}: the weights of the head take {record.weight_bits} bits; a head that "
            f"learns has {WIDE}: give its layer {WIDE} (--weight-bits LAYER={WIDE})"
        )
    is_linear = (record.activation_min, record.activation_max) == (-128, 127)
    is_1x1 = record.kind is DeviceKind.CONV_2D and reads_in_place(record.window)
    if not (is_1x1 and is_linear):
        raise ImageError(
            f"{image.source}: the network does not end in a 1 x 1 convolution without an "
            "activation, so it has no head that can learn; patch the whole network instead"
        )
    if _writes_over_input(record):
        raise ImageError(
            f"{image.source}: the head writes over its input, which it would learn from; compile "
            "the network again"
        )
    return record


def _writes_over_input(record: OperatorRecord) -> bool:
    window = record.window
    num_pixels = window.height * window.width
    distance = record.inputs[0] - record.output
    return -num_pixels * window.num_in < distance < num_pixels * window.num_out


def head_of(image: Image) -> Head:
    """Return the head of an image; raises ImageError as `head_record` does."""
    record = head_record(image)
    weights = _unpacked(image, record)
    folded = np.array([_bias_at(image, record, o) for o in range(record.window.num_out)], np.int64)
    share = fold_zero_point(weights, np.zeros_like(folded), _zero_point(record), channel_axis=0)
    return Head(weights=weights, biases=(folded - share).astype(np.int32))


def with_head(image: Image, head: Head) -> Image:
    """Return the image with another head of the same shape, sealed.

    Raises
    ------
    ImageError
        The network has no head, or one of another shape.
    """
    record = head_record(image)
    if head.weights.shape != (record.window.num_out, record.window.num_in):
        raise ImageError(
            f"{image.source}: its head is {record.window.num_in} to {record.window.num_out}, "
            f"not {head.weights.shape[1]} to {head.weights.shape[0]}"
        )
    data = bytearray(image.data)
    packed = pack_convolution(head.weights[:, np.newaxis, np.newaxis])
    data[record.weights_offset : record.weights_offset + len(packed)] = packed
    folded = fold_zero_point(head.weights, head.biases, _zero_point(record), channel_axis=0)
    for o, bias in enumerate(folded.tolist()):
        _BIAS.pack_into(data, record.rescales_offset + o * RescaleRecord.LAYOUT.size, bias)
    return Image(seal(bytes(data)), image.source)


def _zero_point(record: OperatorRecord) -> int:
    return record.input_zero_points[0]


def _bias_at(image: Image, record: OperatorRecord, i_output: int) -> int:
    offset = record.rescales_offset + i_output * RescaleRecord.LAYOUT.size
    (bias,) = _BIAS.unpack_from(image.data, offset)
    return int(bias)


def _unpacked(image: Image, record: OperatorRecord) -> NDArray[np.int8]:
    """Return the weights, int8 [num_out, num_in], out of their blocks."""
    data = image.data[record.weights_offset :][: record.weights_bytes]
    blocks = np.frombuffer(data, np.int8).reshape(
        -(-record.window.num_out // BLOCK_OUTPUTS), -1, BLOCK_OUTPUTS, BLOCK_DEPTH
    )
    flat = blocks.transpose(0, 2, 1, 3).reshape(blocks.shape[0] * BLOCK_OUTPUTS, -1)
    return flat[: record.window.num_out, : record.window.num_in].copy()
