# SPDX-License-Identifier: Apache-2.0
"""The ear against tones, silence and the closed form of its integrators."""

import math

import numpy as np
import pytest

from snn.audio.cochlea import Cochlea, centres_hz, drive, listen, spikes, spikes_of_all

RATE_HZ = 8000
EAR = Cochlea()


def test_filters_are_evenly_spaced_in_bandwidths() -> None:
    centres = centres_hz(EAR)
    numbers = 21.4 * np.log10(1.0 + 0.00437 * centres)

    np.testing.assert_allclose(centres[[0, -1]], [80.0, 3600.0])
    np.testing.assert_allclose(np.diff(numbers), np.diff(numbers)[0])


@pytest.mark.parametrize("i_channel", [10, 30, 50])
def test_a_tone_is_heard_loudest_in_the_channel_of_its_frequency(i_channel: int) -> None:
    tone = np.sin(2 * np.pi * centres_hz(EAR)[i_channel] * np.arange(4000) / RATE_HZ)

    heard = drive(tone, rate_hz=RATE_HZ, cochlea=EAR)

    assert heard.shape == (500, 64)
    assert int(np.argmax(heard[100:].mean(axis=0))) == i_channel


def test_loudness_does_not_count_and_silence_is_silent() -> None:
    sound = np.random.default_rng(1).normal(size=4000)

    loud = listen(1e4 * sound, rate_hz=RATE_HZ, label=3, cochlea=EAR)
    soft = listen(sound, rate_hz=RATE_HZ, label=3, cochlea=EAR)
    none = listen(np.zeros(4000), rate_hz=RATE_HZ, label=3, cochlea=EAR)

    np.testing.assert_array_equal(loud.times_us, soft.times_us)
    np.testing.assert_array_equal(loud.channels, soft.channels)
    assert len(none.times_us) == 0
    assert len(soft.times_us) > 100


@pytest.mark.parametrize("current", [0.2, 0.5, 1.0])
def test_an_integrator_fires_with_the_period_of_its_closed_form(current: float) -> None:
    # v after n ticks is current (1 - leak^n) / (1 - leak); it fires at the first n above threshold.
    leak = math.exp(-0.1)
    period = math.floor(math.log(1 - EAR.threshold * (1 - leak) / current) / math.log(leak)) + 1

    fired = np.nonzero(spikes(np.full((200, 1), current), cochlea=EAR)[:, 0])[0]

    assert fired[0] == period - 1
    np.testing.assert_array_equal(np.diff(fired), max(period, EAR.refractory_ticks))


def test_a_channel_rests_between_two_spikes() -> None:
    fired = np.nonzero(spikes(np.full((50, 1), 9.0), cochlea=EAR)[:, 0])[0]

    np.testing.assert_array_equal(np.diff(fired), EAR.refractory_ticks)


def test_times_rise_and_are_whole_milliseconds() -> None:
    sound = np.random.default_rng(2).normal(size=4000)

    heard = listen(sound, rate_hz=RATE_HZ, label=-1, cochlea=EAR)

    assert (np.diff(heard.times_us) >= 0).all()
    assert (heard.times_us % 1000 == 0).all()
    assert heard.times_us[-1] < 500_000


def test_sounds_side_by_side_fire_as_they_do_alone() -> None:
    rng = np.random.default_rng(3)
    heard = [9.0 * rng.uniform(size=(num_ticks, 64)) for num_ticks in (50, 0, 7, 120)]

    together = spikes_of_all(heard, cochlea=EAR)

    for one, fired in zip(heard, together, strict=True):
        np.testing.assert_array_equal(fired, spikes(one, cochlea=EAR))
    assert spikes_of_all([], cochlea=EAR) == []
