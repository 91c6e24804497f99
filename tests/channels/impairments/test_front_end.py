# SPDX-License-Identifier: Apache-2.0
"""Distortion of single samples against closed forms for Gaussian and for large signals."""

import math

import numpy as np
import pytest
from numpy.typing import NDArray

from channels.impairments.front_end import Compression, Distortion, OneBit, SoftLimit

NUM, POWER = 200_000, 2.5


def _gaussian() -> NDArray[np.complex64]:
    parts = np.random.default_rng(1).standard_normal((NUM, 2), dtype=np.float32)
    return (math.sqrt(POWER / 2) * parts).view(np.complex64)[:, 0]


def test_one_bit_has_bussgang_gain_one_and_the_power_of_its_distortion() -> None:
    v = _gaussian()

    seen = OneBit().apply(v, mean_power=POWER)

    # Bussgang: gain 1, rest (pi / 2 - 1) P. Both means spread by less than P / sqrt(NUM): 5 sigma.
    gain = float(np.mean(seen * v.conj()).real) / POWER
    rest = float(np.mean(np.abs(seen - v) ** 2)) / POWER
    assert gain == pytest.approx(1.0, abs=5 / math.sqrt(NUM))
    assert rest == pytest.approx(math.pi / 2 - 1, abs=5 / math.sqrt(NUM))
    level = math.sqrt(math.pi * POWER / 4)
    assert np.unique(np.abs(seen.real)) == pytest.approx([level])
    assert np.array_equal(np.sign(seen.imag), np.sign(v.imag))


def test_the_soft_limit_is_the_hyperbolic_tangent_of_each_part() -> None:
    v = np.array([0.3 - 4.0j, -1.0 + 1e-3j], dtype=np.complex64)

    seen = SoftLimit(drive=2.0).apply(v, mean_power=2.0)

    # The rms of a part is 1, so it saturates at 0.5.
    expected = 0.5 * np.tanh(v.real / 0.5) + 0.5j * np.tanh(v.imag / 0.5)
    assert seen == pytest.approx(expected, abs=1e-6)


def test_compression_is_rapps_model_of_the_amplitude() -> None:
    v = np.array([3.0 + 4.0j], dtype=np.complex64)

    seen = Compression(backoff_db=3.0, smoothness=2.0).apply(v, mean_power=2.0)

    saturation = math.sqrt(2.0 * 10**0.3)
    amplitude = 5.0 / (1 + (5.0 / saturation) ** 4) ** 0.25
    assert complex(seen[0]) == pytest.approx(amplitude * (0.6 + 0.8j), rel=1e-5)


@pytest.mark.parametrize(
    "distortion", [SoftLimit(), Compression()], ids=["soft limit", "compression"]
)
def test_small_signals_pass(distortion: Distortion) -> None:
    v = np.float32(1e-2) * _gaussian()[:100]

    seen = distortion.apply(v, mean_power=POWER)

    assert seen == pytest.approx(v, rel=1e-2)
