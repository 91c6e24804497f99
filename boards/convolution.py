# SPDX-License-Identifier: Apache-2.0
r"""Two-dimensional convolutions in NumPy: strides, dilation, padding, channels last.

.. math:: y[i, j, o] = \sum_{k, l, c} w[o, k, l, c] \;
          x[i s_h + k d_h - p_h, j s_w + l d_w - p_w, c]

with strides s, dilations d, paddings p, and x = 0 outside. The sum over c is one matrix product a
tap (k, l) of the kernel.
"""

from collections.abc import Iterator
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

from boards.graph import Padding

_Real = TypeVar("_Real", bound=np.float32 | np.float64)


def convolve(
    x: NDArray[_Real],
    weights: NDArray[_Real],
    *,
    dilation: tuple[int, int] = (1, 1),
    stride: tuple[int, int] = (1, 1),
    padding: Padding | None = None,
) -> NDArray[_Real]:
    """Convolve with every filter: all channels, or those of the filter's own group.

    Parameters
    ----------
    x : float32 or float64 [..., height, width, num_in]
        Activations.
    weights : same dtype [num_out, kernel_height, kernel_width, num_in / num_groups]
        Filters; those of one group are neighbours.

    Returns
    -------
    same dtype [..., num_rows, num_columns, num_out]
        Exact in float64 while products and sums are integers below 2^53.
    """
    shape, shifted = shifted_parts(
        x, weights.shape[1:3], dilation=dilation, stride=stride, padding=padding
    )
    y = np.zeros((*shape, weights.shape[0]), dtype=x.dtype)
    num_groups = x.shape[-1] // weights.shape[3]
    for (row, column), part in shifted:
        groups = np.split(part, num_groups, axis=-1)
        filters = np.split(weights[:, row, column], num_groups)
        y += np.concatenate([g @ f.T for g, f in zip(groups, filters, strict=True)], axis=-1)
    return y


def convolve_depthwise(
    x: NDArray[_Real],
    weights: NDArray[_Real],
    *,
    dilation: tuple[int, int] = (1, 1),
    stride: tuple[int, int] = (1, 1),
    padding: Padding | None = None,
) -> NDArray[_Real]:
    """Convolve each channel with its own filter, or with several.

    Parameters
    ----------
    x : float32 or float64 [..., height, width, num_channels]
        Activations.
    weights : same dtype [1, kernel_height, kernel_width, num_out]
        Filters; num_out is a multiple of num_channels, and those of one channel are neighbours.

    Returns
    -------
    same dtype [..., num_rows, num_columns, num_out]
        Exact in float64 while products and sums are integers below 2^53.
    """
    shape, shifted = shifted_parts(
        x, weights.shape[1:3], dilation=dilation, stride=stride, padding=padding
    )
    num_copies = weights.shape[-1] // x.shape[-1]
    y = np.zeros((*shape, weights.shape[-1]), dtype=x.dtype)
    for (row, column), part in shifted:
        y += np.repeat(part, num_copies, axis=-1) * weights[0, row, column]
    return y


def same_padding(*, size: int, kernel: int, dilation: int, stride: int) -> tuple[int, int, int]:
    """Return (output size, zeros before, zeros behind) along one dimension.

    Where the number of zeros is odd, the one more is behind.
    """
    num_out = -(-size // stride)
    total = max((num_out - 1) * stride + (kernel - 1) * dilation + 1 - size, 0)
    return num_out, total // 2, total - total // 2


def shifted_parts(
    x: NDArray[_Real],
    kernel: tuple[int, ...],
    *,
    dilation: tuple[int, int] = (1, 1),
    stride: tuple[int, int] = (1, 1),
    padding: Padding | None = None,
    fill: float = 0.0,
) -> tuple[tuple[int, ...], Iterator[tuple[tuple[int, int], NDArray[_Real]]]]:
    """Return the output shape [..., height, width] and, tap by tap, the activations it meets.

    `fill` is what stands outside.
    """
    sizes = (x.shape[-3], x.shape[-2])
    (height, rows), (width, columns) = (
        _extent(size=sizes[i], kernel=kernel[i], dilation=dilation[i], stride=stride[i])
        if padding is None
        else _given(sizes[i], padding[i], kernel=kernel[i], dilation=dilation[i], stride=stride[i])
        for i in range(2)
    )
    margins = [*[(0, 0)] * (x.ndim - 3), rows, columns, (0, 0)]
    padded = np.pad(x, margins, constant_values=fill)

    def parts() -> Iterator[tuple[tuple[int, int], NDArray[_Real]]]:
        for row, column in np.ndindex(kernel[0], kernel[1]):
            at_rows = slice(row * dilation[0], None, stride[0])
            at_columns = slice(column * dilation[1], None, stride[1])
            yield (row, column), padded[..., at_rows, at_columns, :][..., :height, :width, :]

    return (*x.shape[:-3], height, width), parts()


def _extent(*, size: int, kernel: int, dilation: int, stride: int) -> tuple[int, tuple[int, int]]:
    num_out, before, behind = same_padding(
        size=size, kernel=kernel, dilation=dilation, stride=stride
    )
    return num_out, (before, behind)


def _given(
    size: int, padding: tuple[int, int], *, kernel: int, dilation: int, stride: int
) -> tuple[int, tuple[int, int]]:
    reach = (kernel - 1) * dilation + 1
    return (size + sum(padding) - reach) // stride + 1, padding
