# SPDX-License-Identifier: Apache-2.0
"""Flat fading against its closed forms."""

import numpy as np
import torch
from scipy import special, stats

from channels import catalog
from channels.scenario import Scenario
from tests.channels.scenarios import scenario

ONE_ELEMENT = {"grid.num_symbols": 1, "grid.num_subcarriers": 1, "antennas.num_rx_ant": 2}


def samples(
    chosen: Scenario, *, num_slots: int
) -> np.ndarray[tuple[int, int], np.dtype[np.complex64]]:
    """Return complex64 [num_slots, num_rx_ant] of a scenario of one resource element."""
    return catalog.build(chosen, seed=3).response(0, num_slots)[:, :, 0, 0, 0].numpy()


def test_awgn_channel_is_one_everywhere() -> None:
    chosen = scenario({"channel.kind": "awgn", "antennas.num_tx": 2})

    h = catalog.build(chosen, seed=1).response(5, 3)

    assert h.shape == (3, 1, 2, 14, 64)
    assert torch.equal(h, torch.ones_like(h))


def test_rayleigh_fading_is_circular_gaussian_of_unit_energy() -> None:
    # Closed form: energy Exp(1), phase uniform, so that h is CN(0, 1). Kolmogorov-Smirnov on 8000
    # samples, each of the four tests at a false-alarm probability of 1e-5.
    h = samples(scenario(ONE_ELEMENT), num_slots=8000)

    for antenna in (h[:, 0], h[:, 1]):
        energy, turns = np.abs(antenna) ** 2, np.angle(antenna) / (2 * np.pi) + 0.5
        assert stats.kstest(energy, "expon").pvalue > 1e-5
        assert stats.kstest(turns, "uniform").pvalue > 1e-5


def test_antennas_fade_independently() -> None:
    # The correlation of 8000 independent pairs is CN(0, 1/8000); its squared size times 8000 is
    # Exp(1).
    h = samples(scenario(ONE_ELEMENT), num_slots=8000)

    correlation = np.vdot(h[:, 0], h[:, 1]) / 8000

    assert 8000 * abs(correlation) ** 2 < -np.log(1e-6)


def test_rician_fading_has_the_factor_that_was_asked_for() -> None:
    # Closed form: energy of mean 1 and variance (1 + 2 K) / (1 + K)^2. The tolerance is five
    # standard deviations of the sample variance (from its fourth moment), a false-alarm probability
    # below 1e-6.
    k_factor = 4.0
    values = {
        **ONE_ELEMENT,
        "channel.kind": "rician",
        "channel.k_factor_db": 10 * np.log10(k_factor),
    }

    energy = np.abs(samples(scenario(values), num_slots=8000)[:, 0]) ** 2

    deviation = (energy - energy.mean()) ** 2
    expected = (1 + 2 * k_factor) / (1 + k_factor) ** 2
    assert abs(energy.mean() - 1) < 5 * energy.std() / np.sqrt(8000)
    assert abs(energy.var() - expected) < 5 * deviation.std() / np.sqrt(8000)


def test_rician_factor_drifts_from_slot_to_slot() -> None:
    # At K = 60 dB nothing but the line of sight is left, at unit energy.
    step = {"target": "channel.k_factor_db", "kind": "step", "slot": 50, "to": 60.0}
    values = {**ONE_ELEMENT, "channel.kind": "rician", "channel.slots_per_drop": 0}

    energy = np.abs(samples(scenario(values, step), num_slots=100)) ** 2

    assert np.abs(energy[:50] - 1).max() > 0.1
    assert np.abs(energy[50:] - 1).max() < 0.01


def test_autocorrelation_is_jakes_inside_a_slot_and_across_slots() -> None:
    # Closed form: E[h(t) h*(t + tau)] = J0(2 pi f_d tau). 1200 drops of 20 slots, lags of 0..13
    # symbols and of 1..19 slots (up to the fourth zero of J0). The estimate of each of 33 lags has
    # real and imaginary standard deviations of at most 1/sqrt(1200); 4.8 of them: false alarm below
    # 33 * 3.2e-6.
    num_drops, num_slots = 1200, 20
    speed_mps = 15.0
    chosen = scenario(
        {
            "grid.num_subcarriers": 1,
            "channel.min_speed_mps": speed_mps,
            "channel.max_speed_mps": speed_mps,
            "channel.slots_per_drop": num_slots,
        }
    )
    doppler_hz = speed_mps / 299_792_458.0 * chosen.grid.carrier_hz

    h = catalog.build(chosen, seed=4).response(0, num_drops * num_slots).numpy()

    drops = h.reshape(num_drops, num_slots * chosen.grid.num_symbols)
    lags = np.unique(np.concatenate([np.arange(14), 14 * np.arange(1, num_slots)]))
    estimate = np.mean(drops[:, lags] * drops[:, :1].conj(), axis=0)
    expected = special.j0(2 * np.pi * doppler_hz * lags * chosen.grid.symbol_duration_s)
    assert np.abs((estimate - expected).real).max() < 4.8 / np.sqrt(num_drops)
    assert np.abs((estimate - expected).imag).max() < 4.8 / np.sqrt(num_drops)
