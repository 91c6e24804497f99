# SPDX-License-Identifier: Apache-2.0
"""How large the numbers of a channel are, and the shifts that make them fit."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from torch import Tensor

from receivers.mimo.integer.functions import FEATURE_BITS

_KEPT = 0.9999
_MAX_SAMPLES = 1_000_000
_USUAL = 2.0 ** (FEATURE_BITS + 1)
"""Of a message or a hidden number; features are about as large."""
_MAX_SHIFT = 31


@dataclass(frozen=True, slots=True, kw_only=True)
class Range:
    """Of a channel: root mean square, and what all but one value in 10,000 keep below.

    Parameters
    ----------
    usual, largest : float64 [num_channels]
    """

    usual: Tensor
    largest: Tensor


def range_of(values: Tensor) -> Range:
    """Return the range of [num_values, num_channels]."""
    step = max(1, values.numel() // _MAX_SAMPLES)
    sizes = values[::step].double().abs()
    last = min(len(sizes) - 1, int(_KEPT * len(sizes)))
    return Range(usual=sizes.square().mean(0).sqrt(), largest=sizes.sort(dim=0).values[last])


def shifts(found: Range, *, unit: NDArray[np.float64], most: int) -> NDArray[np.int64]:
    """Return shifts to the right that make channels about as large as features, at most `most`.

    Parameters
    ----------
    found : Range
    unit : float64 [num_channels]
        What 1 is worth before the shift.
    most : int
    """
    by_use = found.usual.numpy() / unit / _USUAL
    by_limit = found.largest.numpy() / unit / most
    needed = np.maximum(np.maximum(by_use, by_limit), 1.0)
    return np.minimum(np.ceil(np.log2(needed)), _MAX_SHIFT).astype(np.int64)
