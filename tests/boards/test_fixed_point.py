# SPDX-License-Identifier: Apache-2.0
"""Fixed-point factors against exact rational arithmetic (closed form)."""

from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from boards.compress.fixed_point import (
    FixedPoint,
    doubling_high_multiply,
    quantize_multiplier,
    quantize_multipliers,
    rescale,
    rounding_divide_by_power_of_two,
)
from boards.errors import GraphError

INT32 = st.integers(min_value=-(2**31), max_value=2**31 - 1)


def half_away_from_zero(value: Fraction) -> int:
    """Round an exact number to the nearest integer, ties away from zero."""
    magnitude = int(abs(value) + Fraction(1, 2))
    return magnitude if value >= 0 else -magnitude


def published_high_multiply(a: int, b: int) -> int:
    """Follow the published definition: nudge by the sign of the product, divide towards zero."""
    if a == b == -(2**31):
        return 2**31 - 1
    product = a * b
    nudged = product + (2**30 if product >= 0 else 1 - 2**30)
    return nudged // 2**31 if nudged >= 0 else -(-nudged // 2**31)


@given(st.floats(min_value=1e-9, max_value=2.0**29))
def test_factor_is_represented_to_one_part_in_two_to_the_31(real: float) -> None:
    factor = quantize_multiplier(real)

    assert 2**30 <= factor.multiplier < 2**31
    assert abs(factor.real - real) <= real * 2.0**-31


@pytest.mark.parametrize(
    ("real", "expected"),
    [
        pytest.param(0.0, FixedPoint(multiplier=0, shift=0), id="zero"),
        pytest.param(1.0, FixedPoint(multiplier=2**30, shift=1), id="one"),
        pytest.param(0.5, FixedPoint(multiplier=2**30, shift=0), id="half"),
        pytest.param(1 - 2.0**-40, FixedPoint(multiplier=2**30, shift=1), id="rounds up to one"),
        pytest.param(2.0**-33, FixedPoint(multiplier=0, shift=0), id="underflows to zero"),
        pytest.param(2.0**-32, FixedPoint(multiplier=2**30, shift=-31), id="the smallest"),
    ],
)
def test_special_factors(real: float, expected: FixedPoint) -> None:
    assert quantize_multiplier(real) == expected


@pytest.mark.parametrize("real", [-1.0, float("nan"), float("inf"), 2.0**30])
def test_factor_out_of_range_is_refused(real: float) -> None:
    with pytest.raises(GraphError, match="rescaling factor"):
        quantize_multiplier(real)


@given(INT32, INT32)
def test_high_multiplication_follows_the_published_definition(a: int, b: int) -> None:
    high = doubling_high_multiply(np.array([a], dtype=np.int64), b)

    assert high.tolist() == [published_high_multiply(a, b)]


@given(INT32, st.integers(min_value=0, max_value=31))
def test_rounding_division_is_exact_with_ties_away_from_zero(x: int, exponent: int) -> None:
    quotient = rounding_divide_by_power_of_two(np.array([x], dtype=np.int64), exponent)

    assert quotient.tolist() == [half_away_from_zero(Fraction(x, 2**exponent))]


@given(st.integers(min_value=-(2**30), max_value=2**30), st.floats(min_value=1e-8, max_value=1.0))
def test_rescaling_is_within_one_of_the_exact_product(x: int, real: float) -> None:
    factor = quantize_multiplier(real)

    y = rescale(np.array([x], dtype=np.int64), multiplier=factor.multiplier, shift=factor.shift)

    assert abs(int(y[0]) - Fraction(factor.real) * x) <= 1


def test_channels_are_rescaled_by_their_own_factors() -> None:
    multiplier, shift = quantize_multipliers(np.array([0.5, 0.25, 2.0]))

    y = rescale(np.array([[8, 8, 8]]), multiplier=multiplier, shift=shift)

    assert y.tolist() == [[4, 2, 16]]


def test_shift_to_the_left_wraps_as_an_int32_register_does() -> None:
    y = rescale(np.array([3 * 2**29]), multiplier=2**30, shift=1)

    assert y.tolist() == [(3 * 2**30 - 2**32) // 2]
