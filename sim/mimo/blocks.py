# SPDX-License-Identifier: Apache-2.0
"""Blocks of detection problems from a seed: matrices, symbols, noise, distortion, channel error.

Block i of (settings, seed) is one and the same for every detector.
"""

import math
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor

from channels.impairments.front_end import Distortion
from channels.matrices import MatrixSource
from channels.randomness import generator
from sim.mimo.problem import Block, Problem, Sent
from sim.modulation import Modulation


@dataclass(frozen=True, slots=True, kw_only=True)
class BlockSettings:
    """What a study's detection problems are made of.

    Parameters
    ----------
    source : MatrixSource
        See `channels.matrices`.
    modulation : Modulation
    snr_db : float [dB]
        Of one user at one antenna of unit mean gain: N0 = 10 ** (-snr_db / 10), complex. (Papers
        with real noise of variance 10 ** (-SNR / 10) count 3 dB more.)
    num_elements : int
        Resource elements of a block.
    csi_error_variance : float
        Of each entry of the channel that the receiver is told; the noise variance that it is told
        counts it for each user. One error for a whole block where the channel is one.
    distortion : Distortion or None
        Of every antenna, behind the noise; the receiver is not told. See
        `channels.impairments.front_end`.
    """

    source: MatrixSource
    modulation: Modulation
    snr_db: float
    num_elements: int
    csi_error_variance: float = 0.0
    distortion: Distortion | None = None

    @property
    def no(self) -> float:
        """Return the noise variance of an antenna, without that of any channel error."""
        return float(10.0 ** (-self.snr_db / 10.0))


def draw(settings: BlockSettings, *, seed: int, block: int) -> Block:
    """Return one block."""
    size, modulation = settings.num_elements, settings.modulation
    h = settings.source.draw(block=block, num_elements=size, seed=seed)
    num_rx_ant, num_tx = h.shape[1:]
    rng = generator(seed=seed, stream="labels", index=block)
    labels = torch.from_numpy(rng.integers(0, modulation.num_points, (size, num_tx)))
    noise = _gaussian((size, num_rx_ant), seed=seed, stream="element-noise", block=block)
    clean = (h @ modulation.points[labels][..., None])[..., 0]
    y = _distorted(clean + math.sqrt(settings.no) * noise, h, settings)
    told = settings.no + num_tx * settings.csi_error_variance
    problem = Problem(
        modulation=modulation,
        y=y,
        h=_estimated(h, settings, seed=seed, block=block),
        noise_variance=torch.full((size,), told),
    )
    return Block(problem=problem, sent=Sent(labels=labels, bits=modulation.label_bits[labels], h=h))


def _distorted(v: Tensor, h: Tensor, settings: BlockSettings) -> Tensor:
    if settings.distortion is None:
        return v
    power = float((h.abs() ** 2).sum(-1).mean()) + settings.no
    return torch.from_numpy(settings.distortion.apply(v.numpy(), mean_power=power))


def _estimated(h: Tensor, settings: BlockSettings, *, seed: int, block: int) -> Tensor:
    if not settings.csi_error_variance:
        return h
    num_errors = 1 if settings.source.is_block_fading else h.shape[0]
    shape = (num_errors, *h.shape[1:])
    error = _gaussian(shape, seed=seed, stream="channel-error", block=block)
    return h + math.sqrt(settings.csi_error_variance) * error


def _gaussian(shape: tuple[int, ...], *, seed: int, stream: str, block: int) -> Tensor:
    """Return CN(0, 1), complex64 of this shape."""
    rng = generator(seed=seed, stream=stream, index=block)
    parts = torch.from_numpy(rng.standard_normal((*shape, 2), dtype=np.float32))
    return torch.view_as_complex(parts) * math.sqrt(0.5)
