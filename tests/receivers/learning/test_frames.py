# SPDX-License-Identifier: Apache-2.0
"""Frames: what comes back is what was received, but for the rounding to int8."""

import torch

from channels.scenario import Scenario
from receivers.learning.frames import pack, unpack
from sim.link import Link


def test_a_frame_comes_back_with_its_pilots(teaching: Scenario) -> None:
    seen = Link(teaching, seed=1).slots(0, 5, snr_db=20.0).observation

    again = unpack([pack(seen, i_slot=i) for i in range(5)], grid=seen.grid, num_bits_per_symbol=4)

    assert torch.equal(again.pilot_mask, seen.pilot_mask)
    assert torch.equal(again.learning_mask, seen.learning_mask)
    torch.testing.assert_close(again.pilots, seen.pilots, rtol=1e-3, atol=1e-3)
    torch.testing.assert_close(again.no, seen.no)
    assert not again.data_mask.any()
    noise = (again.y - seen.y).abs().square().mean() / seen.y.abs().square().mean()
    assert 10 * torch.log10(noise) < -40


def test_a_frame_counts_its_bytes(teaching: Scenario) -> None:
    seen = Link(teaching, seed=1).slots(0, 1, snr_db=20.0).observation

    frame = pack(seen, i_slot=0)

    assert frame.num_bytes == 2 * 14 * 12 * 2 + 24 * 2 + 24 * 4 + 3 + 8
