# SPDX-License-Identifier: Apache-2.0
"""Between real numbers and int8: exact zero, full range, half a step of error (closed form)."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from boards.affine import quantization_for, to_float, to_int8

LIMITS = st.floats(min_value=-1e3, max_value=1e3, width=32)


@given(LIMITS, LIMITS)
def test_zero_is_exact_in_every_range(one: float, other: float) -> None:
    quantization = quantization_for(low=min(one, other), high=max(one, other))

    zero = to_int8(np.zeros(1), quantization)

    assert zero.tolist() == [quantization.zero_point]
    assert to_float(zero, quantization).tolist() == [0.0]


@given(LIMITS, LIMITS)
def test_error_inside_the_range_is_at_most_one_step(one: float, other: float) -> None:
    low, high = min(one, other, 0.0), max(one, other, 0.0)
    quantization = quantization_for(low=low, high=high)
    x = np.linspace(low, high, 50)

    error = np.abs(to_float(to_int8(x, quantization), quantization) - x).max()

    assert error <= quantization.scale[0] * 1.001


def test_range_of_a_relu_uses_all_integers() -> None:
    quantization = quantization_for(low=0.0, high=2.55)

    assert quantization.zero_point == -128
    assert to_int8(np.array([0.0, 2.55, 9.0, -9.0]), quantization).tolist() == [
        -128,
        127,
        127,
        -128,
    ]


@pytest.mark.parametrize("value", [0.0, 1e-50])
def test_empty_range_has_a_scale(value: float) -> None:
    quantization = quantization_for(low=-value, high=value)

    assert to_float(to_int8(np.array([value]), quantization), quantization).tolist() == [0.0]
