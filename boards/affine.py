# SPDX-License-Identifier: Apache-2.0
"""Between real numbers and int8: scale, zero point, rounding and saturation."""

import numpy as np
from numpy.typing import NDArray

from boards.graph import Quantization, Tensor

INT8_MIN, INT8_MAX = -128, 127


def quantization_for(*, low: float, high: float) -> Quantization:
    """Return the int8 quantization whose range covers low..high and 0.

    The scale is a float32 value, so that a file that stores float32 holds the same number. 0 is
    always exact; a range that begins at 0 has zero point -128.
    """
    low, high = min(low, 0.0), max(high, 0.0)
    scale = float(np.float32((high - low) / (INT8_MAX - INT8_MIN)))
    if scale == 0.0:
        return Quantization(scale=np.ones(1), zero_point=INT8_MIN)
    zero_point = round(INT8_MIN - low / scale)
    return Quantization(
        scale=np.array([scale]), zero_point=min(max(zero_point, INT8_MIN), INT8_MAX)
    )


def to_int8(x: NDArray[np.floating], quantization: Quantization) -> NDArray[np.int8]:
    """Quantize per tensor: divide by the scale, round ties to even, add the zero point, saturate.

    Parameters
    ----------
    x : float32 or float64 [...]
        Real numbers.
    quantization : Quantization
        Of one tensor.

    Returns
    -------
    int8 [...]
        The nearest integers in range.
    """
    scaled: NDArray[np.float64] = x.astype(np.float64) / quantization.scale[0]
    integers = np.rint(scaled) + quantization.zero_point
    return integers.clip(INT8_MIN, INT8_MAX).astype(np.int8)


def to_float(x: NDArray[np.int8], quantization: Quantization) -> NDArray[np.float32]:
    """Return the real numbers, float32 [...], that int8 [...] stand for."""
    centred = x.astype(np.float32) - np.float32(quantization.zero_point)
    return centred * np.float32(quantization.scale[0])


def same_scale(one: Tensor, other: Tensor) -> bool:
    """Return whether integers of both tensors stand for the same numbers."""
    mine, theirs = one.quantization, other.quantization
    if one.dtype != other.dtype or (mine is None) != (theirs is None):
        return False
    if mine is None or theirs is None:
        return True
    return float(mine.scale[0]) == float(theirs.scale[0]) and mine.zero_point == theirs.zero_point
