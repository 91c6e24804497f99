# SPDX-License-Identifier: Apache-2.0
"""Delta and energy coding against their closed forms."""

import numpy as np
import pytest

from snn.data.spike_coding import delta_spikes, energy_spikes


@pytest.mark.parametrize("slope", [0.125, 0.0625, -0.125])
def test_a_ramp_fires_every_delta_over_slope(slope: float) -> None:
    steps = np.array([0.25, 0.5, 1.0])

    ramp = np.asarray(slope * np.arange(1, 257), dtype=np.float64)

    fired = delta_spikes(ramp[:, None], steps=steps)

    which, other = (0, 1) if slope > 0 else (1, 0)
    assert not fired[:, 0, other].any()
    for i, step in enumerate(steps):
        times = np.flatnonzero(fired[:, 0, which, i])
        period = step / abs(slope)
        np.testing.assert_array_equal(times + 1, period * np.arange(1, 256 // int(period) + 1))


def test_a_constant_is_reached_and_then_silent() -> None:
    fired = delta_spikes(np.full((50, 1), 2.1), steps=np.array([0.5]))

    assert np.flatnonzero(fired[:, 0, 0, 0]).tolist() == [0, 1, 2, 3]
    assert not fired[:, 0, 1].any()


def test_a_slow_sine_fires_as_often_as_it_passes_steps() -> None:
    # The reference climbs 7 steps of 1/8, falls 14, climbs 14, falls 14, and climbs 6 towards 0.
    sine = 0.95 * np.sin(2 * np.pi * np.arange(4000) / 2000)

    fired = delta_spikes(sine[:, None], steps=np.array([0.125]))

    counts = fired[:, 0, :, 0].sum(axis=0)
    np.testing.assert_array_equal(counts, [7 + 14 + 6, 14 + 14])


def test_the_reference_stays_within_a_step_of_what_is_slow() -> None:
    rng = np.random.default_rng(2)
    wave = np.cumsum(rng.uniform(-0.1, 0.1, (500, 3)), axis=0)

    fired = delta_spikes(wave, steps=np.array([0.1, 0.3]))

    moves = fired[:, :, 0].astype(float) - fired[:, :, 1]
    reference = np.cumsum(moves * np.array([0.1, 0.3]), axis=0)
    assert (np.abs(wave[:, :, None] - reference) < np.array([0.1, 0.3]) + 1e-9).all()


@pytest.mark.parametrize("threshold", [4.0, 6.5])
def test_energy_makes_its_whole_number_of_spikes(threshold: float) -> None:
    rng = np.random.default_rng(3)
    energy = rng.uniform(0.0, 3.9, (400, 5))
    floors = np.array([0.0, 1.0, 3.9])

    fired = energy_spikes(energy, floors=floors, threshold=threshold)

    above = np.maximum(energy[:, :, None] - floors, 0.0).sum(axis=0)
    np.testing.assert_array_equal(fired.sum(axis=0), np.floor(above / threshold))
    assert not fired[:, :, 2].any()
