# SPDX-License-Identifier: Apache-2.0
"""Quantization against the six-decibel rule."""

import numpy as np
import pytest

from channels.impairments.converter import convert, quantize


def test_two_bits_have_four_levels_between_plus_and_minus_full_scale() -> None:
    # By hand: step 2 / 4, mid-rise levels at -0.75, -0.25, 0.25, 0.75.
    v = np.array([-9.0, -0.6, -0.01, 0.01, 0.49, 0.51, 9.0], dtype=np.float32)

    out = quantize(v, full_scale=np.array([1.0], dtype=np.float32), bits=np.array([2]))

    assert np.allclose(out, [-0.75, -0.75, -0.25, 0.25, 0.25, 0.75, 0.75])


@pytest.mark.parametrize("bits", [6, 8, 10, 12])
def test_signal_to_quantization_noise_is_six_decibels_a_bit(bits: int) -> None:
    # Closed form: 6.02 b + 4.77 - clipping_db for uniform quantization noise, here with full scale
    # 14 dB above rms (clipping of a Gaussian component: 5e-7). 0.1 dB allowed; the noise power over
    # 50 * 896 * 2 samples has a standard deviation of 0.02 dB.
    rng = np.random.default_rng(1)
    parts = rng.standard_normal((2, 50, 1, 14, 64))
    y = (parts[0] + 1j * parts[1]).astype(np.complex64)

    seen = convert(y, bits=np.full(50, bits), clipping_db=np.full(50, 14.0))

    sqnr_db = 10 * np.log10(np.mean(np.abs(y) ** 2) / np.mean(np.abs(seen - y) ** 2))
    assert abs(sqnr_db - (6.0206 * bits + 4.7712 - 14.0)) < 0.1


def test_gain_control_follows_each_antenna_and_slot() -> None:
    rng = np.random.default_rng(2)
    parts = rng.standard_normal((2, 1, 1, 14, 64))
    y = (parts[0] + 1j * parts[1]).astype(np.complex64)
    levels = np.array([1e-6, 1.0, 1e6], dtype=np.float32)[:, None, None, None]

    seen = convert(levels * y, bits=np.full(3, 4), clipping_db=np.full(3, 12.0))

    assert np.allclose(seen / levels, seen[1:2], atol=1e-4)


def test_silence_stays_quiet() -> None:
    seen = convert(
        np.zeros((1, 1, 2, 8), dtype=np.complex64), bits=np.array([8]), clipping_db=np.array([12.0])
    )

    assert np.abs(seen).max() < 1e-30
