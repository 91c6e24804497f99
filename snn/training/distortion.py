# SPDX-License-Identifier: Apache-2.0
"""Recordings varied at random: moved and stretched in time, moved and masked in channels."""

import torch
from torch import Tensor

from snn.training.settings import Distortions


def distorted(
    counts: Tensor, distortions: Distortions, *, dt_s: float, rng: torch.Generator
) -> Tensor:
    """Return other versions of the same recordings, each with numbers of its own.

    Parameters
    ----------
    counts : float32 [num_steps, num_recordings, num_channels]
        Channels are taken to lie in a row.
    distortions : Distortions
    dt_s : float [s]
    rng : torch.Generator

    Returns
    -------
    float32 [num_steps, num_recordings, num_channels]
        What moves beyond an edge is lost; what moves in is silence.
    """
    moved = _in_time(counts, distortions, dt_s=dt_s, rng=rng)
    return _in_channels(moved, distortions, rng=rng)


def _in_time(
    counts: Tensor, distortions: Distortions, *, dt_s: float, rng: torch.Generator
) -> Tensor:
    num_steps, num_recordings, _ = counts.shape
    shift = _around_zero(num_recordings, distortions.shift_s / dt_s, rng=rng).round()
    speed = 1.0 + _around_zero(num_recordings, distortions.stretch, rng=rng)
    steps = torch.arange(num_steps)[:, None]
    sources = ((steps + 0.5) * speed - shift).floor().long()
    is_inside = (sources >= 0) & (sources < num_steps)
    chosen = counts[sources.clamp(0, num_steps - 1), torch.arange(num_recordings)]
    return chosen * is_inside[..., None]


def _in_channels(counts: Tensor, distortions: Distortions, *, rng: torch.Generator) -> Tensor:
    _, num_recordings, num_channels = counts.shape
    most = distortions.num_shifted_channels
    shift = torch.randint(-most, most + 1, (num_recordings, 1), generator=rng)
    channels = torch.arange(num_channels)[None]
    sources = channels - shift
    is_heard = (sources >= 0) & (sources < num_channels)
    width = torch.randint(
        0, distortions.num_masked_channels + 1, (num_recordings, 1), generator=rng
    )
    first = torch.randint(0, num_channels, (num_recordings, 1), generator=rng)
    is_heard &= (channels < first) | (channels >= first + width)
    chosen = sources.clamp(0, num_channels - 1).expand_as(counts)
    return torch.gather(counts, 2, chosen) * is_heard


def _around_zero(num_recordings: int, most: float, *, rng: torch.Generator) -> Tensor:
    return most * (2.0 * torch.rand(num_recordings, generator=rng) - 1.0)
