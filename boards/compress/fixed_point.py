# SPDX-License-Identifier: Apache-2.0
r"""How a real factor becomes an integer multiplication, and how its product is rounded.

A factor is stored as a Q31 mantissa and a power of two,

.. math:: m \approx \frac{M}{2^{31}} \, 2^{s}, \qquad 2^{30} \le M < 2^{31},

and applied with *double* rounding: the high half of the doubled product is rounded with ties
towards +infinity, the right shift behind it with ties away from zero.

Source
------
Jacob et al., arXiv 1712.05877, sec. 2.2 and appendix B; LiteRT 8-bit quantization specification.
"""

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from boards.errors import GraphError

ROUNDING = "double"
_Q31_BITS = 31
_MAX_LEFT_SHIFT = 30


@dataclass(frozen=True, slots=True, kw_only=True)
class FixedPoint:
    """A non-negative real factor: multiplier / 2^31 * 2^shift.

    Parameters
    ----------
    multiplier : int
        0, or 2^30 .. 2^31 - 1.
    shift : int
        -31 .. 30; negative values shift right.
    """

    multiplier: int
    shift: int

    @property
    def real(self) -> float:
        """Return the factor that is really applied."""
        return math.ldexp(self.multiplier, self.shift - _Q31_BITS)


def quantize_multiplier(real: float, *, max_shift: int = _MAX_LEFT_SHIFT) -> FixedPoint:
    """Return the fixed-point number nearest to a real factor; what underflows becomes 0.

    Raises
    ------
    GraphError
        If the factor is negative, not finite, or 2^`max_shift` and more.
    """
    if not math.isfinite(real) or real < 0.0:
        raise GraphError(f"a rescaling factor must be finite and not negative, this one is {real}")
    mantissa, shift = math.frexp(real)
    multiplier = math.floor(mantissa * 2**_Q31_BITS + 0.5)
    if multiplier == 2**_Q31_BITS:
        multiplier, shift = multiplier // 2, shift + 1
    if multiplier == 0 or shift < -_Q31_BITS:
        return FixedPoint(multiplier=0, shift=0)
    if shift > max_shift:
        raise GraphError(f"a rescaling factor must be below 2^{max_shift}, this one is {real:g}")
    return FixedPoint(multiplier=multiplier, shift=shift)


def quantize_multipliers(
    real: NDArray[np.float64],
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Return the multipliers and the shifts of real factors, each int64 [num_channels]."""
    factors = [quantize_multiplier(float(value)) for value in real]
    multipliers = np.array([factor.multiplier for factor in factors], dtype=np.int64)
    return multipliers, np.array([factor.shift for factor in factors], dtype=np.int64)


def doubling_high_multiply(
    x: NDArray[np.int64], multiplier: NDArray[np.int64] | int
) -> NDArray[np.int64]:
    r"""Return :math:`\lfloor (x M + 2^{30}) / 2^{31} \rfloor`: nearest, ties towards +infinity.

    Both factors are int32 values held in int64. The one overflow, (-2^31)^2, saturates.
    """
    high: NDArray[np.int64] = (x * multiplier + 2 ** (_Q31_BITS - 1)) >> _Q31_BITS
    return high.clip(max=2**_Q31_BITS - 1)


def rounding_divide_by_power_of_two(
    x: NDArray[np.int64], exponent: NDArray[np.int64] | int
) -> NDArray[np.int64]:
    """Return x / 2^exponent to the nearest integer, ties away from zero; exponent is 0..31."""
    mask = np.left_shift(np.int64(1), exponent) - 1
    threshold = (mask >> 1) + (x < 0)
    round_up: NDArray[np.bool_] = (x & mask) > threshold
    return (x >> exponent) + round_up.astype(np.int64)


def rescale_once(
    x: NDArray[np.int64],
    *,
    multiplier: NDArray[np.int64] | int,
    shift: NDArray[np.int64] | int,
) -> NDArray[np.int64]:
    """Multiply integers by a fixed-point factor, rounded once, ties away from zero.

    Arguments and result as of `rescale`; the factor is below 2.
    """
    right = _Q31_BITS - np.asarray(shift, np.int64)
    half = np.left_shift(np.int64(1), right - 1) - (x < 0)
    rounded: NDArray[np.int64] = (x * multiplier + half) >> right
    return rounded


def rescale(
    x: NDArray[np.int64],
    *,
    multiplier: NDArray[np.int64] | int,
    shift: NDArray[np.int64] | int,
) -> NDArray[np.int64]:
    """Multiply integers by a fixed-point factor, with double rounding.

    Parameters
    ----------
    x : int64 [..., num_channels]
        Values of an int32 accumulator; what leaves int32 on a shift to the left wraps.
    multiplier, shift : int or int64 [num_channels]
        The factor, as in `FixedPoint`.

    Returns
    -------
    int64 [..., num_channels]
        int32 values.
    """
    left, right = np.maximum(shift, 0), np.maximum(np.negative(shift), 0)
    wrapped = (x << left).astype(np.int32).astype(np.int64)
    return rounding_divide_by_power_of_two(doubling_high_multiply(wrapped, multiplier), right)
