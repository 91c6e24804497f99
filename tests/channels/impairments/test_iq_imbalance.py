# SPDX-License-Identifier: Apache-2.0
"""IQ imbalance against its closed form."""

import numpy as np
import pytest

from channels.impairments.iq_imbalance import add_iq_imbalance, image_rejection_db
from channels.impairments.ofdm import to_samples, to_subcarriers

GAIN_DB, PHASE_RAD = np.array([1.0]), np.array([0.05])


@pytest.mark.parametrize("num_subcarriers", [16, 15])
def test_one_subcarrier_leaves_an_image_of_the_stated_power(num_subcarriers: int) -> None:
    # Closed form: |mu|^2 / |nu|^2 at subcarriers 3 and -3.
    centre = num_subcarriers // 2
    x = np.zeros((1, num_subcarriers), dtype=np.complex64)
    x[0, centre + 3] = 1

    y = add_iq_imbalance(x, gain_db=GAIN_DB, phase_rad=PHASE_RAD)

    ratio = 20 * np.log10(np.abs(y[0, centre + 3]) / np.abs(y[0, centre - 3]))
    assert abs(ratio - image_rejection_db(gain_db=1.0, phase_rad=0.05)) < 1e-3
    assert np.count_nonzero(y) == 2


def test_image_rejection_of_a_textbook_case() -> None:
    # By hand: gain 1 dB and no phase error, ((1 + g) / (1 - g))^2 with g = 10^(1/20): 24.8 dB.
    assert abs(image_rejection_db(gain_db=1.0, phase_rad=0.0) - 24.80) < 0.01


def test_frequency_domain_agrees_with_the_mixer_in_time() -> None:
    # Independent reference: r' = I + j g (Q cos - I sin), written with I and Q as a mixer would.
    rng = np.random.default_rng(1)
    parts = rng.standard_normal((2, 1, 3, 32))
    x = (parts[0] + 1j * parts[1]).astype(np.complex64)
    gain = 10 ** (GAIN_DB[0] / 20)

    y = add_iq_imbalance(x, gain_db=GAIN_DB, phase_rad=PHASE_RAD)

    r = to_samples(x)
    i = r.real
    q = gain * (r.imag * np.cos(PHASE_RAD[0]) - r.real * np.sin(PHASE_RAD[0]))
    expected = to_subcarriers((i + 1j * q).astype(np.complex64))
    assert np.allclose(y, expected, atol=1e-5)


def test_each_slot_has_its_own_imbalance() -> None:
    x = np.full((2, 8), 1j, dtype=np.complex64)

    y = add_iq_imbalance(x, gain_db=np.array([0.0, 3.0]), phase_rad=np.zeros(2))

    assert np.allclose(y[0], x[0])
    assert not np.allclose(y[1], x[1], atol=0.01)
