# SPDX-License-Identifier: Apache-2.0
"""Blocks of detection problems: what they are made of, taken apart again."""

import math
from dataclasses import replace

import numpy as np
import pytest
import torch

from channels.impairments.front_end import OneBit
from channels.matrices import Rayleigh
from sim.mimo.blocks import BlockSettings, draw
from sim.modulation import Modulation

MADE = BlockSettings(
    source=Rayleigh(num_rx_ant=4, num_tx=3),
    modulation=Modulation.QAM16,
    snr_db=7.0,
    num_elements=20_000,
)


def test_what_is_received_is_the_sent_through_the_channel_and_white_noise() -> None:
    block = draw(MADE, seed=1, block=0)

    x = MADE.modulation.points[block.sent.labels]
    noise = block.problem.y - torch.einsum("enk,ek->en", block.sent.h, x)
    no = 10**-0.7
    # 80,000 samples: the power spreads by no / sqrt(80,000); 5 sigma, false alarm < 1e-5.
    power = float((noise.abs() ** 2).mean())
    assert power == pytest.approx(no, abs=5 * no / math.sqrt(80_000))
    covariance = noise.T @ noise.conj() / MADE.num_elements
    off = covariance - torch.diag(torch.diagonal(covariance))
    assert float(off.abs().max()) < 5 * no / math.sqrt(20_000)
    assert torch.equal(block.problem.noise_variance, torch.full((20_000,), no))
    assert torch.equal(block.problem.h, block.sent.h)


def test_labels_are_uniform_and_bits_are_theirs() -> None:
    sent = draw(MADE, seed=1, block=0).sent

    counts = np.bincount(sent.labels.flatten().numpy(), minlength=16)

    # Chi-square of 15 degrees exceeds 44.3 with a probability of 1e-4.
    expected = 60_000 / 16
    assert float(((counts - expected) ** 2 / expected).sum()) < 44.3
    weights = torch.tensor([8, 4, 2, 1])
    assert torch.equal((sent.bits.long() * weights).sum(-1), sent.labels)


def test_a_channel_error_has_its_variance_and_is_counted_as_noise_of_each_user() -> None:
    block = draw(replace(MADE, csi_error_variance=0.05), seed=1, block=0)

    error = block.problem.h - block.sent.h

    power = float((error.abs() ** 2).mean())
    assert power == pytest.approx(0.05, abs=5 * 0.05 / math.sqrt(240_000))
    assert float(block.problem.noise_variance[0]) == pytest.approx(10**-0.7 + 3 * 0.05)


def test_the_channel_error_of_block_fading_is_one() -> None:
    source = Rayleigh(num_rx_ant=2, num_tx=2, is_block_fading=True)

    block = draw(replace(MADE, source=source, csi_error_variance=0.1), seed=1, block=0)

    error = block.problem.h - block.sent.h
    assert float((error - error[0]).abs().max()) < 1e-6
    assert float(error.abs().min()) > 0.0


def test_distortion_comes_last_and_leaves_all_else_as_it_is() -> None:
    clean, bent = (
        draw(MADE, seed=1, block=0),
        draw(replace(MADE, distortion=OneBit()), seed=1, block=0),
    )

    y, seen = clean.problem.y, bent.problem.y

    assert torch.equal(torch.sign(y.real), torch.sign(seen.real))
    assert torch.equal(clean.sent.labels, bent.sent.labels)
    # The level is that of Bussgang gain 1 for the mean power of 3 users and noise.
    assert float((seen.conj() * y).real.mean()) == pytest.approx(3 + 10**-0.7, rel=0.02)


def test_a_block_depends_on_seed_and_index_alone() -> None:
    again = draw(MADE, seed=1, block=4)

    assert torch.equal(draw(MADE, seed=1, block=4).problem.y, again.problem.y)
    for other in (draw(MADE, seed=2, block=4), draw(MADE, seed=1, block=5)):
        assert not torch.equal(other.problem.y, again.problem.y)
        assert not torch.equal(other.problem.h, again.problem.h)
        assert not torch.equal(other.sent.labels, again.sent.labels)
