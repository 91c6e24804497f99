# SPDX-License-Identifier: Apache-2.0
"""Powers of neurons' matrices against the exponential of their generators, and what has none."""

from fractions import Fraction

import numpy as np
import pytest
from scipy import linalg

from snn.adaptation.powers import power_and_sum
from snn.errors import AdaptationError

RATIOS = (Fraction(1, 8), Fraction(1, 3), Fraction(2, 3), Fraction(1), Fraction(5, 2), Fraction(4))
GENERATORS = {
    "two real modes": [[-0.3, -0.2], [0.05, -0.1]],
    "a complex pair": [[-0.3, -0.9], [0.7, -0.1]],
    "not diagonalisable": [[-0.2, 1.0], [0.0, -0.2]],
    "a perfect integrator": [[0.0, 0.3], [0.0, -0.4]],
}


@pytest.mark.parametrize("ratio", RATIOS, ids=str)
@pytest.mark.parametrize("name", GENERATORS)
def test_power_and_sum_are_those_of_the_continuous_system(name: str, ratio: Fraction) -> None:
    generator = np.array(GENERATORS[name])
    identity, zero = np.eye(2), np.zeros((2, 2))
    # exp([[M, 1], [0, 0]] t) = [[exp(M t), integral of exp(M s) over 0..t], [0, 1]].
    held = np.block([[generator, identity], [zero, zero]])
    source, target = linalg.expm(held), linalg.expm(held * float(ratio))
    a, response = source[:2, :2], source[:2, 2:]

    power, total = power_and_sum(a[None], ratio)

    np.testing.assert_allclose(power[0], target[:2, :2], rtol=1e-9, atol=1e-11)
    np.testing.assert_allclose(total[0] @ response, target[:2, 2:], rtol=1e-9, atol=1e-11)


def test_a_whole_ratio_sums_the_powers() -> None:
    a = np.array([[[0.5, -0.2], [0.1, -0.9]]])  # one eigenvalue is negative
    by_hand = sum((np.linalg.matrix_power(a[0], i) for i in range(3)), np.zeros((2, 2)))

    power, total = power_and_sum(a, Fraction(3))

    np.testing.assert_allclose(power[0], np.linalg.matrix_power(a[0], 3))
    np.testing.assert_allclose(total[0], by_hand)


def test_a_negative_eigenvalue_has_no_fractional_power_and_is_named() -> None:
    a = np.array([[[0.5]], [[-0.25]]])

    with pytest.raises(AdaptationError, match=r"neuron 1 has the eigenvalue -0\.25"):
        power_and_sum(a, Fraction(1, 2))
