# SPDX-License-Identifier: Apache-2.0
r"""The order in which weights lie in an image, so that a kernel reads them front to back.

Two things happen here once that a device would else do in every run: weights are padded and
interleaved for the kernels' blocks, and the input's zero point is folded into the bias,

.. math:: b + \sum w (x - z) = (b - z \sum w) + \sum w x,

which holds at the borders too, since the kernels pad with z.
"""

import numpy as np
from numpy.typing import NDArray

from boards import narrow
from boards.narrow import CHUNK, WIDE, WeightBits

BLOCK_OUTPUTS = 2
BLOCK_DEPTH = 4
NARROW_DEPTH = 8
DENSE_OUTPUTS = 4


def pack_convolution(weights: NDArray[np.integer], bits: WeightBits = WIDE) -> bytes:
    """Return the weights of a CONV_2D in blocks of two outputs times four values.

    Parameters
    ----------
    weights : int8 [num_out, kernel_height, kernel_width, num_in]
        As in `boards.graph`.
    bits : int
        What a weight takes.

    Returns
    -------
    bytes
        int8 [num_out / 2][depth / 4][2][4] with depth = kernel_height * kernel_width * num_in;
        num_out and depth are padded with zeros. With fewer bits, chunks of these, and a depth that
        divides by eight.
    """
    flat = weights.reshape(weights.shape[0], -1)
    if bits == WIDE:
        return _blocks(flat, num_outputs=BLOCK_OUTPUTS).tobytes()
    padded = pad_to_multiple(flat, NARROW_DEPTH, axis=1)
    return narrow.pack_chunks(_blocks(padded, num_outputs=BLOCK_OUTPUTS), bits)


def pack_dense(weights: NDArray[np.integer], bits: WeightBits = WIDE) -> bytes:
    """Return the weights of a FULLY_CONNECTED in blocks of two outputs times four values.

    Parameters
    ----------
    weights : int8 [num_out, num_in]
        As in `boards.graph`.
    bits : int
        What a weight takes; with fewer than 8 the blocks are those of `narrow.pack_dense`.

    Returns
    -------
    bytes
        uint8 [num_out / 2][num_in / 4][4][2]: pairs of outputs; values 0, 2, 1, 3; output of the
        pair, the first of them raised by 128. num_out and num_in are padded with zeros to multiples
        of four.
    """
    padded = pad_to_multiple(
        pad_to_multiple(weights, DENSE_OUTPUTS, axis=0), BLOCK_DEPTH, axis=1
    ).astype(np.int64)
    if bits != WIDE:
        return narrow.pack_dense(padded, bits)
    padded[0::2] += 128
    num_out, depth = padded.shape
    blocks = padded.reshape(num_out // 2, 2, depth // BLOCK_DEPTH, BLOCK_DEPTH)
    ordered = blocks.transpose(0, 2, 3, 1)[:, :, [0, 2, 1, 3]]
    return ordered.astype(np.uint8).tobytes()


def pack_depthwise(weights: NDArray[np.integer], bits: WeightBits = WIDE) -> bytes:
    """Return the weights of a DEPTHWISE_CONV_2D, tap by tap.

    Parameters
    ----------
    weights : int8 [1, kernel_height, kernel_width, num_channels]
        As in `boards.graph`.
    bits : int
        What a weight takes.

    Returns
    -------
    bytes
        int8 [kernel_height * kernel_width][num_channels padded with zeros to a multiple of four].
        With fewer bits, chunks of these, with zeros behind.
    """
    padded = pad_to_multiple(weights.reshape(-1, weights.shape[-1]), BLOCK_DEPTH, axis=1)
    if bits == WIDE:
        return padded.astype(np.int8).tobytes()
    return narrow.pack_chunks(pad_to_multiple(padded.ravel(), CHUNK, axis=0), bits)


def _blocks(flat: NDArray[np.integer], *, num_outputs: int) -> NDArray[np.int8]:
    padded = pad_to_multiple(pad_to_multiple(flat, num_outputs, axis=0), BLOCK_DEPTH, axis=1)
    num_out, depth = padded.shape
    blocks = padded.reshape(num_out // num_outputs, num_outputs, depth // BLOCK_DEPTH, BLOCK_DEPTH)
    return blocks.transpose(0, 2, 1, 3).astype(np.int8).ravel()


def fold_zero_point(
    weights: NDArray[np.integer], bias: NDArray[np.integer], zero_point: int, *, channel_axis: int
) -> NDArray[np.int64]:
    """Return bias - zero_point * sum(weights), int64 [num_out]."""
    axes = tuple(axis for axis in range(weights.ndim) if axis != channel_axis)
    sums: NDArray[np.int64] = weights.astype(np.int64).sum(axis=axes)
    return bias.astype(np.int64) - zero_point * sums


def pad_to_multiple(array: NDArray[np.integer], multiple: int, *, axis: int) -> NDArray[np.integer]:
    """Append zeros along one axis until its size is a multiple."""
    widths = [(0, 0)] * array.ndim
    widths[axis] = (0, -array.shape[axis] % multiple)
    return np.pad(array, widths)
