# SPDX-License-Identifier: Apache-2.0
"""Distorted recordings against moving and masking by hand."""

from dataclasses import replace

import torch

from snn.training.distortion import distorted
from snn.training.settings import Distortions

NONE = Distortions(shift_s=0.0, stretch=0.0, num_shifted_channels=0, num_masked_channels=0)
NUM_STEPS, NUM_RECORDINGS, NUM_CHANNELS = 40, 200, 16


def _one_event() -> torch.Tensor:
    counts = torch.zeros(NUM_STEPS, NUM_RECORDINGS, NUM_CHANNELS)
    counts[20, :, 8] = 3.0
    return counts


def _made(distortions: Distortions) -> torch.Tensor:
    rng = torch.Generator().manual_seed(1)
    return distorted(_one_event(), distortions, dt_s=0.002, rng=rng)


def _places(made: torch.Tensor) -> tuple[set[int], set[int]]:
    steps, _, channels = torch.nonzero(made, as_tuple=True)
    return set(steps.tolist()), set(channels.tolist())


def test_without_distortions_recordings_stay_as_they_are() -> None:
    assert torch.equal(_made(NONE), _one_event())


def test_recordings_move_in_time_by_up_to_the_shift() -> None:
    made = _made(replace(NONE, shift_s=0.01))

    steps, channels = _places(made)

    assert steps == set(range(15, 26))
    assert channels == {8}
    assert torch.equal(made.sum(dim=(0, 2)), torch.full((NUM_RECORDINGS,), 3.0))


def test_stretched_recordings_take_place_sooner_or_later_at_the_same_rates() -> None:
    made = _made(replace(NONE, stretch=0.2))

    steps, _ = _places(made)

    # Step t shows what happened at (t + 0.5) * speed, so 20 is at 17 at most, if 1.2 times as fast.
    assert (min(steps), max(steps)) == (17, 25)
    assert set(made.flatten().tolist()) == {0.0, 3.0}


def test_recordings_move_along_the_channels() -> None:
    _, channels = _places(_made(replace(NONE, num_shifted_channels=2)))

    assert channels == {6, 7, 8, 9, 10}


def test_a_band_of_channels_is_silent_in_some() -> None:
    made = _made(replace(NONE, num_masked_channels=8))

    is_heard = made.sum(dim=(0, 2)) > 0
    assert 0.5 < float(is_heard.float().mean()) < 1.0


def test_what_moves_beyond_the_edge_is_lost() -> None:
    counts = torch.ones(4, 50, 3)
    beyond = replace(NONE, shift_s=0.002, num_shifted_channels=3)

    made = distorted(counts, beyond, dt_s=0.001, rng=torch.Generator().manual_seed(2))

    assert float(made.max()) == 1.0
    assert float(made.sum()) < float(counts.sum())
