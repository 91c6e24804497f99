# SPDX-License-Identifier: Apache-2.0
"""What the genie knows, and what it does not."""

import pytest
import torch

from channels.scenario import load
from channels.scenario_tables import PILOT_SHARES
from receivers import interpolation
from receivers.ls import LeastSquares
from receivers.perfect_csi import PerfectCsi
from sim.link import Link
from tests.sim.scenarios import scenario


def test_genie_decides_no_bit_right_when_the_oscillator_has_turned_by_half() -> None:
    # Closed form: an offset of a tenth of a turn a slot has turned slot 5 by half; within the slot,
    # short of the quarter turn at which a bit of QPSK would flip back, so that each bit is wrong.
    made = scenario()
    turning = made.with_values({"impairments.cfo_hz": 0.1 / made.grid.slot_duration_s})
    slot = Link(turning, seed=1).slots(5, 1, snr_db=40.0)

    llr = PerfectCsi().detect_with_truth(slot.observation, slot.truth)

    assert not ((llr > 0) == slot.truth.coded_bits.bool()).any()


def test_genie_is_no_bound_where_the_radios_are_impaired() -> None:
    slot = Link(load("urban-impaired"), seed=1).slots(0, 32, snr_db=5.0)
    sent = slot.truth.coded_bits.bool()

    genie = PerfectCsi().detect_with_truth(slot.observation, slot.truth)
    estimated = LeastSquares(interpolation.linear).detect(slot.observation)

    assert ((genie > 0) != sent).float().mean() > 2 * ((estimated > 0) != sent).float().mean()


@pytest.mark.parametrize("key", PILOT_SHARES)
def test_genie_does_not_notice_broken_pilots(key: str) -> None:
    clean, broken = (
        Link(load("delay-still").with_values({f"impairments.{key}": share}), seed=1).slots(
            0, 8, snr_db=15.0
        )
        for share in (0.0, 0.5)
    )

    genie = PerfectCsi()
    knowing = genie.detect_with_truth(clean.observation, clean.truth)
    assert torch.equal(genie.detect_with_truth(broken.observation, broken.truth), knowing)
    estimated = LeastSquares(interpolation.linear)
    wrong = [
        float(((estimated.detect(s.observation) > 0) != s.truth.coded_bits.bool()).float().mean())
        for s in (clean, broken)
    ]
    assert wrong[1] > 1.5 * wrong[0]
