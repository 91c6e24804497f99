# SPDX-License-Identifier: Apache-2.0
"""Settings of trainings follow the recordings."""

from snn.training.settings import UNORDERED, Distortions, TrainingSettings
from snn.training.suiting import suited

SPEECH = TrainingSettings()


def test_speech_is_trained_by_the_defaults() -> None:
    assert suited(SPEECH, "fsdd") == suited(SPEECH, "an event file") == SPEECH


def test_samples_of_radio_have_a_clock_of_their_own_and_no_neighbours() -> None:
    found = suited(SPEECH, "iq-modulation")

    assert (found.time_scale, found.distortions) == (1e-3, UNORDERED)
    assert UNORDERED.shift_s == Distortions().shift_s


def test_a_time_scale_that_is_named_goes_first() -> None:
    assert suited(SPEECH, "iq-modulation", time_scale=0.5).time_scale == 0.5
    assert suited(SPEECH, "mine", time_scale=0.5).time_scale == 0.5
