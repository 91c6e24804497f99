# SPDX-License-Identifier: Apache-2.0
"""The Rapp amplifier against its closed form."""

import numpy as np
import pytest
from numpy.typing import NDArray

from channels.impairments.amplifier import amplify, rapp
from channels.impairments.ofdm import to_samples, to_subcarriers


def drive(amplitude: float, *, saturation: float = 1.0, smoothness: float = 2.0) -> complex:
    """Return the output for one sample of this amplitude and phase 1 rad."""
    v = np.array([amplitude * np.exp(1j)], dtype=np.complex64)
    shape = np.array([[saturation], [smoothness]], dtype=np.float32)
    out = rapp(v, saturation=shape[0], smoothness=shape[1])
    return complex(out[0])


def random_slot() -> NDArray[np.complex64]:
    """Return complex64 [1, 1, 14, 64] of unit energy."""
    signs = np.random.default_rng(1).choice([-1.0, 1.0], (2, 1, 1, 14, 64)) / np.sqrt(2)
    return np.asarray(signs[0] + 1j * signs[1], dtype=np.complex64)


@pytest.mark.parametrize(
    ("amplitude", "smoothness", "expected"),
    [
        pytest.param(1.0, 2.0, 2**-0.25, id="at saturation, p = 2"),
        pytest.param(1.0, 3.0, 2 ** (-1 / 6), id="at saturation, p = 3"),
        pytest.param(1e-3, 2.0, 1e-3, id="small signal"),
        pytest.param(1e3, 2.0, 1.0, id="deep saturation"),
        pytest.param(1e3, 100.0, 1.0, id="deep saturation of a hard limiter"),
    ],
)
def test_amplitude_follows_the_curve(amplitude: float, smoothness: float, expected: float) -> None:
    # Closed form: A (1 + (A / Asat)^2p)^(-1/2p).
    assert np.isclose(abs(drive(amplitude, smoothness=smoothness)), expected, rtol=1e-4)


def test_phase_is_kept() -> None:
    assert np.isclose(np.angle(drive(5.0)), 1.0, atol=1e-6)


def test_much_backoff_changes_nothing() -> None:
    x = random_slot()

    y = amplify(x, backoff_db=np.array([60.0]), smoothness=np.array([2.0]))

    assert np.allclose(y, x, atol=1e-4)


def test_less_backoff_distorts_more() -> None:
    x = random_slot()

    evm = []
    for backoff_db in (12.0, 6.0, 3.0, 0.0):
        y = amplify(x, backoff_db=np.array([backoff_db]), smoothness=np.array([2.0]))
        gain = np.vdot(x, y) / np.vdot(x, x)
        evm.append(np.linalg.norm(y / gain - x) / np.linalg.norm(x))

    assert np.all(np.diff(evm) > 0)
    assert evm[0] < 0.05
    assert evm[-1] > 0.1


def test_hard_limiter_keeps_the_gain_that_bussgang_predicts() -> None:
    # Closed form: a Gaussian signal through a soft limiter at A keeps a gain of
    # 1 - exp(-g^2) + sqrt(pi)/2 g erfc(g), with g^2 = A^2 / mean power (Dardari, Tralli, Vaccari,
    # IEEE Trans. Commun. 48 (10), 2000). 64 subcarriers are nearly Gaussian: 0.5 % allowed over 200
    # slots.
    from scipy.special import erfc

    rng = np.random.default_rng(2)
    parts = rng.standard_normal((2, 200, 1, 14, 64)) / np.sqrt(2)
    x = (parts[0] + 1j * parts[1]).astype(np.complex64)
    g = 10 ** (3.0 / 20)

    y = amplify(x, backoff_db=np.full(200, 3.0), smoothness=np.full(200, 50.0))

    gain = (np.vdot(x, y) / np.vdot(x, x)).real
    expected = 1 - np.exp(-(g**2)) + np.sqrt(np.pi) / 2 * g * erfc(g)
    assert abs(gain / expected - 1) < 0.005


def test_oversampled_transforms_are_inverse_and_keep_the_mean_power() -> None:
    x = random_slot()

    samples = to_samples(x, oversampling=4)

    assert samples.shape == (1, 1, 14, 256)
    assert np.isclose(np.mean(np.abs(samples) ** 2), 1 / 4, rtol=1e-5)
    assert np.allclose(to_subcarriers(samples, oversampling=4), x, atol=1e-5)
