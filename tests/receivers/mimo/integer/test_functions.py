# SPDX-License-Identifier: Apache-2.0
"""Functions of integers against those of the library, over all of their range."""

import numpy as np

from receivers.mimo.integer import functions

ONE = 2.0**-functions.FEATURE_BITS


def test_the_logarithm_is_right_to_a_thousandth() -> None:
    spread = np.unique(np.geomspace(1, 2**31 - 1, 100_000).astype(np.int64))

    found = functions.logarithm(spread) * ONE

    expected = np.log(spread * 2.0**-functions.SPREAD_BITS)
    assert np.abs(found - expected).max() < 1.5e-3


def test_the_exponential_is_right_to_a_percent_or_the_last_bit() -> None:
    below = np.arange(0, 20 << functions.LOGIT_BITS)

    found = functions.exponential(below) * 2.0**-functions.WEIGHT_BITS

    expected = np.exp(-below * 2.0**-functions.LOGIT_BITS)
    assert (np.abs(found - expected) < 0.01 * expected + 2.0**-functions.WEIGHT_BITS).all()
    assert found[0] == 1.0
    assert (np.diff(found) <= 0).all()


def test_the_hyperbolic_tangent_is_right_to_a_thousandth_and_odd() -> None:
    values = np.arange(-(2**15), 2**15)

    found = functions.hyperbolic_tangent(values) * ONE

    assert np.abs(found - np.tanh(values * ONE)).max() < 1.2e-3
    assert (functions.hyperbolic_tangent(-values) == -functions.hyperbolic_tangent(values)).all()


def test_moments_are_those_of_a_softmax() -> None:
    rng = np.random.default_rng(1)
    logits = rng.integers(-1500, 1500, (2000, 4))
    levels = np.array([-1.34, -0.45, 0.45, 1.34])

    mean, variance = functions.moments(logits, np.rint(levels / ONE).astype(np.int64))

    p = np.exp(logits * 2.0**-functions.LOGIT_BITS)
    p /= p.sum(-1, keepdims=True)
    expected = p @ levels
    spread = (p * (levels - expected[:, None]) ** 2).sum(-1)
    assert np.abs(mean * ONE - expected).max() < 5e-3
    assert np.abs(variance * 2.0**-functions.WEIGHT_BITS - spread).max() < 1e-2


def test_equal_logits_are_no_belief_and_far_ones_a_certain_one() -> None:
    levels = np.array([2048, -2048])

    mean, variance = functions.moments(np.array([[0, 0], [2**20, -(2**20)]]), levels)

    assert mean.tolist() == [0, 2048]
    assert variance.tolist() == [2**15, 0]
