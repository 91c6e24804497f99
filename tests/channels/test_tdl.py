# SPDX-License-Identifier: Apache-2.0
"""Tapped delay lines against the standard's tables and against theory."""

import numpy as np
import pytest
from numpy.typing import NDArray
from scipy import special
from sionna.phy.channel.tr38901 import TDL

from channels import catalog
from channels.tdl import TappedDelayLine
from tests.channels.scenarios import scenario

NUM_DROPS = 4000


def random_drops(source: TappedDelayLine) -> NDArray[np.complex64]:
    """Return complex64 [NUM_DROPS, num_paths]: the paths of one antenna as drops begin."""
    u = np.random.default_rng(5).random((NUM_DROPS, source.num_uniforms), dtype=np.float32)
    return np.asarray(source.rays(u).gains.sum(axis=-1)[:, 0])


def profile(letter: str) -> TappedDelayLine:
    """Return the source of a profile of release 19.2 for one antenna."""
    return TappedDelayLine.from_standard(letter, release="19.2", num_rx_ant=1)


@pytest.mark.parametrize(
    ("letter", "delays", "powers_db"),
    [
        ("A", [0.0, 0.3819, 0.4025], [-13.4, 0.0, -2.2]),
        ("C", [0.0, 0.2099, 0.2219], [-4.4, -1.2, -3.5]),
        ("E", [0.0, 0.5133, 0.5440], [-22.03, -15.8, -18.1]),
    ],
)
def test_first_taps_are_those_printed_in_the_standard(
    letter: str, delays: list[float], powers_db: list[float]
) -> None:
    # Truth: TR 38.901 tables 7.7.2-1, -3 and -5, first rows (scattered part of the first tap of E),
    # copied by hand; powers are relative, so that they are compared with the first row.
    source = profile(letter)

    relative_db = 10 * np.log10(source.powers[:3] / source.powers[0])

    assert np.allclose(source.delays[:3], delays, atol=1e-6)
    assert np.allclose(relative_db, np.subtract(powers_db, powers_db[0]), atol=1e-4)


@pytest.mark.parametrize("letter", "ABCDE")
def test_mean_power_of_each_path_is_that_of_the_standard(letter: str) -> None:
    # Independent reference: the table in Sionna's own object. The standard deviation of a path's
    # mean power over 4000 drops is at most P / sqrt(4000); with 5 of them, a false alarm in 90
    # paths has a probability below 1e-4.
    table = TDL(letter, 1.0, 3.5e9, device="cpu")
    expected = table.mean_powers.numpy()

    power = np.mean(np.abs(random_drops(profile(letter))) ** 2, axis=0)

    assert np.all(np.abs(power - expected) < 5 * expected / np.sqrt(NUM_DROPS))
    assert np.isclose(expected.sum(), 1.0, atol=1e-5)


@pytest.mark.parametrize("letter", "DE")
def test_first_path_has_the_rician_factor_of_the_standard(letter: str) -> None:
    # Closed form: the energy of a Rician path of factor K has variance (1 + 2 K) / (1 + K)^2 at
    # unit mean; five standard deviations of the sample variance, a false alarm below 1e-6 for each
    # profile.
    table = TDL(letter, 1.0, 3.5e9, device="cpu")
    k_factor = float(table.k_factor)

    energy = np.abs(random_drops(profile(letter))[:, 0]) ** 2

    energy /= float(table.mean_powers[0])
    deviation = (energy - energy.mean()) ** 2
    expected = (1 + 2 * k_factor) / (1 + k_factor) ** 2
    assert abs(energy.var() - expected) < 5 * deviation.std() / np.sqrt(NUM_DROPS)


@pytest.mark.parametrize("letter", "ABCDE")
def test_rms_delay_spread_of_the_table_is_one(letter: str) -> None:
    # The tables are normalised in the standard, to four printed digits; D is the furthest off, by
    # 0.6 %.
    source = profile(letter)
    powers = source.powers.copy()
    powers[0] += source.los_power

    mean = np.sum(powers * source.delays)
    rms = np.sqrt(np.sum(powers * source.delays**2) - mean**2)

    assert abs(rms - 1) < 0.01


def test_frequency_correlation_is_the_transform_of_the_delay_profile() -> None:
    # Closed form: E[H(f) H*(f + df)] = sum_p P_p exp(+j 2 pi df tau_p). 3000 drops; the products
    # have unit mean square, so that real and imaginary parts of each of 63 estimates have standard
    # deviations of at most 1/sqrt(3000) (averaging over f only helps). 5 of them: false alarm below
    # 1e-4.
    num_drops, spread_s = 3000, 300e-9
    chosen = scenario(
        {"grid.num_symbols": 1, "channel.kind": "tdl-c", "channel.delay_spread_s": spread_s}
    )
    source = profile("C")

    h = catalog.build(chosen, seed=6).response(0, num_drops)[:, 0, 0, 0].numpy()

    lags = np.arange(1, 64)
    estimate = np.array([np.mean(h[:, :-lag] * h[:, lag:].conj()) for lag in lags])
    turns = np.outer(lags * chosen.grid.subcarrier_spacing_hz, source.delays * spread_s)
    expected = np.exp(2j * np.pi * turns) @ source.powers
    assert np.abs((estimate - expected).real).max() < 5 / np.sqrt(num_drops)
    assert np.abs((estimate - expected).imag).max() < 5 / np.sqrt(num_drops)


def test_autocorrelation_is_jakes_across_slots() -> None:
    # Closed form: J0 on each path without line of sight, hence at each subcarrier. 1000 drops of 12
    # slots, 11 lags; 4.8 standard deviations: false alarm below 11 * 3.2e-6.
    num_drops, num_slots, speed_mps = 1000, 12, 20.0
    chosen = scenario(
        {
            "grid.num_symbols": 14,
            "grid.num_subcarriers": 1,
            "channel.kind": "tdl-a",
            "channel.delay_spread_s": 100e-9,
            "channel.min_speed_mps": speed_mps,
            "channel.max_speed_mps": speed_mps,
            "channel.slots_per_drop": num_slots,
        }
    )
    doppler_hz = speed_mps / 299_792_458.0 * chosen.grid.carrier_hz

    h = catalog.build(chosen, seed=7).response(0, num_drops * num_slots)[:, 0, 0, 0, 0].numpy()

    drops = h.reshape(num_drops, num_slots)
    estimate = np.mean(drops * drops[:, :1].conj(), axis=0)[1:]
    lags_s = np.arange(1, num_slots) * chosen.grid.slot_duration_s
    expected = special.j0(2 * np.pi * doppler_hz * lags_s)
    assert np.abs((estimate - expected).real).max() < 4.8 / np.sqrt(num_drops)
    assert np.abs((estimate - expected).imag).max() < 4.8 / np.sqrt(num_drops)


def test_line_of_sight_moves_at_seven_tenths_of_the_maximum_doppler_shift() -> None:
    # Standard: TR 38.901 clause 7.7.2 puts the specular peak at 0.7 f_d.
    u = np.zeros((1, profile("D").num_uniforms), dtype=np.float32)

    rays = profile("D").rays(u)

    assert rays.cosines[0, 0, -1] == np.float32(0.7)
    assert np.isclose(np.abs(rays.gains[0, 0, 0, -1]) ** 2, profile("D").los_power, rtol=1e-5)
    assert np.all(rays.gains[0, :, 1:, -1] == 0)
