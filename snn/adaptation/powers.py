# SPDX-License-Identifier: Apache-2.0
"""Real powers of the matrices of neurons, and the sums that go with them."""

from collections.abc import Iterator
from fractions import Fraction

import numpy as np
from numpy.typing import NDArray
from scipy import linalg

from snn.errors import AdaptationError

Matrices = NDArray[np.float64]
_NEGATIVE = -1e-12
_IMAGINARY = 1e-9


def power_and_sum(a: Matrices, ratio: Fraction) -> tuple[Matrices, Matrices]:
    """Return A^ratio and G = (A^ratio - 1)(A - 1)^-1 of each neuron.

    For whole ratios G = 1 + A + ... + A^(ratio - 1). Both come out of one power,
    [[A, 1], [0, 1]]^ratio = [[A^ratio, G], [0, 1]], which needs no inverse, and so holds where A
    has the eigenvalue 1 (a perfect integrator) or is not diagonalisable. Pairs of complex
    eigenvalues are fine: the principal power of such a matrix is real.

    Parameters
    ----------
    a : float64 [num_neurons, num_states, num_states]
    ratio : Fraction
        Above 0.

    Raises
    ------
    AdaptationError
        If a neuron has a negative eigenvalue and the ratio is not whole: it changes sign from step
        to step, and no real system does so in a fraction of one. Or if A = 0 along a direction in
        which a fraction of a step is asked for, and no power exists.
    """
    if ratio.denominator == 1:
        return _whole(a, int(ratio))
    _require_positive(a, ratio)
    size = a.shape[-1]
    powers = [_fraction(block, ratio) for block in _augmented(a)]
    stacked = np.array(powers).reshape(len(a), 2 * size, 2 * size)
    return stacked[:, :size, :size], stacked[:, :size, size:]


def _whole(a: Matrices, ratio: int) -> tuple[Matrices, Matrices]:
    size = a.shape[-1]
    powers = np.linalg.matrix_power(np.array(list(_augmented(a))), ratio)
    return powers[:, :size, :size], powers[:, :size, size:]


def _augmented(a: Matrices) -> Iterator[NDArray[np.float64]]:
    identity, zero = np.eye(a.shape[-1]), np.zeros(a.shape[-2:])
    return (np.block([[one, identity], [zero, identity]]) for one in a)


def _fraction(block: NDArray[np.float64], ratio: Fraction) -> NDArray[np.float64]:
    power = np.asarray(linalg.fractional_matrix_power(block, float(ratio)))
    if not np.isfinite(power).all() or np.abs(power.imag).max() > _IMAGINARY * np.abs(power).max():
        raise AdaptationError(
            f"a neuron's matrix has no real power of {ratio}: {block.tolist()}. Take a whole ratio "
            "of the time steps"
        )
    return power.real


def _require_positive(a: Matrices, ratio: Fraction) -> None:
    eigenvalues = np.linalg.eigvals(a)
    is_bad = (np.abs(eigenvalues.imag) == 0.0) & (eigenvalues.real < _NEGATIVE)
    if is_bad.any():
        i_neuron = int(np.nonzero(is_bad.any(axis=-1))[0][0])
        worst = float(eigenvalues.real[i_neuron].min())
        raise AdaptationError(
            f"neuron {i_neuron} has the eigenvalue {worst:.4g}, and its power of {ratio} is not "
            "real: it changes sign every step, which nothing does in a fraction of one. Take a "
            "whole ratio of the time steps, or the method euler"
        )
