# SPDX-License-Identifier: Apache-2.0
"""Resource elements as a device takes them, and the products that all its detectors begin with.

The twin, in NumPy, of `firmware/kernels/element.h`, which has the layout.
"""

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from sim.mimo.problem import Problem, Shape

_INT16_MAX = 2**15 - 1
_MAX_NORM = 2.0**15.5
_MAX_NOISE = 1e30
_NOISE_BYTES = 4


@dataclass(frozen=True, slots=True, kw_only=True)
class Products:
    """What is left of elements once their columns are multiplied.

    Parameters
    ----------
    matched : int32 [num_elements, num_tx, 2]
        Real and imaginary part of h_k^H y.
    gram : int32 [num_elements, num_tx, num_tx, 2]
        Of h_k^H h_j, all k and j.
    noise : float32 [num_elements]
        Noise variance of an antenna, complex.
    """

    matched: NDArray[np.int32]
    gram: NDArray[np.int32]
    noise: NDArray[np.float32]


def num_bytes(shape: Shape) -> int:
    """Return the bytes of an element."""
    return 4 * shape.num_rx_ant * (1 + shape.num_tx) + _NOISE_BYTES


def pack(problem: Problem) -> NDArray[np.int8]:
    """Return elements as a device takes them, int8 [num_elements, num_bytes].

    Each is scaled by itself so that its strongest column, y among them, has a squared norm of just
    below 2^31, and no number exceeds int16.
    """
    y, h = problem.y.numpy()[:, None], problem.h.numpy().transpose(0, 2, 1)
    columns = np.concatenate([y, h], axis=1).astype(np.complex128)
    parts = np.stack([columns.real, columns.imag], axis=-1)
    scale = _scale(parts)
    integers = np.rint(parts * scale[:, None, None, None]).astype("<i2")
    noise = np.minimum(problem.noise_variance.numpy() * scale**2, _MAX_NOISE).astype("<f4")
    return np.concatenate(
        [integers.reshape(len(integers), -1).view(np.int8), noise[:, None].view(np.int8)], axis=1
    )


def _scale(parts: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return float64 [num_elements] of [num_elements, 1 + num_tx, num_rx_ant, 2]."""
    norm = np.sqrt((parts**2).sum(axis=(2, 3))).max(axis=1)
    largest = np.abs(parts).max(axis=(1, 2, 3))
    rounding = np.sqrt(2 * parts.shape[2]) / 2 + 1
    tiny = np.finfo(np.float32).tiny
    by_norm: NDArray[np.float64] = (_MAX_NORM - rounding) / np.maximum(norm, tiny)
    by_largest: NDArray[np.float64] = _INT16_MAX / np.maximum(largest, tiny)
    both: NDArray[np.float64] = np.minimum(by_norm, by_largest)
    return both


def products(packed: NDArray[np.int8], shape: Shape) -> Products:
    """Return what `element_products` does: exact, or wrapped where int32 is too small."""
    numbers = np.ascontiguousarray(packed[:, :-_NOISE_BYTES]).view("<i2").astype(np.int64)
    columns = numbers.reshape(len(packed), 1 + shape.num_tx, shape.num_rx_ant, 2)
    real, imaginary = columns[..., 0], columns[..., 1]
    h_real, h_imaginary = real[:, 1:], imaginary[:, 1:]
    re = _inner(h_real, real) + _inner(h_imaginary, imaginary)
    im = _inner(h_real, imaginary) - _inner(h_imaginary, real)
    every = np.stack([re, im], axis=-1).astype(np.int32)  # wraps
    noise = np.ascontiguousarray(packed[:, -_NOISE_BYTES:]).view("<f4")[:, 0]
    return Products(matched=every[:, :, 0], gram=every[:, :, 1:], noise=noise)


def _inner(a: NDArray[np.int64], b: NDArray[np.int64]) -> NDArray[np.int64]:
    """Return [num_elements, num_a, num_b] of [num_elements, num_a, n] and [.., num_b, n]."""
    product: NDArray[np.int64] = np.einsum("ekn,ejn->ekj", a, b)
    return product


def rounded(values: NDArray[np.floating[Any]], limit: int) -> NDArray[np.int32]:
    """Return the nearest integers, ties away from zero, within +-limit; -limit of no number."""
    half = np.float32(0.5)
    with np.errstate(invalid="ignore", over="ignore"):
        away = np.where(values < 0, values - half, values + half)
        whole = np.trunc(np.where(values < limit, away, np.float32(limit)))
        kept = np.where(values > -limit, whole, np.float32(-limit))
    integers: NDArray[np.int32] = kept.astype(np.int32)
    return integers
