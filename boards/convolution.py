# SPDX-License-Identifier: Apache-2.0
r"""Two-dimensional convolutions in NumPy: SAME padding, dilation, channels last.

.. math:: y[i, j, o] = \sum_{k, l, c} w[o, k, l, c] \;
          x[i s_h + k d_h - p_h, j s_w + l d_w - p_w, c]

with strides s, dilations d, paddings p, and x = 0 outside. The sum over c is one matrix product a
tap (k, l) of the kernel.
"""

from collections.abc import Iterator
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

_Real = TypeVar("_Real", bound=np.float32 | np.float64)


def convolve(
    x: NDArray[_Real],
    weights: NDArray[_Real],
    *,
    dilation: tuple[int, int] = (1, 1),
    stride: tuple[int, int] = (1, 1),
) -> NDArray[_Real]:
    """Convolve all input channels with every filter.

    Parameters
    ----------
    x : float32 or float64 [..., height, width, num_in]
        Activations.
    weights : same dtype [num_out, kernel_height, kernel_width, num_in]
        Filters.

    Returns
    -------
    same dtype [..., ceil(height / stride), ceil(width / stride), num_out]
        Exact in float64 while products and sums are integers below 2^53.
    """
    shape, shifted = _shifted(x, weights.shape[1:3], dilation=dilation, stride=stride)
    y = np.zeros((*shape, weights.shape[0]), dtype=x.dtype)
    for (row, column), part in shifted:
        y += part @ weights[:, row, column].T
    return y


def convolve_depthwise(
    x: NDArray[_Real],
    weights: NDArray[_Real],
    *,
    dilation: tuple[int, int] = (1, 1),
    stride: tuple[int, int] = (1, 1),
) -> NDArray[_Real]:
    """Convolve each channel with its own filter.

    Parameters
    ----------
    x : float32 or float64 [..., height, width, num_channels]
        Activations.
    weights : same dtype [1, kernel_height, kernel_width, num_channels]
        Filters.

    Returns
    -------
    same dtype [..., ceil(height / stride), ceil(width / stride), num_channels]
        Exact in float64 while products and sums are integers below 2^53.
    """
    shape, shifted = _shifted(x, weights.shape[1:3], dilation=dilation, stride=stride)
    y = np.zeros((*shape, weights.shape[-1]), dtype=x.dtype)
    for (row, column), part in shifted:
        y += part * weights[0, row, column]
    return y


def same_padding(*, size: int, kernel: int, dilation: int, stride: int) -> tuple[int, int, int]:
    """Return (output size, zeros before, zeros behind) along one dimension.

    Where the number of zeros is odd, the one more is behind.
    """
    num_out = -(-size // stride)
    total = max((num_out - 1) * stride + (kernel - 1) * dilation + 1 - size, 0)
    return num_out, total // 2, total - total // 2


def _shifted(
    x: NDArray[_Real],
    kernel: tuple[int, ...],
    *,
    dilation: tuple[int, int],
    stride: tuple[int, int],
) -> tuple[tuple[int, ...], Iterator[tuple[tuple[int, int], NDArray[_Real]]]]:
    """Return the output shape [..., height, width] and, tap by tap, the activations it meets."""
    height, above, below = same_padding(
        size=x.shape[-3], kernel=kernel[0], dilation=dilation[0], stride=stride[0]
    )
    width, left, right = same_padding(
        size=x.shape[-2], kernel=kernel[1], dilation=dilation[1], stride=stride[1]
    )
    padded = np.pad(x, [*[(0, 0)] * (x.ndim - 3), (above, below), (left, right), (0, 0)])

    def parts() -> Iterator[tuple[tuple[int, int], NDArray[_Real]]]:
        for row, column in np.ndindex(kernel[0], kernel[1]):
            rows = slice(row * dilation[0], None, stride[0])
            columns = slice(column * dilation[1], None, stride[1])
            yield (row, column), padded[..., rows, columns, :][..., :height, :width, :]

    return (*x.shape[:-3], height, width), parts()
