# SPDX-License-Identifier: Apache-2.0
"""Weights of 6, 4 and 2 bits as they lie in an image.

Byte for byte as `firmware/kernels/narrow.h` describes it for convolutions, and
`firmware/kernels/dense_narrow.h` for FULLY_CONNECTED. Every weight is raised by half its range,
that of a top field excepted, so that fields beside each other do not disturb each other.
"""

from collections.abc import Mapping
from typing import Literal

import numpy as np
from numpy.typing import NDArray

WeightBits = Literal[8, 6, 4, 2]
"""How many bits a weight takes in an image."""

WIDE: WeightBits = 8
WIDTHS: tuple[WeightBits, ...] = (8, 6, 4, 2)
BY_NAME: Mapping[str, WeightBits] = {str(one): one for one in WIDTHS}
CHUNK = 16
_WORD = np.dtype("<u4")
_LANE = np.dtype("<u2")
_PAIRED = [0, 2, 1, 3]  # values 0 and 2 share a word, 1 and 3 another

Integers = NDArray[np.int64]


def weight_limit(bits: WeightBits) -> int:
    """Return the largest weight, and minus the least, that quantizers use: 127, 31, 7 or 1."""
    return (1 << (bits - 1)) - 1


def fewest_bits(weights: NDArray[np.integer]) -> WeightBits:
    """Return the fewest bits that hold all of some weights, in two's complement."""
    low, high = int(weights.min()), int(weights.max())
    return min(one for one in WIDTHS if low >= -(1 << (one - 1)) and high < 1 << (one - 1))


def packed_bytes(num_weights: int, bits: WeightBits) -> int:
    """Return what weights of a convolution take, a multiple of `CHUNK` of them."""
    return num_weights * bits // 8


def pack_chunks(weights: NDArray[np.integer], bits: WeightBits) -> bytes:
    """Return the weights of a convolution in chunks of sixteen.

    Parameters
    ----------
    weights : int8 [num_weights]
        In the order in which an image has them as int8; their number divides by 16.
    bits : int
        6, 4 or 2; every weight fits.
    """
    raised = _raised(weights, bits).reshape(-1, 4, 4)  # chunk, step, byte
    places = 8 * np.arange(4)
    parts: list[Integers] = []
    if bits != 2:
        high = raised >> (bits - 4)
        nibbles = high[:, 0::2] | high[:, 1::2] << 4
        parts.append((nibbles << places).sum(axis=2))
    if bits != 4:
        pairs = (raised & 3) << 2 * np.arange(4)[:, np.newaxis]
        parts.append((pairs << places).sum(axis=(1, 2))[:, np.newaxis])
    return np.concatenate(parts, axis=1).astype(_WORD).tobytes()


def pack_dense(weights: NDArray[np.integer], bits: WeightBits) -> bytes:
    """Return the weights of a FULLY_CONNECTED in blocks of four outputs times four values.

    Parameters
    ----------
    weights : int8 [num_out, num_in]
        Both sizes divide by four; every weight fits.
    bits : int
        6, 4 or 2.
    """
    num_out, num_in = weights.shape
    blocks = weights.astype(np.int64).reshape(num_out // 4, 4, num_in // 4, 4)
    a, b, c, d = (blocks[:, i] for i in range(4))  # block, step, value
    half = 1 << (bits - 1)
    if bits == 2:
        return _bytes(64 * d + 16 * (c + half) + 4 * (b + half) + a + half)
    if bits == 4:
        lanes = 4096 * d + 256 * (c + half) + 16 * (b + half) + a + half
        return _lanes(lanes)
    lanes = 4096 * (c >> 2) + 64 * (b + half) + a + half
    steps = zip(_rows(_lanes(lanes), 8), _rows(_bytes(64 * (c & 3) + d + half), 4), strict=True)
    return b"".join(part for step in steps for part in step)


def _raised(weights: NDArray[np.integer], bits: WeightBits) -> Integers:
    return weights.astype(np.int64) + (1 << (bits - 1))


def _lanes(values: Integers) -> bytes:
    return (values[..., _PAIRED] & 0xFFFF).astype(_LANE).tobytes()


def _bytes(values: Integers) -> bytes:
    return (values & 0xFF).astype(np.uint8).tobytes()


def _rows(data: bytes, num_bytes: int) -> list[bytes]:
    return [data[i : i + num_bytes] for i in range(0, len(data), num_bytes)]
